#include "RecoveryLife.h"

#include "core/recovery/Planner.h"

#include <QJsonDocument>

#include "core/engine/Deliberation.h"
#include "core/recovery/ClosePeek.h"

namespace prunella::test {

using namespace Qt::StringLiterals;

namespace {

const QList<ActionType> kinds{ActionType::RestartService, ActionType::AdjustTimeout, ActionType::ScaleResources, ActionType::IncreaseResources,
                              ActionType::EnableMonitoring, ActionType::HealthCheck, ActionType::RunCommand, ActionType::RollbackDeployment};

} // namespace

Config Life::randomConfig(QRandomGenerator &random)
{
    QStringList names;
    for (int i = 0, count = random.bounded(1, 5); i < count; ++i)
        names << u"s%1"_s.arg(i);
    Config config = automatic(names);
    config.recovery.settleMs = random.bounded(40) * second;
    config.recovery.maxRetryAttempts = random.bounded(1, 6);
    config.recovery.shadow = random.bounded(12) == 0;
    config.recovery.circuitBreakerEnabled = random.bounded(5) != 0;
    config.guards = {random.bounded(4, 60), random.bounded(1, 4), 0.5, random.bounded(90) * second, random.bounded(1, 5), random.bounded(1, 20) * minute};
    if (random.bounded(3) == 0)
        config.maintenance.append({u"night"_s, {}, random.bounded(24 * 60), random.bounded(5, 90) * minute, {}, u"UTC"_s});
    for (ServiceConfig &service : config.services) {
        service.health = {HealthCheckConfig()};
        service.timeouts = {TimeoutConfig()};
        service.resources.instances = InstancesConfig{u"web@.service"_s, 1, 3, 20, 600'000};
        service.resources.memory = LimitConfig{1.25, 1e9};
        service.commands = {CommandConfig()};
        service.deployment = DeploymentConfig();
        service.recovery.mode = QList<Mode>{Mode::Automatic, Mode::Automatic, Mode::Automatic, Mode::Approve, Mode::Observe}[random.bounded(5)];
        service.recovery.shadow = random.bounded(8) == 0 ? std::optional(true) : std::nullopt;
        for (const ActionType type : kinds)
            service.recovery.approvals[type] = random.bounded(6) == 0 ? 2 : 1;
    }
    return config;
}

Life::Life(quint32 seed)
    : world(automatic())
    , m_random(seed)
    , m_whole(randomConfig(m_random))
{
    for (int i = 0, count = oneIn(2) ? 0 : m_random.bounded(1, 4); i < count; ++i) {
        ProcedureStep step;
        step.id = u"step%1"_s.arg(i);
        step.action = of(kinds);
        step.verify = of(QList{StepVerify::Full, StepVerify::Condition, StepVerify::None});
        step.approvals = oneIn(5) ? 2 : 0;
        if (oneIn(3))
            step.settleMs = m_random.bounded(60) * second;
        m_steps.append(step);
    }
    world.started = [this](const ActionRequest &request) { begun(request); };
    world.answer = [this](const ActionRequest &request) { return answerTo(request); };
    world.preflight = [this](const LookInput &input) { return look(input); };
    world.procedure = [this](const Incident &incident, const auto &possible) { return word(incident, possible); };
    world.procedureStep = [this](const QString &, const QString &id) -> std::optional<ProcedureStep> {
        const auto it = std::find_if(m_steps.cbegin(), m_steps.cend(), [&](const ProcedureStep &step) { return step.id == id; });
        return it == m_steps.cend() ? std::nullopt : std::optional(*it);
    };
    world.setConfig(m_whole);
    reroll();
}

ErrorEvent Life::faultOf(const QString &service)
{
    const auto kind = of(QList{ConditionKind::UnitFailed, ConditionKind::UnitFailed, ConditionKind::CheckFailing, ConditionKind::Threshold, ConditionKind::LogPattern});
    return World::failure(kind, service, of(QList{Severity::Low, Severity::Medium, Severity::High, Severity::Critical}));
}

/// Another diagnosis, another verdict, other luck.
void Life::reroll()
{
    world.diagnosis.actions.clear();
    for (int i = 0, count = m_random.bounded(5); i < count; ++i)
        world.diagnosis.actions.append(of(kinds));
    world.diagnosis.confidence = oneIn(6) ? 0.3 : 0.9;
    world.verdict = of(QList{Verdict::Healed, Verdict::Healed, Verdict::Unchanged, Verdict::Unchanged, Verdict::Worse, Verdict::Unknown});
    m_good = m_random.bounded(3, 9);
    world.actionMs = of(QList<qint64>{10, 200, 5 * second, 3 * minute});
}

Preflight Life::look(const LookInput &input) const
{
    Preflight look{u"memory"_s, u"1"_s, u"2"_s, {}, {}, true, {}, true};
    if (input.type == ActionType::EnableMonitoring)
        look.plan = toJson(ClosePeekPlan{600'000, 1000, {}, {}});
    if (input.type == ActionType::ScaleResources)
        look.subject = u"instances"_s;
    if (input.type == ActionType::RunCommand)
        look.repeatable = false;
    if (m_objections.contains(input.target.name))
        look.objection = m_objections.value(input.target.name);
    else if (m_limits.contains(input.type))
        look.objection = m_limits.value(input.type);
    return look;
}

/// The steps in order, each once; of those that are done or cannot be done the next.
std::optional<ProcedureWord> Life::word(const Incident &incident, const std::function<bool(const Wish &)> &possible) const
{
    if (m_steps.isEmpty())
        return {};
    for (const ProcedureStep &step : m_steps) {
        const bool done = std::any_of(incident.actions.cbegin(), incident.actions.cend(), [&](const auto &a) { return a.step == step.id && a.startedAt != 0; });
        const Wish wish{step.action, {}, u"p"_s, step.id, step.timeoutMs, step.approvals};
        if (!done && possible(wish))
            return ProcedureWord{ProcedureWord::Kind::Run, wish, u"next"_s};
    }
    return ProcedureWord{m_steps.size() == 2 ? ProcedureWord::Kind::Escalate : ProcedureWord::Kind::Ended, {}, u"all steps are done"_s};
}

ActionResult Life::answerTo(const ActionRequest &request)
{
    if (m_running.value(request.target).id == request.id)
        m_running.remove(request.target);
    ActionResult result{request.id, ActionStatus::Completed, FailureKind::None, u"done"_s, 0};
    if (m_random.bounded(8) >= m_good) {
        result.failure = of(QList{FailureKind::Failed, FailureKind::Timeout, FailureKind::NotAuthorised, FailureKind::StartLimit, FailureKind::NoBus});
        result.status = oneIn(3) ? ActionStatus::Unknown : ActionStatus::Failed;
    }
    if (result.status != ActionStatus::Completed && !request.undoes.isEmpty())
        m_undone.remove(request.undoes);
    return result;
}

void Life::begun(const ActionRequest &request)
{
    if (m_running.contains(request.target))
        wrong(u"%1 on %2 beside %3"_s.arg(toString(request.type), request.target, toString(m_running[request.target].type)));
    m_running.insert(request.target, request);
    if (!request.undoes.isEmpty()) {
        checkUndo(request);
    } else if (const Incident *incident = world.pipeline.incident(request.incidentId)) {
        const auto it = std::find_if(incident->actions.cbegin(), incident->actions.cend(), [&](const auto &a) { return a.id == request.id; });
        if (it == incident->actions.cend())
            wrong(u"an action without a record"_s);
        else
            checkOwnStart(request, *it);
    }
    m_starts.append({request.id, request.target, request.type, world.clock.now().wallMs, !request.undoes.isEmpty()});
}

void Life::checkUndo(const ActionRequest &request)
{
    if (m_undone.contains(request.undoes))
        wrong(u"%1 is undone twice"_s.arg(request.undoes));
    m_undone.insert(request.undoes, request.id);
    const bool forAWhile = request.type == ActionType::EnableMonitoring || request.type == ActionType::ScaleResources;
    const Incident *incident = world.pipeline.incident(request.incidentId);
    for (const auto &action : incident ? incident->actions : QList<RecoveryActionRecord>()) {
        if (action.id == request.undoes && action.verified && !forAWhile)
            wrong(u"what had healed is undone: %1"_s.arg(toString(action.type)));
        if (action.id == request.undoes && !action.undoneBy.isEmpty())
            wrong(u"what was undone is undone again: %1"_s.arg(toString(action.type)));
    }
}

/// Just one for each action without an outcome.
void Life::checkOnceMore(const ActionRequest &request)
{
    int unknown = 0, again = 0;
    for (const auto &action : world.pipeline.incident(request.incidentId)->actions) {
        const bool same = action.type == request.type && action.undoes.isEmpty();
        unknown += same && action.status == ActionStatus::Unknown ? 1 : 0;
        again += same && action.decision.detail.startsWith(u"once more") ? 1 : 0;
    }
    if (again > unknown)
        wrong(u"%1 once more, for the %2. time, of %3"_s.arg(toString(request.type)).arg(again).arg(unknown));
}

/// Who allowed it, and what it was allowed by.
void Life::checkOwnStart(const ActionRequest &request, const RecoveryActionRecord &record)
{
    if (record.decision.detail.startsWith(u"once more")) // it finishes what was allowed, and of which nobody knows whether it was done
        return checkOnceMore(request);
    const Config &config = world.pipeline.config();
    const ServiceConfig *service = world.pipeline.service(request.target);
    QSet<QString> people;
    for (const Approval &approval : record.approvals)
        people.insert(approval.by);
    const auto ofStep = world.procedureStep(request.procedure, request.step);
    const int needed = std::max(service ? service->recovery.approvals.value(request.type, 1) : 1, ofStep ? ofStep->approvals : 0);
    if (needed > 1 && people.size() < needed)
        wrong(u"%1 with %2 of %3 approvals"_s.arg(toString(request.type)).arg(people.size()).arg(needed));
    const bool byItself = record.decision.reason != Reason::Approved && !record.decision.detail.startsWith(u"once more"); // left half done, once
    if (byItself && (!service || service->recovery.shadow.value_or(config.recovery.shadow)))
        wrong(u"%1 in shadow mode"_s.arg(toString(request.type)));
    const qint64 now = world.clock.now().wallMs;
    const auto attempts = std::count_if(m_starts.cbegin(), m_starts.cend(), [&](const Start &start) {
        return start.target == request.target && start.type == request.type && !start.undo && start.at > now - config.recovery.attemptWindowMs;
    });
    if (byItself && attempts >= config.recovery.maxRetryAttempts)
        wrong(u"%1 by itself though it was done %2 times"_s.arg(toString(request.type)).arg(attempts));
    QMap<qint64, std::pair<bool, qint64>> judged; // start -> it helped, end
    for (const Incident &incident : world.pipeline.open() + world.pipeline.recent()) {
        for (const auto &a : incident.actions) {
            const bool failed = a.status == ActionStatus::Failed;
            const auto known = world.procedureStep(a.procedure, a.step);
            if (!failed && !a.verified && (step::onlyLooks(a.type) || (known && known->verify == StepVerify::None)))
                continue; // nobody expected it to heal
            if (a.target == request.target && a.type == request.type && a.undoes.isEmpty() && a.startedAt != 0 && (failed || (a.verdict && *a.verdict != Verdict::Unknown)))
                judged.insert(a.startedAt, {a.verified, a.completedAt});
        }
    }
    int row = 0;
    qint64 end = 0;
    for (auto it = judged.cend(); it != judged.cbegin() && !std::prev(it)->first; --it, ++row)
        end = std::max(end, std::prev(it)->second);
    if (byItself && config.recovery.circuitBreakerEnabled && row >= config.guards.breakerFailures && now < end + config.guards.breakerResetMs)
        wrong(u"%1 by itself through an open breaker (%2 failures)"_s.arg(toString(request.type)).arg(row));
}

void Life::personSpeaks()
{
    const auto open = world.pipeline.open();
    if (open.isEmpty())
        return;
    Command command = World::command(of(QList{CommandKind::Approve, CommandKind::Approve, CommandKind::Approve, CommandKind::Reject, CommandKind::RecoverNow,
                                              CommandKind::Acknowledge, CommandKind::Resolve, CommandKind::TakeOver}));
    command.actor = of(QStringList{u"anna"_s, u"bert"_s});
    command.incidentId = of(open).id;
    if (command.kind == CommandKind::RecoverNow && oneIn(2))
        command.action = of(kinds);
    static_cast<void>(world.say(command));
}

void Life::reload()
{
    Config config = m_whole;
    if (config.services.size() > 1 && oneIn(2))
        config.services.removeAt(m_random.bounded(int(config.services.size())));
    config.recovery.maxRetryAttempts = m_random.bounded(1, 6);
    for (ServiceConfig &service : config.services) {
        if (oneIn(4))
            service.recovery.approvals[of(kinds)] = m_random.bounded(1, 3);
    }
    world.setConfig(config);
}

/// What would be decided of each open incident and action, with what it is made of.
QStringList Life::decisions() const
{
    QStringList texts;
    const Now now = world.clock.now();
    for (const Incident &incident : world.pipeline.open()) {
        for (const ActionType type : kinds) {
            const PolicyInput in = Deliberation(world.pipeline).policyInput(incident, {type}, false, now);
            const RecoveryDecision said = decide(in, now);
            if (said.reason == Reason::ChangedByOthers) // its patience begins anew
                continue;
            texts << u"%1 %2: %3 %4, %5 attempts, %6 failures, busy %7, backoff %8, cool-down %9"_s.arg(incident.id, toString(type))
                         .arg(int(said.decision)).arg(toString(said.reason)).arg(in.attempts).arg(in.failuresInRow).arg(in.targetBusy)
                         .arg(std::max(in.backoffUntilMs, now.monotonicMs)).arg(std::max(in.coolDownUntilMs, now.monotonicMs));
        }
    }
    return texts;
}

void Life::dieAndStart()
{
    const bool idle = m_running.isEmpty();
    for (const ActionRequest &request : std::as_const(m_running))
        m_undone.remove(request.undoes);
    m_running.clear();
    const QStringList before = decisions();
    const size_t asked = world.asked.size();
    const qsizetype open = world.pipeline.open().size();
    const bool now = idle && oneIn(2);
    world.restartEngine(now ? 0 : m_random.bounded(1, 900) * second, !now && oneIn(4));
    if (!now || world.asked.size() != asked || world.pipeline.open().size() != open)
        return;
    const QStringList after = decisions();
    for (qsizetype i = 0; i < before.size() && before.size() == after.size(); ++i) {
        if (before[i] != after[i])
            return wrong(u"the next engine decides otherwise\n  %1\n  %2"_s.arg(before[i], after[i]));
    }
}

void Life::look(const Incident &incident)
{
    const QString name = u"%1 (%2, %3)"_s.arg(incident.id, toString(incident.status), toString(incident.haltReason));
    QSet<QString> ids;
    for (const auto &action : incident.actions) {
        if (std::exchange(ids, ids + QSet<QString>{action.id}).contains(action.id))
            wrong(u"%1: two records of %2"_s.arg(name, action.id));
        if (action.status == ActionStatus::InProgress && m_running.value(action.target).id != action.id)
            wrong(u"%1: %2 %3 is in progress for ever"_s.arg(name, toString(action.type), action.id));
        if (action.status == ActionStatus::RolledBack && action.undoneBy.isEmpty())
            wrong(u"%1: %2 was rolled back by nothing"_s.arg(name, action.id));
    }
    if (!isOpen(incident))
        return;
    const bool rests = incident.status == IncidentStatus::Escalated || incident.status == IncidentStatus::Observed || incident.approval
        || (incident.status == IncidentStatus::Suppressed && world.pipeline.isPaused(incident.component));
    const bool acts = incident.status == IncidentStatus::Recovering && m_running.value(incident.component).incidentId == incident.id;
    if (!rests && !acts && step::nextTime(incident) == 0)
        wrong(u"%1 waits for nothing"_s.arg(name));
    if (incident.approval && incident.status != IncidentStatus::AwaitingApproval)
        wrong(u"%1 asks a question that nobody may answer"_s.arg(name));
}

void Life::happen()
{
    const int what = m_random.bounded(24);
    const QString service = anyService();
    if (what < 5)
        world.feed(faultOf(service));
    else if (what < 7)
        world.clear(faultOf(service));
    else if (what < 12)
        world.pass(of(QList<qint64>{100, second, 10 * second, minute, 10 * minute, hour}));
    else if (what < 16)
        personSpeaks();
    else if (what == 16 && oneIn(2))
        dieAndStart();
    else if (what == 17)
        world.loadIsLow(service);
    else if (what == 18 && oneIn(3))
        reload();
    else if (what == 19)
        world.say(World::command(oneIn(3) ? CommandKind::Pause : CommandKind::Resume));
    else if (what == 20 && oneIn(2))
        m_objections.insert(service, {Decision::Wait, Reason::ChangedByOthers, u"apt runs"_s, 0});
    else if (what == 20)
        m_limits.insert(of(kinds), {Decision::Refuse, Reason::AtMaximum, u"it is at its most"_s, 0});
    else if (what == 21)
        std::tie(m_objections, m_limits) = std::pair(QMap<QString, RecoveryDecision>(), QMap<ActionType, RecoveryDecision>());
    else
        reroll();
    for (const Incident &incident : world.pipeline.open() + world.pipeline.recent())
        look(incident);
}

void Life::calmDown()
{
    std::tie(m_objections, m_limits) = std::pair(QMap<QString, RecoveryDecision>(), QMap<ActionType, RecoveryDecision>());
    Config config = m_whole;
    config.recovery.shadow = false;
    config.maintenance.clear();
    for (ServiceConfig &service : config.services) // what is held back does not come down either
        std::tie(service.recovery.mode, service.recovery.shadow) = std::tuple(Mode::Automatic, false);
    world.setConfig(config);
    world.say(CommandKind::Resume);
    world.verdict = Verdict::Healed;
    m_good = 8;
    world.pass(10 * minute);
    for (const auto kind : {ConditionKind::UnitFailed, ConditionKind::CheckFailing, ConditionKind::Threshold, ConditionKind::LogPattern}) {
        for (const ServiceConfig &service : std::as_const(m_whole.services))
            world.clear(World::failure(kind, service.name));
    }
    for (int i = 0; i < 24; ++i) {
        world.pass(15 * minute);
        for (const ServiceConfig &service : std::as_const(m_whole.services))
            world.loadIsLow(service.name);
    }
    world.pass(10 * minute);
    for (const Incident &incident : world.pipeline.open() + world.pipeline.recent())
        look(incident);
    for (const Incident &incident : world.pipeline.open())
        wrong(u"%1 of %2 is still %3 (%4)"_s.arg(incident.id, incident.component, toString(incident.status), toString(incident.haltReason)));
    for (const JournalIntent &intent : std::as_const(world.disk.unfinished))
        wrong(u"%1 %2 has no outcome"_s.arg(toString(intent.request.type), intent.request.id));
    for (auto it = world.disk.state.cbegin(); it != world.disk.state.cend(); ++it) {
        const QJsonObject inverse = QJsonDocument::fromJson(it.value().toUtf8()).object()[u"inverse"_s].toObject();
        const ServiceConfig *service = world.pipeline.service(inverse[u"target"_s].toString());
        const bool heldBack = inverse[u"action_type"_s] == u"scale_resources"_s && service
            && (service->recovery.shadow.value_or(m_whole.recovery.shadow) || effectiveMode(m_whole, service, ActionType::ScaleResources) == Mode::Observe);
        if (it.key().startsWith(u"revert/") && !heldBack)
            wrong(u"never taken back: %1"_s.arg(it.key()));
    }
}

} // namespace prunella::test
