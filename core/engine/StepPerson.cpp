#include "core/engine/StepPerson.h"

#include "core/engine/Chain.h"
#include "core/engine/StepSupport.h"

namespace prunella::step {
namespace {

void yes(Outcome &out, const QString &text) { out.answer = {0, true, ErrorCode::Invalid, text}; }
void no(Outcome &out, const QString &text) { out.answer = {0, false, ErrorCode::Invalid, text}; }

/// Who speaks, whatever he became by sudo: "uid 1000 (ann) as uid 0 (root)" (Person.h) is ann.
QString human(const QString &actor) { return actor.section(QStringLiteral(" as "), 0, 0); }

/// One of two: the question stays.
void firstYes(const Command &command, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    incident.timeline.append({now.wallMs, incident.status, QStringLiteral("approved by %1; a second person must say yes, too").arg(command.actor)});
    out.effects.emplace_back(AskPerson{*incident.approval});
    yes(out, QStringLiteral("noted; a second person must say yes, too: %1").arg(toString(incident.approval->type)));
}

void approve(const Command &command, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    if (incident.status != IncidentStatus::AwaitingApproval || !incident.approval)
        return no(out, QStringLiteral("incident %1 does not wait for an approval: it is %2").arg(incident.id, toString(incident.status)));
    if (!command.planHash.isEmpty() && command.planHash != incident.approval->planHash)
        return no(out, QStringLiteral("the plan changed since it was shown; look at it again"));
    if (!command.actionId.isEmpty() && !incident.approval->actionId.startsWith(command.actionId))
        return no(out, QStringLiteral("the plan changed since it was shown: the action is now %1").arg(incident.approval->actionId));
    auto &given = incident.approval->given;
    if (std::any_of(given.cbegin(), given.cend(), [&](const Approval &approval) { return human(approval.by) == human(command.actor); }))
        return no(out, QStringLiteral("%1 said yes already; another person must, too").arg(command.actor));
    given.append({command.actor, command.origin, now.wallMs});
    auto *record = findAction(incident, incident.approval->actionId);
    if (record)
        record->approvals = given;
    if (given.size() < incident.approval->needed)
        return firstYes(command, out, now);
    QStringList people;
    for (const Approval &approval : std::as_const(given))
        people.append(approval.by);
    if (record)
        record->approvedBy = people.join(QStringLiteral(", "));
    const Decide effect{incident.approval->type, people.join(QStringLiteral(", ")), command.interactive, incident.approval->actionId, given};
    incident.approval.reset();
    out.effects.emplace_back(WithdrawApproval{QStringLiteral("approved by %1").arg(command.actor)});
    incident.timeline.append({now.wallMs, incident.status, QStringLiteral("approved by %1").arg(command.actor)});
    incident.escalation.nextMonotonicMs = 0;
    out.effects.emplace_back(effect);
    yes(out, QStringLiteral("approved: %1").arg(toString(*effect.wanted)));
}

/// No action, and none by itself later: rejected, or a person takes it over.
void stopHere(const Command &command, Outcome &out, const QString &text, const Now &now)
{
    auto &incident = out.incident;
    if (incident.approval) {
        if (auto *record = findAction(incident, incident.approval->actionId)) {
            record->status = ActionStatus::Refused;
            record->decision = {Decision::Refuse, Reason::Rejected, text, 0};
            record->completedAt = now.wallMs;
        }
        incident.approval.reset();
        out.effects.emplace_back(WithdrawApproval{text});
    }
    incident.haltReason = Reason::Rejected;
    incident.finalHalt = true;
    incident.retryAtMonotonicMs = 0;
    incident.verifyAtMonotonicMs = 0;
    if (incident.acknowledgedAt == 0)
        tellAcknowledged(out);
    incident.acknowledgedAt = incident.acknowledgedAt ? incident.acknowledgedAt : now.wallMs;
    incident.acknowledgedBy = incident.acknowledgedBy.isEmpty() ? command.actor : incident.acknowledgedBy;
    endChain(out, false);
    moveTo(out, IncidentStatus::Escalated, text, now);
    yes(out, text);
}

void reject(const Command &command, Outcome &out, const Now &now)
{
    if (out.incident.status != IncidentStatus::AwaitingApproval)
        return no(out, QStringLiteral("incident %1 does not wait for an approval: it is %2").arg(out.incident.id, toString(out.incident.status)));
    const QString why = command.text.isEmpty() ? QStringLiteral("no reason given") : command.text;
    stopHere(command, out, QStringLiteral("rejected by %1: %2").arg(command.actor, why), now);
}

void takeOver(const Command &command, Outcome &out, const Now &now)
{
    if (out.incident.status == IncidentStatus::Resolved)
        return no(out, QStringLiteral("incident %1 is resolved already").arg(out.incident.id));
    stopHere(command, out, QStringLiteral("taken over by %1").arg(command.actor), now);
}

void acknowledge(const Command &command, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    if (incident.status == IncidentStatus::Resolved)
        return no(out, QStringLiteral("incident %1 is resolved already").arg(incident.id));
    if (incident.acknowledgedAt != 0)
        return yes(out, QStringLiteral("acknowledged already by %1").arg(incident.acknowledgedBy));
    incident.acknowledgedAt = now.wallMs;
    incident.acknowledgedBy = command.actor;
    incident.timeline.append({now.wallMs, incident.status, QStringLiteral("acknowledged by %1").arg(command.actor)});
    incident.escalation.nextMonotonicMs = 0;
    tellAcknowledged(out);
    yes(out, QStringLiteral("acknowledged"));
}

void resolveByHand(const Command &command, Outcome &out, const Now &now)
{
    if (out.incident.status == IncidentStatus::Resolved)
        return no(out, QStringLiteral("incident %1 is resolved already").arg(out.incident.id));
    if (isActing(out.incident))
        return no(out, QStringLiteral("an action is running; wait for its end"));
    resolve(out, QStringLiteral("resolved by %1").arg(command.actor), now);
    yes(out, QStringLiteral("resolved"));
}

void recoverNow(const Command &command, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    switch (incident.status) {
    case IncidentStatus::Resolved:
    case IncidentStatus::Recovering:
    case IncidentStatus::Verifying:
        return no(out, QStringLiteral("incident %1 is %2; nothing to start").arg(incident.id, toString(incident.status)));
    default:
        break;
    }
    withdraw(out, QStringLiteral("%1 chose to act at once").arg(command.actor), now);
    incident.finalHalt = false;
    incident.escalation.nextMonotonicMs = 0;
    out.effects.emplace_back(Decide{command.action, command.actor, command.interactive, {}, {{command.actor, command.origin, now.wallMs}}});
    yes(out, QStringLiteral("started"));
}

} // namespace

void personSaid(const Command &command, Outcome &out, const Rules &, const Now &now)
{
    switch (command.kind) {
    case CommandKind::Approve:
        return approve(command, out, now);
    case CommandKind::Reject:
        return reject(command, out, now);
    case CommandKind::Acknowledge:
        return acknowledge(command, out, now);
    case CommandKind::Resolve:
        return resolveByHand(command, out, now);
    case CommandKind::RecoverNow:
        return recoverNow(command, out, now);
    case CommandKind::TakeOver:
        return takeOver(command, out, now);
    default:
        no(out, QStringLiteral("this is no word on an incident"));
    }
}

} // namespace prunella::step
