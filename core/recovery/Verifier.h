#pragma once
#include "core/model/Events.h"
#include "core/model/Procedure.h"

#include <utility>

namespace prunella {

/// How it stood when the action began: what "worse" is measured by.
struct BeforeAction {
    std::optional<double> value;          ///< of the opening condition's series
    int failedChecks = 0;                 ///< of the service's own
    QStringList wellDependents;           ///< who needs it and was well
};

/// What is known when the settling time is over.
struct VerifyInput {
    std::optional<bool> conditionHolds;   ///< the condition that opened the incident; nothing: it cannot be known
    QString conditionText;                ///< how it stands, with values
    bool onlyConditionTells = false;      ///< a value is back or not: that the service runs or answers proves nothing
    std::optional<bool> down;             ///< the service's unit or process does not run
    QString downText;
    QList<CheckResult> checks;            ///< of the service, made just now
    std::optional<double> valueBefore = {}, valueNow = {}; ///< Threshold: of its series, before the action and after it
    bool above = true;                    ///< Threshold: higher is worse
    int failedBefore = 0;                 ///< how many of its checks failed before the action
    QStringList dependentsBroken = {};         ///< who needs it, was well before the action and fails now: "shop: HTTP 500"
};

/// Leaves of it what the procedure's step is to be judged by: its condition without the checks, or the checks alone, unless
/// only the condition tells. That the service does not run always counts.
void narrowTo(StepVerify what, VerifyInput &input);

/// Did it help? Pure; the text is the sentence with the values. Worse: more fails than before, the value is a tenth further
/// on the wrong side, or somebody who needs it was well before and fails now.
[[nodiscard]] std::pair<Verdict, QString> judge(const VerifyInput &input);

} // namespace prunella
