#include "core/recovery/Verifier.h"

namespace prunella {

std::pair<Verdict, QString> judge(const VerifyInput &input)
{
    if (input.conditionHolds.value_or(false))
        return {Verdict::Unchanged, input.conditionText};
    if (input.down.value_or(false))
        return {Verdict::Unchanged, input.downText};
    for (const auto &check : input.checks) {
        if (!check.ok)
            return {Verdict::Unchanged, QStringLiteral("health check %1 fails: %2").arg(check.index + 1).arg(check.text)};
    }
    const bool nothingElse = input.onlyConditionTells || (!input.down && input.checks.isEmpty());
    if (!input.conditionHolds && nothingElse)
        return {Verdict::Unknown, input.conditionText};
    QStringList good{input.conditionText};
    if (!input.checks.isEmpty())
        good.append(QStringLiteral("%1 of %1 health checks pass").arg(input.checks.size()));
    return {Verdict::Healed, good.join(QStringLiteral(", "))};
}

} // namespace prunella
