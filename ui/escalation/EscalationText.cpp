#include "ui/escalation/EscalationText.h"

#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QCoreApplication>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Escalation)
};

QString effect(ActionType type, const QString &target)
{
    switch (type) {
    case ActionType::RestartService: return Text::tr("%1 is stopped and started again; what it was serving is interrupted.").arg(target);
    case ActionType::ScaleResources: return Text::tr("%1 gets another number of instances.").arg(target);
    case ActionType::RollbackDeployment: return Text::tr("%1 goes back to the version before and is started again.").arg(target);
    case ActionType::IncreaseResources: return Text::tr("%1 gets a higher limit.").arg(target);
    case ActionType::AdjustTimeout: return Text::tr("A timeout of %1 is changed in its file.").arg(target);
    case ActionType::EnableMonitoring: return Text::tr("%1 is watched more closely; nothing else changes.").arg(target);
    case ActionType::HealthCheck: return Text::tr("The health checks of %1 run once; nothing is changed.").arg(target);
    case ActionType::RunCommand: return Text::tr("The command runs once for %1.").arg(target);
    case ActionType::FreeDiskSpace: return Text::tr("Files that may go are removed on %1.").arg(target);
    }
    return {};
}

QString verification(const Condition &condition)
{
    switch (condition.kind) {
    case ConditionKind::Threshold: return Text::tr("It counts as healed when %1 is back within its limit.").arg(toString(condition.series));
    case ConditionKind::CheckFailing: return Text::tr("It counts as healed when the failing health check passes again.");
    case ConditionKind::Anomaly:
    case ConditionKind::LogPattern: return Text::tr("It counts as healed when nothing unusual is seen any more.");
    case ConditionKind::UnitFailed:
    case ConditionKind::RestartLoop:
    case ConditionKind::ProcessExited: break;
    }
    return Text::tr("It counts as healed when it still runs after the settling time.");
}

/// Is `name` among what an open incident of `target` brought with it?
bool failsFor(const EngineFrame &frame, const QString &target, const QString &name)
{
    return std::any_of(frame.open.begin(), frame.open.end(), [&](const Incident &incident) {
        return incident.component == target && std::any_of(incident.members.begin(), incident.members.end(), [&](const Symptom &member) {
            return member.condition.component == name && holds(member);
        });
    });
}

} // namespace

QString whatIsWrong(const Incident &incident, qint64 nowMs)
{
    const qint64 since = startOf(incident);
    return Text::tr("%1. Since %2 (%3).").arg(incident.summary, formatExact(since), formatRelative(since, nowMs));
}

QString causeLine(const Incident &incident)
{
    if (!incident.diagnosis || incident.diagnosis->rootCause.isEmpty())
        return Text::tr("The cause is not known.");
    return Text::tr("%1 (%2 confidence)").arg(incident.diagnosis->rootCause, percent(incident.diagnosis->confidence));
}

QString expectedEffect(ActionType type, const QString &target, const Condition &condition)
{
    return Text::tr("%1 %2", "effect, verification").arg(effect(type, target), verification(condition));
}

QString dependentsOf(const EngineFrame &frame, const QString &target)
{
    for (const ComponentHealth &component : frame.components) {
        if (component.name != target || component.dependents.isEmpty())
            continue;
        QStringList names = component.dependents;
        for (QString &name : names) {
            if (failsFor(frame, target, name))
                name = Text::tr("%1 (fails already)").arg(name);
        }
        return names.join(QStringLiteral(", "));
    }
    return Text::tr("No service is known to depend on it.");
}

QString peopleWords(const ApprovalRequest &request)
{
    if (request.needed < 2)
        return {};
    if (request.given.isEmpty())
        return Text::tr("%n different people must say yes. Nobody has yet.", nullptr, request.needed);
    QStringList people;
    for (const Approval &approval : request.given) {
        people.append(approval.from.isEmpty() ? Text::tr("%1 at %2").arg(approval.by, formatClock(approval.at))
                                              : Text::tr("%1 at %2 from %3").arg(approval.by, formatClock(approval.at), approval.from));
    }
    const QString said = Text::tr("%1 of %2 people have said yes: %3.").arg(request.given.size()).arg(request.needed).arg(people.join(QStringLiteral("; ")));
    const QString left = request.needed - request.given.size() == 1 && request.needed == 2 ? Text::tr("A second person must agree.")
                                                                                           : Text::tr("Another person must agree.");
    return Text::tr("%1 %2", "two sentences").arg(said, left);
}

QString approveButtonText(const ApprovalRequest &request)
{
    const QString what = words(request.type).toLower();
    if (request.needed < 2)
        return Text::tr("&Approve: %1").arg(what);
    const qsizetype mine = std::min<qsizetype>(request.given.size() + 1, request.needed);
    return Text::tr("&Approve (%1 of %2): %3", "the first yes of two: action").arg(mine).arg(request.needed).arg(what);
}

QString countdownText(const ApprovalRequest &request, qint64 leftMs)
{
    if (request.deadlineAt == 0 && request.deadlineMonotonicMs == 0)
        return Text::tr("The last step of the escalation chain was taken. It waits for an answer and is repeated every hour; "
                        "it is never approved by itself.");
    if (leftMs <= 0)
        return Text::tr("Time is up: the next step of the escalation chain is taken. It still waits for an answer and is never "
                        "approved by itself.");
    // whole seconds, rounded up: "0 s left" is never seen while time is left
    return Text::tr("%1 left. If nobody answers, the next step of the escalation chain is taken; it is never approved by itself.")
        .arg(formatDuration((leftMs + 999) / 1000 * 1000));
}

} // namespace prunella
