// The planner's and the policy's part of the pipeline.
#include "core/engine/Pipeline.h"
#include "core/engine/StepSupport.h"
#include "core/recovery/Maintenance.h"
#include "core/recovery/Planner.h"
#include "core/recovery/Policy.h"

namespace prunella {
namespace {

constexpr qint64 hourMs = 3'600'000;

/// The id of an action that a person approved and that had to wait; empty when there is none.
const RecoveryActionRecord *approvedButWaiting(const Incident &incident)
{
    const auto it = std::find_if(incident.actions.cbegin(), incident.actions.cend(), [](const auto &record) {
        return record.status == ActionStatus::AwaitingApproval && !record.approvedBy.isEmpty();
    });
    return it == incident.actions.cend() ? nullptr : &*it;
}

/// What a person wished for and must wait keeps a record, so that it is done later without asking again.
void rememberApproval(Incident &incident, const ActionRequest &request, const RecoveryDecision &decision, const QString &by)
{
    if (!step::findAction(incident, request.id) && decision.decision == Decision::Wait) {
        incident.actions.append(step::recordFor(request, decision));
        incident.actions.last().status = ActionStatus::AwaitingApproval;
    }
    if (auto *record = step::findAction(incident, request.id))
        record->approvedBy = by;
}

QString planChangedText(const ActionRequest &request)
{
    return QStringLiteral("the plan changed since it was shown: it is now %1").arg(request.call);
}

QString nothingToDo(const Incident &incident)
{
    if (incident.diagnosis && !incident.diagnosis->causeId.isEmpty())
        return QStringLiteral("no automatic repair is known for %1; a person must look").arg(incident.diagnosis->causeId);
    return QStringLiteral("no decision tree covers %1; a person must look").arg(toString(incident.type));
}

} // namespace

/// What is known beforehand of an action that can be done; empty where there is nothing to look at.
Preflight Pipeline::preflight(const ServiceConfig *target, const Incident &incident, ActionType type, const Now &now) const
{
    if (!target || !m_hooks.preflight || !isSupported(type, target))
        return {};
    LookInput input;
    input.target = *target;
    input.type = type;
    input.causeId = incident.diagnosis ? incident.diagnosis->causeId : QString();
    input.related = relatedTo(*target);
    return m_hooks.preflight(input, now);
}

QList<ServiceConfig> Pipeline::relatedTo(const ServiceConfig &service) const
{
    QList<ServiceConfig> related;
    for (const QString &name : m_graph.dependenciesOf(service.name) + service.restart.group) {
        const ServiceConfig *other = this->service(name);
        const bool known = std::any_of(related.cbegin(), related.cend(), [&](const ServiceConfig &one) { return one.name == name; });
        if (other && !known && name != service.name)
            related.append(*other);
    }
    return related;
}

void Pipeline::decideNext(Incident &incident, const step::Decide &wish, PipelineOutput &out, const Now &now)
{
    step::Decide decided = wish;
    if (const auto *waiting = approvedButWaiting(incident); waiting && decided.approvedBy.isEmpty())
        decided = {waiting->type, waiting->approvedBy, false, waiting->id};
    if (incident.condition.kind == ConditionKind::RestartLoop && incident.severity < Severity::High && decided.approvedBy.isEmpty()) {
        const RecoveryDecision leave{Decision::Refuse, Reason::ManagerRestarting,
                                     QStringLiteral("systemd restarts %1 by itself; nothing is added to that").arg(incident.component), 0};
        return apply(incident, step::Decided{leave, {}, {}}, out, now);
    }
    const std::optional<ActionType> type = decided.wanted ? decided.wanted : chosenAction(incident, now);
    if (!type)
        return apply(incident, step::Decided{withoutPlan(incident, now), {}, {}}, out, now);
    ActionRequest request = requestFor(incident, *type, now);
    if (!decided.actionId.isEmpty())
        request.id = decided.actionId;
    request.interactive = decided.interactive;
    if (const auto *known = step::findAction(incident, request.id); known && !decided.approvedBy.isEmpty() && known->call != request.call)
        return apply(incident, step::PlanChanged{planChangedText(request)}, out, now);
    const auto decision = decide(policyInput(incident, *type, !decided.approvedBy.isEmpty(), now), now);
    const QString hash = planHash(incident.id, *type, request.call);
    apply(incident, step::Decided{decision, request, hash}, out, now);
    if (!decided.approvedBy.isEmpty())
        rememberApproval(incident, request, decision, decided.approvedBy);
}

/// The next action of the diagnosis that has attempts left and that nothing makes impossible beforehand.
std::optional<ActionType> Pipeline::chosenAction(const Incident &incident, const Now &now) const
{
    const bool faint = isHint(incident.condition.kind) && incident.severity < Severity::Medium; // nobody is asked about one odd value
    if (!incident.diagnosis || faint)
        return std::nullopt;
    const ServiceConfig *known = target(incident.component);
    const int most = known ? known->recovery.maxRetryAttempts.value_or(m_config.recovery.maxRetryAttempts) : 0;
    const qint64 window = known ? known->recovery.attemptWindowMs.value_or(m_config.recovery.attemptWindowMs) : hourMs;
    const auto planned = plan(*incident.diagnosis, known, [&](ActionType candidate) {
        const auto objection = preflight(known, incident, candidate, now).objection;
        return m_ledger.attempts(incident.component, candidate, window, now) < most && !(objection && objection->decision == Decision::Refuse);
    });
    return planned ? std::optional(planned->type) : std::nullopt;
}

/// Nothing could be done by itself: later, never, or a person must look.
RecoveryDecision Pipeline::withoutPlan(const Incident &incident, const Now &now) const
{
    // Pauses and maintenance hold back people's phones, too: what is still broken afterwards is handled then.
    if (const auto held = heldBack(policyInput(incident, ActionType::HealthCheck, false, now), now))
        return *held;
    if (isHint(incident.condition.kind))
        return {Decision::Refuse, Reason::HintAlone, QStringLiteral("unusual, but nothing is known to be wrong; it is watched"), 0};
    return {Decision::Refuse, Reason::NoAction, nothingToDo(incident), 0};
}

/// The question on the screen must be the one that a yes answers.
void Pipeline::askAnewWhenChanged(Incident &incident, PipelineOutput &out, const Now &now)
{
    if (incident.status != IncidentStatus::AwaitingApproval || !incident.approval)
        return;
    const ActionRequest request = requestFor(incident, incident.approval->type, now);
    if (planHash(incident.id, request.type, request.call) != incident.approval->planHash)
        apply(incident, step::PlanChanged{planChangedText(request)}, out, now);
}

ActionRequest Pipeline::requestFor(const Incident &incident, ActionType type, const Now &now) const
{
    ActionRequest request;
    request.id = m_hooks.newId();
    request.incidentId = incident.id;
    request.type = type;
    request.target = incident.component;
    request.timeoutMs = int(m_config.recovery.recoveryTimeoutMs);
    if (const ServiceConfig *known = target(incident.component)) {
        request.manager = known->manager;
        request.unit = known->unit;
        request.timeoutMs = int(known->recovery.recoveryTimeoutMs.value_or(m_config.recovery.recoveryTimeoutMs));
        const auto facts = m_hooks.facts(*known);
        request.stateBefore = facts.stateBefore;
        request.invocationBefore = facts.invocation;
        request.resetStartLimit = facts.startLimitHit && type == ActionType::RestartService;
        const qint64 window = known->recovery.attemptWindowMs.value_or(m_config.recovery.attemptWindowMs);
        request.attempt = m_ledger.attempts(request.target, type, window, now) + 1;
    }
    const Preflight look = preflight(target(incident.component), incident, type, now);
    request.subject = look.subject;
    request.valueBefore = look.valueBefore;
    request.valueTarget = look.valueTarget;
    request.fingerprint = look.fingerprint;
    request.plan = look.plan;
    request.call = m_hooks.describe(request);
    return request;
}

/// Within an incident the backoff rules, between incidents on one target the cool-down.
void Pipeline::setPauses(PolicyInput &in, const Incident &incident, const ServiceConfig *target, const Now &now) const
{
    const auto &recovery = m_config.recovery;
    const BackoffConfig backoff = target ? target->recovery.backoff.value_or(recovery.backoff) : recovery.backoff;
    if (const auto own = m_ledger.lastEndOf(incident.id))
        in.backoffUntilMs = *own + backoffMs(in.attempts + 1, backoff.initialMs, backoff.factor, backoff.maxMs);
    else if (const auto others = m_ledger.lastEndOfOthers(in.target, incident.id))
        in.coolDownUntilMs = *others + m_config.guards.coolDownMs;
    in.paused = isPaused(in.target);
    in.pausedUntilMs = m_pauseEnds.value(m_pauses.contains(in.target) ? in.target : QString());
    QStringList services; // they take turns after a window
    for (const ServiceConfig &service : m_config.services)
        services.append(service.name);
    if (const qint64 until = maintenanceHold(m_config.maintenance, in.target, services, incident.detectedAt, now.wallMs); until != 0)
        in.maintenanceUntilMs = now.monotonicMs + (until - now.wallMs);
}

PolicyInput Pipeline::policyInput(const Incident &incident, ActionType type, bool approved, const Now &now) const
{
    PolicyInput in;
    const ServiceConfig *target = this->target(incident.component);
    const auto &recovery = m_config.recovery;
    const TargetFacts facts = target ? m_hooks.facts(*target) : TargetFacts{};
    in.action = type;
    in.target = incident.component;
    in.supported = isSupported(type, target);
    in.approved = approved;
    in.mode = effectiveMode(m_config, target, type);
    in.ceiling = m_ceiling;
    in.confidence = incident.diagnosis ? incident.diagnosis->confidence : 0;
    in.confidenceThreshold = m_config.learning.confidenceThreshold;
    in.maxAttempts = target ? target->recovery.maxRetryAttempts.value_or(recovery.maxRetryAttempts) : recovery.maxRetryAttempts;
    in.attemptWindowMs = target ? target->recovery.attemptWindowMs.value_or(recovery.attemptWindowMs) : recovery.attemptWindowMs;
    in.attempts = m_ledger.attempts(in.target, type, in.attemptWindowMs, now);
    setPauses(in, incident, target, now);
    in.actionsLastHour = m_ledger.within(hourMs, now);
    in.maxActionsPerHour = m_config.guards.maxActionsPerHour;
    in.targetBusy = m_ledger.isBusy(in.target);
    in.running = m_ledger.running();
    in.maxConcurrent = m_config.guards.maxConcurrentActions;
    in.flapping = m_hooks.flapping && m_hooks.flapping(incident.condition);
    in.managerRestarting = facts.managerRestarting;
    in.startLimitHit = facts.startLimitHit;
    in.hintAlone = isHint(incident.condition.kind);
    setBrokenNeed(in, incident, now);
    in.services = int(m_config.services.size());
    in.unhealthyServices = unhealthyServices();
    in.maxUnhealthyFraction = m_config.guards.maxUnhealthyFraction;
    in.journalLost = m_journalLost;
    in.storeDamaged = m_storeDamaged;
    const Preflight look = preflight(target, incident, type, now);
    in.preflight = look.objection;
    if (!look.objection && !look.repeatable && in.attempts > 0)
        in.preflight = RecoveryDecision{Decision::Ask, Reason::AttemptsExhausted, QStringLiteral("%1 was done already, and a second time is "
                                        "a person's decision (idempotent: false)").arg(toString(type)), 0};
    return in;
}

/// The incident of a component that must be healed before those that need it.
const Incident *Pipeline::brokenIncident(const QString &component) const
{
    for (const auto &[id, incident] : m_open) {
        const bool healing = incident.status == IncidentStatus::Recovering || incident.status == IncidentStatus::Verifying;
        if (incident.component == component && (incident.conditionHolds || healing) && incident.severity >= Severity::High
            && !isHint(incident.condition.kind) && isOpen(incident))
            return &incident;
    }
    return nullptr;
}

/// Of what the target cannot run without, the nearest that is broken, or that does not run: a start of the target may
/// start that as well, which somebody may have stopped on purpose.
void Pipeline::setBrokenNeed(PolicyInput &in, const Incident &incident, const Now &now) const
{
    constexpr qint64 freshMs = 5000; // why it stopped is about to be told
    const QString elsewhere = incident.diagnosis ? incident.diagnosis->component : QString();
    if (!elsewhere.isEmpty() && elsewhere != incident.component && service(elsewhere)) { // what was recorded points there
        in.brokenNeed = elsewhere;
        in.needWhy = QStringLiteral("is accused by the recorded values");
        in.needIsLeft = true;
        return;
    }
    const QStringList needs = m_graph.dependenciesOf(incident.component);
    for (const QString &need : needs) { // near ones first
        if (!m_graph.hardPath(incident.component, need) || m_graph.hardPath(need, incident.component))
            continue;
        const Incident *other = brokenIncident(need);
        const ServiceConfig *config = service(need);
        constexpr qint64 runs = -1;
        const qint64 downSince = config ? m_hooks.facts(*config).downSinceMs.value_or(runs) : runs;
        if (!other && downSince == runs)
            continue;
        in.brokenNeed = need;
        in.needWhy = other ? QStringLiteral("has an incident of its own") : QStringLiteral("does not run");
        in.needIsLeft = other ? other->status == IncidentStatus::Escalated || other->status == IncidentStatus::Observed
                              : now.monotonicMs - downSince > freshMs;
        if (!other)
            in.needAgainMs = 500;
        return;
    }
}

int Pipeline::unhealthyServices() const
{
    return int(std::count_if(m_open.begin(), m_open.end(), [this](const auto &entry) {
        return entry.second.conditionHolds && service(entry.second.component);
    }));
}

bool Pipeline::isPaused(const QString &target) const
{
    return m_pauses.contains(target) || m_pauses.contains(QString());
}

} // namespace prunella
