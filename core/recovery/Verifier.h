#pragma once
#include "core/model/Events.h"

#include <utility>

namespace prunella {

/// What is known when the settling time is over.
struct VerifyInput {
    std::optional<bool> conditionHolds;   ///< the condition that opened the incident; nothing: it cannot be known
    QString conditionText;                ///< how it stands, with values
    bool onlyConditionTells = false;      ///< a value is back or not: that the service runs or answers proves nothing
    std::optional<bool> down;             ///< the service's unit or process does not run
    QString downText;
    QList<CheckResult> checks;            ///< of the service, made just now
};

/// Did it help? Pure; the text is the sentence with the values.
[[nodiscard]] std::pair<Verdict, QString> judge(const VerifyInput &input);

} // namespace prunella
