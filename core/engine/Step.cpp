#include "core/engine/Step.h"

#include "core/engine/Chain.h"
#include "core/engine/StepMembers.h"
#include "core/engine/StepPerson.h"
#include "core/engine/StepSupport.h"
#include "core/engine/StepUndo.h"

namespace prunella::step {
namespace {

void on(const Opened &event, Outcome &out, const Rules &rules, const Now &now)
{
    moveTo(out, IncidentStatus::Detected, out.incident.summary, now);
    for (const Symptom &symptom : event.joined)
        join(symptom, out, rules, now);
    out.effects.emplace_back(Diagnose{});
}

void on(const Diagnosed &event, Outcome &out, const Rules &, const Now &now)
{
    out.incident.diagnosis = event.diagnosis;
    if (out.incident.status == IncidentStatus::Detected || !event.diagnosis.rootCause.isEmpty())
        moveTo(out, IncidentStatus::Diagnosing, event.diagnosis.rootCause, now);
    out.effects.emplace_back(Decide{});
}

void on(const Asked &event, Outcome &out, const Rules &, const Now &now)
{
    out.incident.retryAtMonotonicMs = event.untilMonotonicMs; // the policy is asked then, with what is known
    moveTo(out, IncidentStatus::Diagnosing, event.text, now);
}

void askFor(const Decided &event, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    auto record = recordFor(*event.request, event.decision);
    record.status = ActionStatus::AwaitingApproval;
    record.approvals = event.given;
    if (auto *known = findAction(incident, record.id)) // what was approved once needs more people since a reload
        *known = record;
    else
        incident.actions.append(record);
    ApprovalRequest request;
    request.incidentId = incident.id;
    request.actionId = record.id;
    request.planHash = event.planHash;
    request.type = record.type;
    request.target = record.target;
    request.call = record.call;
    request.why = event.decision;
    request.askedAt = now.wallMs;
    request.needed = rules.approvalsNeeded;
    request.given = event.given;
    incident.approval = request;
    moveTo(out, IncidentStatus::AwaitingApproval, event.decision.detail, now);
    startChain(out, rules, now, true);
    out.effects.emplace_back(AskPerson{*incident.approval});
}

void run(const Decided &event, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    auto record = recordFor(*event.request, event.decision);
    record.status = ActionStatus::InProgress;
    record.startedAt = now.wallMs;
    if (auto *known = findAction(incident, record.id)) {
        record.approvedBy = known->approvedBy;
        *known = record;
    } else {
        incident.actions.append(record);
    }
    incident.haltReason = Reason::Allowed;
    incident.finalHalt = false;
    incident.conditionHolds = false; // a fresh failure from here on means that it broke again
    moveTo(out, IncidentStatus::Recovering, QStringLiteral("%1: %2").arg(toString(record.type), event.decision.detail), now);
    out.effects.emplace_back(RunAction{*event.request});
}

void refuse(const Decided &event, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    incident.haltReason = event.decision.reason;
    if (event.request) {
        auto record = recordFor(*event.request, event.decision);
        record.status = ActionStatus::Refused;
        if (auto *known = findAction(incident, record.id))
            *known = record;
        else
            incident.actions.append(record);
    }
    if (event.decision.reason == Reason::ModeObserve || event.decision.reason == Reason::ManagerRestarting
        || event.decision.reason == Reason::HintAlone || event.decision.reason == Reason::Shadow) {
        moveTo(out, IncidentStatus::Observed, event.decision.detail, now);
        return;
    }
    halt(out, event.decision.reason, event.decision.detail, rules, now);
}

void on(const Decided &event, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    incident.retryAtMonotonicMs = 0;
    switch (event.decision.decision) {
    case Decision::Run:
        return run(event, out, now);
    case Decision::Ask:
        return askFor(event, out, rules, now);
    case Decision::Refuse:
        return refuse(event, out, rules, now);
    case Decision::Wait:
        incident.retryAtMonotonicMs = event.decision.retryAtMonotonicMs;
        const bool suppressed = event.decision.reason == Reason::Paused || event.decision.reason == Reason::Maintenance
            || event.decision.reason == Reason::Flapping;
        const bool was = incident.status == IncidentStatus::Suppressed;
        if (suppressed != was || incident.haltReason != event.decision.reason)
            moveTo(out, suppressed ? IncidentStatus::Suppressed : was ? IncidentStatus::Diagnosing : incident.status, event.decision.detail, now);
        if (event.decision.reason == Reason::BreakerOpen && incident.haltReason != Reason::BreakerOpen)
            tellFirst(out);
        incident.haltReason = event.decision.reason;
    }
}

void on(const ActionDone &event, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    auto *record = findAction(incident, event.result.actionId);
    if (!record || record->status != ActionStatus::InProgress)
        return;
    record->status = event.result.status;
    record->failure = event.result.failure;
    record->output = event.result.output;
    record->completedAt = now.wallMs;
    record->attachment = event.result.attachment;
    const QString name = toString(record->type);
    if (!record->undoes.isEmpty())
        return undone(*record, event.cleared, out, rules, now);
    if (record->status == ActionStatus::Completed || record->status == ActionStatus::Unknown) { // unknown: looked at, never repeated blindly
        const bool looked = onlyLooks(record->type) || rules.keepsStep;
        incident.verifyAtMonotonicMs = now.monotonicMs + (looked ? 0 : rules.stepSettleMs.value_or(rules.settleMs));
        moveTo(out, IncidentStatus::Verifying, QStringLiteral("%1 %2: %3").arg(name, toString(record->status), firstLine(event.result.output)), now);
        if (incident.conditionHolds) // it broke again while the action was still being reported
            out.effects.emplace_back(Verify{});
        return;
    }
    if (event.cleared)
        return settle(out, QStringLiteral("%1 failed, but the condition is over: %2").arg(name, firstLine(event.result.output)), rules, now);
    incident.conditionHolds = true;
    if (incident.finalHalt) // a person took it over while the action ran
        return halt(out, incident.haltReason, QStringLiteral("%1 failed: %2").arg(name, firstLine(event.result.output)), rules, now);
    if (event.result.failure == FailureKind::NotAuthorised)
        return halt(out, Reason::NotAuthorised, event.result.output, rules, now);
    if (event.result.failure == FailureKind::StartLimit)
        return halt(out, Reason::StartLimit, event.result.output, rules, now);
    moveTo(out, IncidentStatus::Diagnosing, QStringLiteral("%1 failed: %2").arg(name, firstLine(event.result.output)), now);
    out.effects.emplace_back(Decide{});
}

void on(const ConditionSeen &event, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    if (event.holds && isHint(event.event.condition.kind) && !isHint(incident.condition.kind)) { // it tells more and changes nothing
        ++incident.symptoms;
        incident.timeline.append({now.wallMs, incident.status, event.event.reason});
        return;
    }
    incident.conditionHolds = event.holds;
    if (event.holds)
        return seenAgain(event, out, now);
    if (isActing(incident)) // its end is verified
        return;
    switch (incident.status) {
    case IncidentStatus::Recovering:
    case IncidentStatus::Verifying:
    case IncidentStatus::Resolved:
        return;
    default:
        withdraw(out, event.event.reason, now);
        incident.retryAtMonotonicMs = 0;
        settle(out, QStringLiteral("the condition cleared: %1").arg(event.event.reason), rules, now);
    }
}

void on(const Verified &event, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    if (incident.status != IncidentStatus::Verifying)
        return;
    const bool bad = event.verdict == Verdict::Unchanged || event.verdict == Verdict::Worse;
    if (!bad && incident.verifyAtMonotonicMs > now.monotonicMs) { // an early look, after a symptom: only the settling time tells
        incident.conditionHolds = incident.conditionHolds && event.verdict != Verdict::Healed;
        return;
    }
    incident.verifyAtMonotonicMs = 0;
    auto *record = lastFinished(incident);
    const bool first = record && !record->verdict; // what was judged before is not undone for what came later
    if (first) {
        record->verdict = event.verdict;
        record->verified = event.verdict == Verdict::Healed;
        record->verifyText = event.text;
    }
    switch (event.verdict) {
    case Verdict::Healed:
        return resolve(out, event.text, now);
    case Verdict::Unknown:
        return halt(out, Reason::NoAction, QStringLiteral("could not be verified: %1").arg(event.text), rules, now);
    case Verdict::Unchanged:
    case Verdict::Worse:
        return didNotHelp(event, record, first, out, rules, now);
    }
}

void on(const Undoing &event, Outcome &out, const Rules &, const Now &now) { undoing(event, out, now); }
void on(const NotUndone &event, Outcome &out, const Rules &rules, const Now &now) { notUndone(event, out, rules, now); }

void on(const PersonSaid &event, Outcome &out, const Rules &rules, const Now &now)
{
    personSaid(event.command, out, rules, now);
}

void on(const PlanChanged &event, Outcome &out, const Rules &, const Now &now)
{
    withdraw(out, event.text, now);
    out.incident.timeline.append({now.wallMs, out.incident.status, event.text});
    out.incident.escalation.nextMonotonicMs = 0;
    out.effects.emplace_back(Decide{});
}

void on(const TimeCame &, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    if (incident.verifyAtMonotonicMs != 0 && now.monotonicMs >= incident.verifyAtMonotonicMs) {
        incident.verifyAtMonotonicMs = 0; // in any status, or it would stay due for ever
        if (incident.status == IncidentStatus::Verifying)
            out.effects.emplace_back(Verify{});
    }
    if (incident.retryAtMonotonicMs != 0 && now.monotonicMs >= incident.retryAtMonotonicMs) {
        incident.retryAtMonotonicMs = 0;
        if (incident.diagnosis)
            out.effects.emplace_back(Decide{});
        else // its probes were not answered: with what is known
            out.effects.emplace_back(Diagnose{});
    }
    const bool approval = incident.status == IncidentStatus::AwaitingApproval;
    if (approval || incident.status == IncidentStatus::Escalated) {
        const auto before = incident.escalation.nextMonotonicMs;
        climbChain(out, rules, now, approval);
        if (approval && incident.approval && incident.escalation.nextMonotonicMs != before)
            out.effects.emplace_back(AskPerson{*incident.approval});
    }
}

void on(const Restored &event, Outcome &out, const Rules &rules, const Now &now)
{
    restored(event, out, rules, now);
}

void on(const Joined &event, Outcome &out, const Rules &rules, const Now &now) { join(event.symptom, out, rules, now); }
void on(const SymptomCleared &event, Outcome &out, const Rules &, const Now &now) { symptomCleared(event, out, now); }
void on(const Gone &event, Outcome &out, const Rules &, const Now &now) { resolve(out, event.why, now); }
void on(const SplitOff &event, Outcome &out, const Rules &, const Now &now) { splitOff(event, out, now); }
void on(const MergedInto &event, Outcome &out, const Rules &, const Now &now) { mergeInto(event, out, now); }

} // namespace

Outcome step(Incident incident, const Event &event, const Rules &rules, const Now &now)
{
    Outcome out{std::move(incident), {}, {}};
    const bool tellsMore = std::holds_alternative<PersonSaid>(event) || std::holds_alternative<SplitOff>(event);
    if (out.incident.status == IncidentStatus::Resolved && !tellsMore)
        return out;
    std::visit([&](const auto &e) { on(e, out, rules, now); }, event);
    return out;
}

qint64 nextTime(const Incident &incident)
{
    qint64 next = 0;
    const auto earliest = [&next](qint64 time) { next = time != 0 && (next == 0 || time < next) ? time : next; };
    if (incident.status == IncidentStatus::Resolved)
        return 0;
    earliest(incident.verifyAtMonotonicMs);
    earliest(incident.retryAtMonotonicMs);
    const bool waiting = incident.status == IncidentStatus::AwaitingApproval || incident.status == IncidentStatus::Escalated;
    if (waiting && incident.acknowledgedAt == 0)
        earliest(incident.escalation.nextMonotonicMs);
    return next;
}

Rules rulesFor(const Config &config, const ServiceConfig *service)
{
    Rules rules;
    rules.settleMs = service ? service->recovery.settleMs.value_or(config.recovery.settleMs) : config.recovery.settleMs;
    rules.approvalStepMs = service ? service->recovery.escalationTimeoutMs.value_or(config.recovery.escalationTimeoutMs)
                                   : config.recovery.escalationTimeoutMs;
    rules.alertStepMs = config.detection.alertEscalationTimeoutMs;
    if (!config.escalation.isEmpty()) {
        rules.chainAfterMs.clear();
        for (const auto &stepConfig : config.escalation)
            rules.chainAfterMs.append(stepConfig.afterMs);
    }
    return rules;
}

} // namespace prunella::step
