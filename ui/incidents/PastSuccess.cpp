#include "ui/incidents/PastSuccess.h"

#include "ui/text/Words.h"

#include <QCoreApplication>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(PastSuccess)
};

bool ended(const RecoveryActionRecord &action)
{
    return action.verdict.has_value() || action.status == ActionStatus::Failed || action.status == ActionStatus::RolledBack;
}

} // namespace

PastSuccess pastSuccess(const QList<Incident> &incidents, ActionType type, const QString &target)
{
    PastSuccess past;
    for (const Incident &incident : incidents) {
        for (const RecoveryActionRecord &action : incident.actions) {
            if (action.type != type || action.target != target || !ended(action))
                continue;
            ++past.tried;
            past.healed += action.verdict == Verdict::Healed;
        }
    }
    return past;
}

PastSuccess pastSuccess(const EngineFrame &frame, ActionType type, const QString &target)
{
    return pastSuccess(frame.recent + frame.open, type, target);
}

QString shortText(const PastSuccess &past)
{
    return past.tried == 0 ? Text::tr("not tried yet")
                           : Text::tr("healed %1 of %n times", nullptr, past.tried).arg(past.healed);
}

QString longText(const PastSuccess &past, ActionType type, const QString &target)
{
    if (past.tried == 0)
        return Text::tr("No history yet: %1 was not tried on %2 in the last 24 h.").arg(words(type), target);
    return Text::tr("%1 on %2 healed %3 of %n times in the last 24 h.", nullptr, past.tried)
        .arg(words(type), target).arg(past.healed);
}

} // namespace prunella
