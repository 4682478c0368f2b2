#pragma once
// Rights in words.
#include "core/model/Rights.h"

namespace prunella {

/// "Permitted", "Needs authorisation", "Refused"
[[nodiscard]] QString words(RightState state);
/// An action in the operator's language, or "Read logs".
[[nodiscard]] QString rightName(const QString &what);
[[nodiscard]] Health healthOf(RightState state);

} // namespace prunella
