#include "core/engine/StepSupport.h"

#include "core/engine/Chain.h"

namespace prunella::step {
namespace {

/// Left to a person because nothing could be done about the old condition, or because that was a mere hint that somebody
/// rejected: a graver one is looked at afresh.
bool newTurn(const Incident &incident, const Condition &condition)
{
    if (isHint(incident.condition.kind) && !isHint(condition.kind))
        return true;
    return incident.haltReason == Reason::NoAction && weight(condition) > weight(incident.condition);
}

/// The incident is about this from now on, unless it is told better by what it was about.
void takeOver(const ConditionSeen &event, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    incident.timeline.append({now.wallMs, incident.status, event.event.reason});
    if (weight(event.event.condition) < weight(incident.condition) || !event.event.opens)
        return;
    if (isHint(incident.condition.kind) && !isHint(event.event.condition.kind)) { // what was said of the hint was not said of this
        incident.acknowledgedAt = 0;
        incident.acknowledgedBy.clear();
    }
    incident.finalHalt = false;
    incident.condition = event.event.condition;
    incident.type = event.event.type;
    incident.summary = event.event.reason;
    out.effects.emplace_back(Diagnose{});
}

} // namespace

int weight(const Condition &condition)
{
    switch (condition.kind) {
    case ConditionKind::UnitFailed:
    case ConditionKind::ProcessExited:
        return 3;
    case ConditionKind::RestartLoop:
        return 2;
    case ConditionKind::CheckFailing:
        return 1;
    case ConditionKind::Threshold:
        break;
    case ConditionKind::Anomaly:
    case ConditionKind::LogPattern:
        return -1;
    }
    return 0;
}

void moveTo(Outcome &out, IncidentStatus status, const QString &reason, const Now &now)
{
    out.incident.status = status;
    out.incident.timeline.append({now.wallMs, status, reason});
}

void halt(Outcome &out, Reason reason, const QString &text, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    const bool told = incident.finalHalt && incident.escalation.nextMonotonicMs != 0; // it only seemed to clear by itself
    incident.haltReason = reason;
    incident.finalHalt = true;
    incident.retryAtMonotonicMs = 0;
    incident.verifyAtMonotonicMs = 0;
    incident.approval.reset();
    moveTo(out, IncidentStatus::Escalated, text, now);
    if (incident.acknowledgedAt == 0 && !told)
        startChain(out, rules, now, false);
}

void settle(Outcome &out, const QString &text, const Rules &rules, const Now &now)
{
    out.incident.verifyAtMonotonicMs = now.monotonicMs + rules.settleMs;
    moveTo(out, IncidentStatus::Verifying, text, now);
}

void resolve(Outcome &out, const QString &text, const Now &now)
{
    auto &incident = out.incident;
    withdraw(out, text, now);
    incident.resolvedAt = now.wallMs;
    incident.conditionHolds = false;
    incident.verifyAtMonotonicMs = 0;
    incident.retryAtMonotonicMs = 0;
    moveTo(out, IncidentStatus::Resolved, text, now);
    endChain(out, true);
}

void withdraw(Outcome &out, const QString &why, const Now &now)
{
    auto &incident = out.incident;
    for (auto &record : incident.actions) { // the one that is asked about, and one that was approved and had to wait
        if (record.status != ActionStatus::AwaitingApproval)
            continue;
        record.status = ActionStatus::Cancelled;
        record.completedAt = now.wallMs;
        record.decision.reason = Reason::Withdrawn;
        record.decision.detail = why;
    }
    if (!incident.approval)
        return;
    incident.approval.reset();
    out.effects.emplace_back(WithdrawApproval{why});
}

void seenAgain(const ConditionSeen &event, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    const bool graver = event.event.severity > incident.severity;
    if (graver)
        std::tie(incident.severity, incident.worseAt) = std::pair(event.event.severity, event.event.wallMs);
    if (!event.fresh && !graver)
        return;
    ++incident.symptoms;
    switch (incident.status) {
    case IncidentStatus::Recovering:
    case IncidentStatus::Resolved:
        return;
    case IncidentStatus::Verifying:
        if (incident.finalHalt && newTurn(incident, event.event.condition))
            break; // it was clearing by itself when something graver came
        incident.summary = event.event.reason;
        if (weight(event.event.condition) > weight(incident.condition)) {
            incident.condition = event.event.condition;
            incident.type = event.event.type;
        }
        out.effects.emplace_back(Verify{});
        return;
    case IncidentStatus::AwaitingApproval:
        if (!incident.approval || !isHint(incident.condition.kind) || isHint(event.event.condition.kind))
            return;
        withdraw(out, QStringLiteral("more is known now: %1").arg(event.event.reason), now); // what was asked about a hint
        incident.escalation.nextMonotonicMs = 0;
        incident.status = IncidentStatus::Diagnosing;
        [[fallthrough]];
    case IncidentStatus::Escalated:
        if (incident.finalHalt && !newTurn(incident, event.event.condition))
            return;
        break;
    default:
        break;
    }
    takeOver(event, out, now);
}

bool leaveUnknown(Incident &incident, const QString &actionId, const QString &then, const Now &now)
{
    auto *record = findAction(incident, actionId);
    if (!record || record->status != ActionStatus::InProgress)
        return false;
    record->status = ActionStatus::Unknown;
    record->completedAt = now.wallMs;
    record->output = QStringLiteral("the engine ended before the outcome was known; ") + then;
    return true;
}

void restored(const Restored &event, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    (void)leaveUnknown(incident, event.unfinished, QStringLiteral("it is verified, not repeated"), now);
    incident.retryAtMonotonicMs = 0;
    if (auto *undo = findAction(incident, event.unfinished); undo && !undo->undoes.isEmpty() && findAction(incident, undo->undoes)) {
        undo->output = QStringLiteral("the engine ended before the outcome was known; it is done again, which changes nothing when it was done");
        moveTo(out, IncidentStatus::Diagnosing, QStringLiteral("the engine was restarted while an action was taken back"), now);
        out.effects.emplace_back(TakeBack{undo->undoes});
        return;
    }
    switch (incident.status) {
    case IncidentStatus::Recovering:
    case IncidentStatus::Verifying:
        incident.verifyAtMonotonicMs = now.monotonicMs + rules.settleMs;
        moveTo(out, IncidentStatus::Verifying, QStringLiteral("the engine was restarted: what was done is verified"), now);
        return;
    case IncidentStatus::AwaitingApproval:
        if (incident.approval) {
            resumeChain(out, rules, now);
            out.effects.emplace_back(AskPerson{*incident.approval});
            return;
        }
        break;
    case IncidentStatus::Escalated:
        return resumeChain(out, rules, now);
    default:
        break;
    }
    out.effects.emplace_back(Diagnose{});
}

RecoveryActionRecord recordFor(const ActionRequest &request, const RecoveryDecision &decision)
{
    RecoveryActionRecord record;
    record.id = request.id;
    record.type = request.type;
    record.target = request.target;
    record.decision = decision;
    record.call = request.call;
    record.attempt = request.attempt;
    record.invocationBefore = request.invocationBefore;
    record.subject = request.subject;
    record.valueBefore = request.valueBefore;
    record.valueTarget = request.valueTarget;
    record.plan = request.plan;
    record.undoes = request.undoes;
    record.procedure = request.procedure;
    record.step = request.step;
    record.parameters = request.parameters;
    return record;
}

RecoveryActionRecord *findAction(Incident &incident, const QString &id)
{
    const auto it = std::find_if(incident.actions.begin(), incident.actions.end(),
                                 [&id](const auto &record) { return record.id == id; });
    return it == incident.actions.end() ? nullptr : &*it;
}

bool isActing(const Incident &incident)
{
    return std::any_of(incident.actions.begin(), incident.actions.end(),
                       [](const auto &record) { return record.status == ActionStatus::InProgress; });
}

bool isFinished(const RecoveryActionRecord &record)
{
    return record.undoes.isEmpty() && (record.status == ActionStatus::Completed || record.status == ActionStatus::Unknown);
}

RecoveryActionRecord *lastFinished(Incident &incident)
{
    for (auto it = incident.actions.rbegin(); it != incident.actions.rend(); ++it) {
        if (isFinished(*it))
            return &*it;
    }
    return nullptr;
}

QString firstLine(const QString &text)
{
    return text.section(u'\n', 0, 0).left(200);
}

} // namespace prunella::step
