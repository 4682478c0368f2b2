#pragma once
#include <QString>

namespace prunella {

/// A service's name as one component of a file name: distinct names stay distinct, whatever they hold ("a/b", "..", "ä").
[[nodiscard]] QString safeFileName(const QString &name);

} // namespace prunella
