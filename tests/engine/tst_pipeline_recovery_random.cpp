// Random worlds in which everything that a recovery knows happens at once: actions of all kinds and their undos, procedures,
// people, objections, windows, pauses, other configurations, and engines that die. What must hold after each step, and when
// hours without faults have passed.
#include "PipelineFixture.h"

#include "core/engine/Deliberation.h"
#include "core/recovery/ClosePeek.h"

#include <QRandomGenerator>
#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

const QList<ActionType> kinds{ActionType::RestartService, ActionType::AdjustTimeout, ActionType::ScaleResources, ActionType::IncreaseResources,
                              ActionType::EnableMonitoring, ActionType::HealthCheck, ActionType::RunCommand, ActionType::RollbackDeployment};

/// One random world, those who live in it, and the book of what they did.
class Life
{
public:
    explicit Life(quint32 seed);
    void happen();
    void calmDown(); ///< hours without faults, with everything allowed
    [[nodiscard]] QString fault() const { return m_faults.isEmpty() ? QString() : m_faults.join(u'\n'); }

    World world;

private:
    struct Start { QString id, target; ActionType type; qint64 at; bool undo; };
    [[nodiscard]] static Config randomConfig(QRandomGenerator &random);
    [[nodiscard]] bool oneIn(int many) { return m_random.bounded(many) == 0; }
    template<typename T>
    [[nodiscard]] T of(const QList<T> &list) { return list[m_random.bounded(int(list.size()))]; }
    [[nodiscard]] QString anyService() { return of(m_whole.services).name; }
    [[nodiscard]] ErrorEvent faultOf(const QString &service);
    void reroll();
    void personSpeaks();
    void reload();
    void dieAndStart();
    void begun(const ActionRequest &request);
    void checkOwnStart(const ActionRequest &request, const RecoveryActionRecord &record);
    void checkUndo(const ActionRequest &request);
    [[nodiscard]] ActionResult answerTo(const ActionRequest &request);
    [[nodiscard]] Preflight look(const LookInput &input) const;
    [[nodiscard]] std::optional<ProcedureWord> word(const Incident &incident, const std::function<bool(const Wish &)> &possible) const;
    void look(const Incident &incident);
    [[nodiscard]] QStringList decisions() const;
    void wrong(const QString &text) { m_faults.append(QStringLiteral("at line %1: %2").arg(world.lines().size()).arg(text)); }

    QRandomGenerator m_random;
    Config m_whole;                          ///< with all services
    QMap<QString, RecoveryDecision> m_objections; ///< target
    QMap<ActionType, RecoveryDecision> m_limits;
    QMap<QString, ActionRequest> m_running;  ///< target
    QMap<QString, QString> m_undone;         ///< action -> the last undo that was asked and did not fail
    QList<Start> m_starts;
    QList<ProcedureStep> m_steps;            ///< of the one procedure; empty: none
    int m_good = 6;                          ///< of eight actions so many complete
    QStringList m_faults;
};

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

/// Who allowed it, and what it was allowed by.
void Life::checkOwnStart(const ActionRequest &request, const RecoveryActionRecord &record)
{
    const Config &config = world.pipeline.config();
    const ServiceConfig *service = world.pipeline.service(request.target);
    QSet<QString> people;
    for (const Approval &approval : record.approvals)
        people.insert(approval.by);
    const auto step = world.procedureStep(request.procedure, request.step);
    const int needed = std::max(service ? service->recovery.approvals.value(request.type, 1) : 1, step ? step->approvals : 0);
    if (needed > 1 && people.size() < needed)
        wrong(u"%1 with %2 of %3 approvals"_s.arg(toString(request.type)).arg(people.size()).arg(needed));
    const bool byItself = record.decision.reason != Reason::Approved;
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
    world.setConfig(m_whole);
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
        if (it.key().startsWith(u"revert/"))
            wrong(u"never taken back: %1"_s.arg(it.key()));
    }
}

} // namespace

class TestPipelineRecoveryRandom final : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void everythingAtOnce_data();
    void everythingAtOnce();
    void anUndoWaitsForTheEndOfALook();
    void clearsDuringAFailure();
    void clearsDuringAnUndo();
};

