#include "core/recovery/Verifier.h"

#include <cmath>

namespace prunella {

namespace {

/// A tenth further on the wrong side: noise moves a value, too.
bool movedAway(const VerifyInput &input)
{
    constexpr double noise = 0.1;
    if (!input.valueBefore || !input.valueNow)
        return false;
    const double margin = std::abs(*input.valueBefore) * noise;
    return input.above ? *input.valueNow > *input.valueBefore + margin : *input.valueNow < *input.valueBefore - margin;
}

QString failing(const QList<CheckResult> &checks, int *count)
{
    QString first;
    for (const auto &check : checks) {
        if (check.ok)
            continue;
        ++*count;
        if (first.isEmpty())
            first = QStringLiteral("health check %1 fails: %2").arg(check.index + 1).arg(check.text);
    }
    return first;
}

} // namespace

void narrowTo(StepVerify what, VerifyInput &input)
{
    if (what == StepVerify::Condition) {
        input.checks.clear();
        input.dependentsBroken.clear();
    } else if (what == StepVerify::Checks && !input.checks.isEmpty() && !input.onlyConditionTells) { // of a value they tell nothing
        input.conditionHolds.reset();
        input.conditionText = QStringLiteral("judged by its health checks alone");
    }
}

std::pair<Verdict, QString> judge(const VerifyInput &input)
{
    int failed = 0;
    const QString failure = failing(input.checks, &failed);
    const bool worse = failed > input.failedBefore && input.failedBefore > 0;
    if (movedAway(input) && input.conditionHolds.value_or(false))
        return {Verdict::Worse, QStringLiteral("%1: %2 before, %3 now").arg(input.conditionText).arg(*input.valueBefore).arg(*input.valueNow)};
    if (worse)
        return {Verdict::Worse, QStringLiteral("%1 of %2 health checks fail, %3 did before; %4").arg(failed).arg(input.checks.size())
                                    .arg(input.failedBefore).arg(failure)};
    if (input.conditionHolds.value_or(false))
        return {Verdict::Unchanged, input.conditionText};
    if (input.down.value_or(false))
        return {Verdict::Unchanged, input.downText};
    if (!failure.isEmpty())
        return {Verdict::Unchanged, failure};
    if (!input.dependentsBroken.isEmpty())
        return {Verdict::Worse, QStringLiteral("it runs, but who needs it was well before and fails now: %1").arg(input.dependentsBroken.join(QStringLiteral("; ")))};
    const bool nothingElse = input.onlyConditionTells || (!input.down && input.checks.isEmpty());
    if (!input.conditionHolds && nothingElse)
        return {Verdict::Unknown, input.conditionText};
    QStringList good{input.conditionText};
    if (!input.checks.isEmpty())
        good.append(QStringLiteral("%1 of %1 health checks pass").arg(input.checks.size()));
    return {Verdict::Healed, good.join(QStringLiteral(", "))};
}

} // namespace prunella
