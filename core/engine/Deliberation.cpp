// Which action, and may it run now: what the pipeline knows, put before the planner and the policy.
#include "core/engine/Deliberation.h"

#include "core/engine/StepSupport.h"
#include "core/recovery/Maintenance.h"
#include "core/recovery/Planner.h"
#include "core/recovery/Policy.h"

namespace prunella {
namespace {

constexpr qint64 hourMs = 3'600'000;

QString nothingToDo(const Incident &incident)
{
    const bool vain = std::any_of(incident.actions.cbegin(), incident.actions.cend(), [](const auto &action) { return action.startedAt != 0; });
    if (vain && incident.diagnosis)
        return QStringLiteral("what is known for %1 did not help; a person must look").arg(incident.diagnosis->causeId);
    if (incident.diagnosis && !incident.diagnosis->causeId.isEmpty())
        return QStringLiteral("no automatic repair is known for %1; a person must look").arg(incident.diagnosis->causeId);
    return QStringLiteral("no decision tree covers %1; a person must look").arg(toString(incident.type));
}

} // namespace

/// What is known beforehand of an action that can be done; empty where there is nothing to look at.
Preflight Deliberation::preflight(const ServiceConfig *target, const Incident &incident, const Wish &wish, const Now &now) const
{
    if (!target || !m_of.m_hooks.preflight || !isSupported(wish.type, target))
        return {};
    LookInput input;
    input.target = *target;
    input.type = wish.type;
    input.causeId = incident.diagnosis ? incident.diagnosis->causeId : QString();
    input.parameters = wish.parameters;
    input.related = m_of.relatedTo(*target);
    if (m_of.m_hooks.releases)
        input.releases = m_of.m_hooks.releases(target->name);
    Preflight look = m_of.m_hooks.preflight(input, now);
    const auto &standing = m_of.m_reversions.all();
    const bool looksAlready = std::any_of(standing.cbegin(), standing.cend(), [target](const Reversion &one) {
        return one.inverse.type == ActionType::EnableMonitoring && one.inverse.target == target->name;
    });
    if (looksAlready && wish.type == ActionType::EnableMonitoring) // a second one would take the debug level for what it was before
        look.objection = RecoveryDecision{Decision::Refuse, Reason::NoAction, QStringLiteral("a closer look at %1 is under way already").arg(target->name), 0};
    return look;
}

/// The key that switches this kind of action off; empty: it is on.
QString Deliberation::switchedOffBy(const ServiceConfig *target, ActionType type) const
{
    const auto own = [target](auto member, bool general) { return target ? (target->recovery.*member).value_or(general) : general; };
    if (type == ActionType::RollbackDeployment && !own(&ServiceRecoveryConfig::rollbackEnabled, m_of.m_config.recovery.rollbackEnabled))
        return QStringLiteral("rollback_enabled");
    if (type == ActionType::ScaleResources && !own(&ServiceRecoveryConfig::autoScalingEnabled, m_of.m_config.recovery.autoScalingEnabled))
        return QStringLiteral("auto_scaling_enabled");
    return {};
}

/// A step of the incident's procedure; without one the next action of the diagnosis. `none` says why there is nothing.
std::optional<Wish> Deliberation::chosen(const Incident &incident, RecoveryDecision &none, const Now &now) const
{
    const bool faint = isHint(incident.condition.kind) && incident.severity < Severity::Medium; // nobody is asked about one odd value
    const auto word = incident.diagnosis && !faint && m_of.m_hooks.procedure
        ? m_of.m_hooks.procedure(incident, [&](const Wish &wish) { return isPossible(incident, wish, now); }) : std::nullopt;
    if (word && word->kind == ProcedureWord::Kind::Run)
        return word->wish;
    if (word && word->kind == ProcedureWord::Kind::Escalate) {
        none = {Decision::Refuse, Reason::NoAction, word->why, 0};
        return {};
    }
    const std::optional<Wish> listed = faint ? std::nullopt : fromDiagnosis(incident, now);
    if (word && listed && hasAttempts(incident, listed->type, now)) { // the procedure has had its say, and the list adds nothing to it
        none = {Decision::Refuse, Reason::NoAction, word->why, 0};
        return {};
    }
    if (!listed)
        none = withoutPlan(incident, now);
    return listed;
}

bool Deliberation::hasAttempts(const Incident &incident, ActionType type, const Now &now) const
{
    const ServiceConfig *known = m_of.target(incident.component);
    const int most = known ? known->recovery.maxRetryAttempts.value_or(m_of.m_config.recovery.maxRetryAttempts) : 0;
    const qint64 window = known ? known->recovery.attemptWindowMs.value_or(m_of.m_config.recovery.attemptWindowMs) : hourMs;
    return m_of.m_ledger.attempts(incident.component, type, window, now) < most;
}

/// It has attempts left, and nothing makes it impossible beforehand.
bool Deliberation::isPossible(const Incident &incident, const Wish &wish, const Now &now) const
{
    const ServiceConfig *known = m_of.target(incident.component);
    if (!isSupported(wish.type, known) || !switchedOffBy(known, wish.type).isEmpty() || !hasAttempts(incident, wish.type, now))
        return false;
    const auto objection = preflight(known, incident, wish, now).objection;
    return !objection || objection->decision != Decision::Refuse;
}

/// The next action of the diagnosis that is possible; when all are used up the last one, so that the policy says so.
std::optional<Wish> Deliberation::fromDiagnosis(const Incident &incident, const Now &now) const
{
    if (!incident.diagnosis)
        return {};
    Diagnosis left = *incident.diagnosis;
    for (const auto &action : incident.actions) {
        // What did not help here and was taken back; and looking twice tells no more.
        if (action.status == ActionStatus::RolledBack || (step::onlyLooks(action.type) && action.status == ActionStatus::Completed))
            left.actions.removeAll(action.type);
    }
    const auto planned = plan(left, m_of.target(incident.component), [&](ActionType type) { return isPossible(incident, {type}, now); });
    return planned ? std::optional(Wish{planned->type}) : std::nullopt;
}

/// How many different people must say yes.
int Deliberation::approvalsNeeded(const QString &component, const Wish &wish) const
{
    const ServiceConfig *known = m_of.target(component);
    const int general = m_of.m_config.recovery.approvals.value(wish.type, 1);
    return std::max(wish.approvals, known ? known->recovery.approvals.value(wish.type, general) : general);
}

/// Nothing could be done by itself: later, never, or a person must look.
RecoveryDecision Deliberation::withoutPlan(const Incident &incident, const Now &now) const
{
    // Pauses and maintenance hold back people's phones, too: what is still broken afterwards is handled then.
    if (const auto held = heldBack(policyInput(incident, {ActionType::HealthCheck}, false, now), now))
        return *held;
    if (isHint(incident.condition.kind))
        return {Decision::Refuse, Reason::HintAlone, QStringLiteral("unusual, but nothing is known to be wrong; it is watched"), 0};
    return {Decision::Refuse, Reason::NoAction, nothingToDo(incident), 0};
}

ActionRequest Deliberation::requestFor(const Incident &incident, const Wish &wish, const Now &now) const
{
    const ActionType type = wish.type;
    ActionRequest request;
    request.id = m_of.m_hooks.newId();
    request.incidentId = incident.id;
    request.type = type;
    request.target = incident.component;
    request.timeoutMs = int(m_of.m_config.recovery.recoveryTimeoutMs);
    if (const ServiceConfig *known = m_of.target(incident.component)) {
        request.manager = known->manager;
        request.unit = known->unit;
        request.timeoutMs = int(known->recovery.recoveryTimeoutMs.value_or(m_of.m_config.recovery.recoveryTimeoutMs));
        const auto facts = m_of.m_hooks.facts(*known);
        request.stateBefore = facts.stateBefore;
        request.invocationBefore = facts.invocation;
        request.resetStartLimit = facts.startLimitHit && type == ActionType::RestartService;
        const qint64 window = known->recovery.attemptWindowMs.value_or(m_of.m_config.recovery.attemptWindowMs);
        request.attempt = m_of.m_ledger.attempts(request.target, type, window, now) + 1;
    }
    if (wish.timeoutMs)
        request.timeoutMs = int(*wish.timeoutMs);
    request.procedure = wish.procedure;
    request.step = wish.step;
    request.parameters = wish.parameters;
    const Preflight look = preflight(m_of.target(incident.component), incident, wish, now);
    request.idempotent = look.idempotent;
    request.subject = look.subject;
    request.valueBefore = look.valueBefore;
    request.valueTarget = look.valueTarget;
    request.fingerprint = look.fingerprint;
    request.plan = look.plan;
    request.call = m_of.m_hooks.describe(request);
    return request;
}

/// Within an incident the backoff rules, between incidents on one target the cool-down.
void Deliberation::setPauses(PolicyInput &in, const Incident &incident, const ServiceConfig *target, const Now &now) const
{
    const auto &recovery = m_of.m_config.recovery;
    const BackoffConfig backoff = target ? target->recovery.backoff.value_or(recovery.backoff) : recovery.backoff;
    if (const auto own = m_of.m_ledger.lastEndOf(incident.id))
        in.backoffUntilMs = *own + backoffMs(in.failuresInRow + 1, backoff.initialMs, backoff.factor, backoff.maxMs);
    else if (const auto others = m_of.m_ledger.lastEndOfOthers(in.target, incident.id))
        in.coolDownUntilMs = *others + m_of.m_config.guards.coolDownMs;
    in.paused = m_of.isPaused(in.target);
    in.pausedUntilMs = m_of.m_pauseEnds.value(m_of.m_pauses.contains(in.target) ? in.target : QString());
    QStringList services; // they take turns after a window
    for (const ServiceConfig &one : m_of.m_config.services)
        services.append(one.name);
    if (const qint64 until = maintenanceHold(m_of.m_config.maintenance, in.target, services, incident.detectedAt, now.wallMs); until != 0)
        in.maintenanceUntilMs = now.monotonicMs + (until - now.wallMs);
}

PolicyInput Deliberation::policyInput(const Incident &incident, const Wish &wish, bool approved, const Now &now) const
{
    const ActionType type = wish.type;
    PolicyInput in;
    const ServiceConfig *target = m_of.target(incident.component);
    const auto &recovery = m_of.m_config.recovery;
    const TargetFacts facts = target ? m_of.m_hooks.facts(*target) : TargetFacts{};
    in.action = type;
    in.target = incident.component;
    in.supported = isSupported(type, target);
    in.approved = approved;
    in.mode = effectiveMode(m_of.m_config, target, type);
    in.ceiling = m_of.m_ceiling;
    in.confidence = incident.diagnosis ? incident.diagnosis->confidence : 0;
    in.confidenceThreshold = m_of.m_config.learning.confidenceThreshold;
    in.maxAttempts = target ? target->recovery.maxRetryAttempts.value_or(recovery.maxRetryAttempts) : recovery.maxRetryAttempts;
    in.attemptWindowMs = target ? target->recovery.attemptWindowMs.value_or(recovery.attemptWindowMs) : recovery.attemptWindowMs;
    in.attempts = m_of.m_ledger.attempts(in.target, type, in.attemptWindowMs, now);
    setBreaker(in, target);
    setPauses(in, incident, target, now);
    in.actionsLastHour = m_of.m_ledger.within(hourMs, now);
    in.maxActionsPerHour = m_of.m_config.guards.maxActionsPerHour;
    in.targetBusy = m_of.m_ledger.isBusy(in.target);
    std::tie(in.running, in.maxConcurrent) = std::pair(m_of.m_ledger.running(), m_of.m_config.guards.maxConcurrentActions);
    in.flapping = m_of.m_hooks.flapping && m_of.m_hooks.flapping(incident.condition);
    in.managerRestarting = facts.managerRestarting;
    in.startLimitHit = facts.startLimitHit;
    in.hintAlone = isHint(incident.condition.kind);
    setBrokenNeed(in, incident, now);
    in.services = int(m_of.m_config.services.size());
    in.unhealthyServices = unhealthyServices();
    in.maxUnhealthyFraction = m_of.m_config.guards.maxUnhealthyFraction;
    in.journalLost = m_of.m_journalLost;
    in.storeDamaged = m_of.m_storeDamaged;
    setLook(in, preflight(target, incident, wish, now));
    in.switchedOffBy = switchedOffBy(target, type);
    in.shadow = target ? target->recovery.shadow.value_or(recovery.shadow) : recovery.shadow;
    in.approvalsNeeded = approvalsNeeded(incident.component, wish);
    return in;
}

/// A row of failures opens the breaker, a repair that lasts ends the row.
void Deliberation::setBreaker(PolicyInput &in, const ServiceConfig *target) const
{
    const bool general = m_of.m_config.recovery.circuitBreakerEnabled;
    const auto row = m_of.m_ledger.failuresInRow(in.target, in.action);
    in.breakerEnabled = target ? target->recovery.circuitBreakerEnabled.value_or(general) : general;
    in.breakerFailures = m_of.m_config.guards.breakerFailures;
    in.failuresInRow = row.failures;
    in.breakerUntilMs = row.lastEndMs + m_of.m_config.guards.breakerResetMs;
}

void Deliberation::setLook(PolicyInput &in, const Preflight &look) const
{
    if (look.objection && look.objection->reason == Reason::ChangedByOthers) {
        in.changedBy = look.objection->detail;
        in.changedSinceMs = m_of.m_othersSince.value(in.target);
        return;
    }
    in.preflight = look.objection;
    if (!look.objection && !look.repeatable && in.attempts > 0)
        in.preflight = RecoveryDecision{Decision::Ask, Reason::AttemptsExhausted, QStringLiteral("%1 was done already, and a second time is "
                                        "a person's decision (idempotent: false)").arg(toString(in.action)), 0};
}

/// The incident of a component that must be healed before those that need it.
const Incident *Deliberation::brokenIncident(const QString &component) const
{
    for (const auto &[id, incident] : m_of.m_open) {
        const bool healing = incident.status == IncidentStatus::Recovering || incident.status == IncidentStatus::Verifying;
        if (incident.component == component && (incident.conditionHolds || healing) && incident.severity >= Severity::High
            && !isHint(incident.condition.kind) && isOpen(incident))
            return &incident;
    }
    return nullptr;
}

/// Of what the target cannot run without, the nearest that is broken, or that does not run: a start of the target may
/// start that as well, which somebody may have stopped on purpose.
void Deliberation::setBrokenNeed(PolicyInput &in, const Incident &incident, const Now &now) const
{
    constexpr qint64 freshMs = 5000; // why it stopped is about to be told
    const QString elsewhere = incident.diagnosis ? incident.diagnosis->component : QString();
    if (!elsewhere.isEmpty() && elsewhere != incident.component && m_of.service(elsewhere)) { // what was recorded points there
        in.brokenNeed = elsewhere;
        in.needWhy = QStringLiteral("is accused by the recorded values");
        in.needIsLeft = true;
        return;
    }
    const QStringList needs = m_of.m_graph.dependenciesOf(incident.component);
    for (const QString &need : needs) { // near ones first
        if (!m_of.m_graph.hardPath(incident.component, need) || m_of.m_graph.hardPath(need, incident.component))
            continue;
        const Incident *other = brokenIncident(need);
        const ServiceConfig *config = m_of.service(need);
        constexpr qint64 runs = -1;
        const qint64 downSince = config ? m_of.m_hooks.facts(*config).downSinceMs.value_or(runs) : runs;
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

int Deliberation::unhealthyServices() const
{
    QSet<QString> sick; // several incidents of one count once, and what is only unusual is not sick
    for (const auto &[id, incident] : m_of.m_open) {
        if (incident.conditionHolds && !isHint(incident.condition.kind) && m_of.service(incident.component))
            sick.insert(incident.component);
    }
    return int(sick.size());
}

} // namespace prunella
