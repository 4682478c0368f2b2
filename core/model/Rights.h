#pragma once
// What the user we run as may do for a service, told before it is needed.
#include "core/model/ServiceConfig.h"

#include <QJsonObject>

namespace prunella {

enum class RightState {
    Permitted,
    NeedsPerson,  ///< only after somebody has authorised it: a click may ask for that, an automatic action never does
    Refused,
};
/// "permitted", "needs_authorisation", "refused"
[[nodiscard]] QString toString(RightState state);

struct Right {
    RightState state = RightState::Permitted;
    QString why;                  ///< one sentence; not Permitted: also what to do about it
};

struct RightVerdict {
    QString service;
    QString what;                 ///< word of an action, or "logs"
    RightState state = RightState::Permitted;
    QString why;                  ///< as in Right
};
/// {service, what, state, why}
[[nodiscard]] QJsonObject toJson(const RightVerdict &verdict);

/// The worst of them; `why` of all that are no better than that.
[[nodiscard]] Right worstOf(const QList<Right> &rights);

} // namespace prunella