/// PRUNELLA_SEEDS=N: that many instead.
void TestPipelineRecoveryRandom::everythingAtOnce_data()
{
    QTest::addColumn<quint32>("seed");
    const int asked = qEnvironmentVariableIntValue("PRUNELLA_SEEDS");
    for (quint32 seed = 1; seed <= quint32(asked > 0 ? asked : 60); ++seed)
        QTest::addRow("%u", seed) << seed;
    // Found something once, among the first 60 also 29 (it clears while a closer look ends), 30 (an unknown verdict was a failure for
    // the next engine), and 54 (an engine that dies while a resolved incident's instances come down).
    QTest::newRow("two people are needed since one said yes") << 208U;
    QTest::newRow("clears while a closer look ends") << 280U;
}

/// A closer look of the last incident ends while what was done for the next one is judged.
void TestPipelineRecoveryRandom::anUndoWaitsForTheEndOfALook()
{
    Config config = automatic();
    config.services[0].timeouts = {TimeoutConfig()};
    World world(config);
    world.preflight = [](const LookInput &input) {
        Preflight look{u"x"_s, u"1"_s, u"2"_s, {}, {}, true, {}, true};
        look.plan = input.type == ActionType::EnableMonitoring ? toJson(ClosePeekPlan{600'000, 1000, {}, {}}) : QString();
        return look;
    };
    int running = 0, most = 0;
    world.started = [&](const ActionRequest &) { most = std::max(most, ++running); };
    world.answer = [&](const ActionRequest &request) {
        --running;
        return ActionResult{request.id, ActionStatus::Completed, FailureKind::None, u"done"_s, 0};
    };
    world.diagnosis.actions = {ActionType::EnableMonitoring};
    world.crash();
    world.pass(9 * minute + 45 * second);
    world.diagnosis.actions = {ActionType::AdjustTimeout};
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(second);
    world.actionMs = 3 * minute;
    world.pass(hour);
    QCOMPARE(world.asked.size(), 4U);
    QCOMPARE(world.asked[2].undoes, world.asked[0].id);
    QCOMPARE(world.asked[3].undoes, world.asked[1].id);
    QCOMPARE(most, 1);
}

/// It recovers by itself while its action is under way, which fails: nothing more is done, and it is resolved.
void TestPipelineRecoveryRandom::clearsDuringAFailure()
{
    World world;
    world.answer = [](const ActionRequest &request) { return ActionResult{request.id, ActionStatus::Failed, FailureKind::Timeout, u"timeout"_s, 0}; };
    world.actionMs = minute;
    world.crash();
    world.pass(10 * second);
    world.recovered();
    world.pass(hour);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

/// The same while what did not help is taken back.
void TestPipelineRecoveryRandom::clearsDuringAnUndo()
{
    for (const auto status : {ActionStatus::Completed, ActionStatus::Failed}) {
        Config config = automatic();
        config.services[0].timeouts = {TimeoutConfig()};
        World world(config);
        world.answer = [status](const ActionRequest &request) {
            return ActionResult{request.id, request.undoes.isEmpty() ? ActionStatus::Completed : status, FailureKind::None, u"done"_s, 0};
        };
        world.diagnosis.actions = {ActionType::AdjustTimeout, ActionType::RestartService};
        world.verdict = Verdict::Unchanged;
        world.crash();
        world.pass(second);
        world.actionMs = minute;
        world.pass(40 * second); // the undo is under way
        world.recovered();
        world.verdict = Verdict::Healed;
        world.pass(hour);
        QCOMPARE(world.asked.size(), 2U);
        SAME(world.incident().status, IncidentStatus::Resolved);
    }
}

void TestPipelineRecoveryRandom::everythingAtOnce()
{
    QFETCH(quint32, seed);
    Life life(seed);
    for (int step = 0; step < 150 && life.fault().isEmpty(); ++step)
        life.happen();
    if (life.fault().isEmpty())
        life.calmDown();
    if (!life.fault().isEmpty() && qEnvironmentVariableIsSet("PRUNELLA_STORY"))
        qWarning().noquote() << life.world.lines().join(u'\n');
    QVERIFY2(life.fault().isEmpty(), qPrintable(life.fault()));
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineRecoveryRandom)
#include "tst_pipeline_recovery_random.moc"
