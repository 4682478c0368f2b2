#include "core/engine/Audits.h"

#include "core/model/Enums.h"

namespace prunella {
namespace {

struct Place { const Incident *incident = nullptr; const RecoveryActionRecord *action = nullptr; };

const QString settingsVerb = QStringLiteral("settings"); // the command's target and the record's verb

Place placeIn(const Incident &incident, const QString &actionId)
{
    for (const RecoveryActionRecord &action : incident.actions) {
        if (action.id == actionId)
            return {&incident, &action};
    }
    return {};
}

QString whoSaidYes(const RecoveryActionRecord &action)
{
    QStringList people;
    for (const Approval &approval : action.approvals)
        people.append(approval.from.isEmpty() ? approval.by : QStringLiteral("%1 from %2").arg(approval.by, approval.from));
    if (people.isEmpty() && !action.approvedBy.isEmpty())
        people.append(action.approvedBy);
    return people.isEmpty() ? QString() : QStringLiteral(", approved by ") + people.join(QStringLiteral(" and "));
}

QString detailOf(const RecoveryActionRecord &action, const ActionResult &result)
{
    const QString call = action.call.isEmpty() ? QStringLiteral("%1 of %2").arg(toString(action.type), action.target) : action.call;
    const QString why = action.decision.detail.isEmpty() ? toString(action.decision.reason)
                                                         : QStringLiteral("%1 (%2)").arg(toString(action.decision.reason), action.decision.detail);
    const QString output = result.output.section(u'\n', 0, 0).left(400);
    return QStringLiteral("%1; %2%3; %4%5").arg(call, why, whoSaidYes(action), toString(result.status),
                                                output.isEmpty() ? QString() : QStringLiteral(": ") + output);
}

} // namespace

QList<AuditRecord> actionAudits(const Transaction &transaction)
{
    const auto find = [&](const QString &actionId) {
        Place place;
        for (auto it = transaction.incidents.cbegin(); it != transaction.incidents.cend() && !place.action; ++it)
            place = placeIn(*it, actionId);
        return place;
    };
    QList<AuditRecord> records;
    const QString engine = QStringLiteral("engine");
    for (const JournalOutcome &outcome : transaction.outcomes) {
        const Place place = find(outcome.result.actionId);
        if (!place.action) { // its incident is gone; what was done was done
            records.append({outcome.at, engine, QStringLiteral("action"), outcome.result.actionId, toString(outcome.result.status)});
            continue;
        }
        const bool undo = !place.action->undoes.isEmpty();
        records.append({outcome.at, engine, undo ? QStringLiteral("undo") : QStringLiteral("action"), place.incident->id,
                        (undo ? QStringLiteral("takes back %1: ").arg(place.action->undoes) : QString()) + detailOf(*place.action, outcome.result)});
    }
    return records;
}

Command reloadAfter(const QList<SettingChange> &changes)
{
    QStringList values;
    for (const SettingChange &change : changes)
        values.append(QStringLiteral("%1: %2").arg(change.path, change.value));
    Command command;
    command.kind = CommandKind::Reload;
    command.target = settingsVerb;
    command.text = values.join(QStringLiteral(", "));
    return command;
}

AuditRecord reloadAudit(const Command &command, bool taken, qint64 wallMs)
{
    const bool settings = command.target == settingsVerb;
    QStringList detail;
    if (!command.text.isEmpty())
        detail.append(command.text);
    if (!taken)
        detail.append(QStringLiteral("not in effect: the configuration has errors"));
    return {wallMs, command.actor, settings ? settingsVerb : QStringLiteral("reload"), QStringLiteral("configuration"), detail.join(QStringLiteral("; "))};
}

} // namespace prunella
