// Every guard inside the loop: once it objects, once it lets pass. The guards alone are in tests/recovery/tst_policy.cpp.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

const QStringList four{u"a"_s, u"b"_s, u"c"_s, u"d"_s};

Command pausing(CommandKind kind, const QString &target, qint64 forMs = 0)
{
    Command command = World::command(kind);
    command.target = target;
    command.durationMs = forMs;
    return command;
}

Command ceiling(Mode mode)
{
    Command command = World::command(CommandKind::SetCeiling);
    command.mode = mode;
    return command;
}

} // namespace

class TestPipelineGuards : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void observeOnly();
    void theMostSpecificModeCounts();
    void ceilingUnderTheMode();
    void lowConfidenceAsks();
    void pauseTargetAndResume();
    void pauseEverythingAndOne();
    void pauseEndsByItself();
    void symptomWhilePausedDoesNotLoseTheResume();
    void pausingNobody();
    void coolDownBetweenIncidents();
    void actionsPerHourAsk();
    void oneActionATarget();
    void manyActionsAtOnceTakeTurns();
    void manySickServicesAsk();
    void threeServicesAreNoGroup();
    void startLimitNeedsAPerson();
    void unsupportedManager();
    void journalLostAsks();
    void damagedStoreAsks();
    void maintenanceWaits();
};

void TestPipelineGuards::observeOnly()
{
    Config config = automatic();
    config.mode = Mode::Observe;
    World world(config);
    world.crash();
    world.pass(hour);
    world.crash();
    QVERIFY(world.asked.empty());
    SAME(world.incident().status, IncidentStatus::Observed);
    SAME(world.incident().haltReason, Reason::ModeObserve);
    QCOMPARE(world.count(u"told"_s), 0);
    world.recovered();
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

void TestPipelineGuards::theMostSpecificModeCounts()
{
    Config config = automatic({u"web"_s, u"db"_s});
    config.services[0].recovery.mode = Mode::Observe;
    config.services[1].recovery.mode = Mode::Observe;
    config.services[1].recovery.actions[ActionType::RestartService] = Mode::Automatic;
    World world(config);
    world.crash();
    world.crash(u"db"_s);
    QCOMPARE(world.asked.size(), 1U);
    QCOMPARE(world.asked.front().target, u"db"_s);
}

void TestPipelineGuards::ceilingUnderTheMode()
{
    World world;
    QVERIFY(world.say(ceiling(Mode::Approve)).ok);
    world.crash();
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    SAME(world.lastAction().decision.reason, Reason::CeilingLower);
    world.say(CommandKind::Resolve);
    world.say(ceiling(Mode::Observe));
    world.crash();
    SAME(world.incident().status, IncidentStatus::Observed);
    world.say(CommandKind::Resolve);
    world.restartEngine();
    SAME(world.pipeline.ceiling(), Mode::Observe); // it outlives the engine
    world.say(ceiling(Mode::Automatic));
    world.crash();
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::lowConfidenceAsks()
{
    World world;
    world.diagnosis.confidence = 0.79;
    world.crash();
    SAME(world.lastAction().decision.reason, Reason::LowConfidence);
    QVERIFY(world.asked.empty());
    QVERIFY(world.say(CommandKind::Approve).ok);
    QCOMPARE(world.asked.size(), 1U);
    World sure;
    sure.diagnosis.confidence = 0.8;
    sure.crash();
    QCOMPARE(sure.asked.size(), 1U);
}

void TestPipelineGuards::pauseTargetAndResume()
{
    World world(automatic({u"web"_s, u"db"_s}));
    QVERIFY(world.say(pausing(CommandKind::Pause, u"web"_s)).ok);
    world.crash();
    world.crash(u"db"_s);
    QCOMPARE(world.asked.size(), 1U);
    QCOMPARE(world.asked.front().target, u"db"_s);
    world.pass(day);
    SAME(world.incident().status, IncidentStatus::Suppressed);
    SAME(world.incident().haltReason, Reason::Paused);
    QVERIFY(world.say(pausing(CommandKind::Resume, u"web"_s)).ok);
    QCOMPARE(world.asked.size(), 2U);
    SAME(world.incident().status, IncidentStatus::Recovering);
    QCOMPARE(world.incident().summary, u"web failed"_s);
    QCOMPARE(world.incident().symptoms, 1);
}

void TestPipelineGuards::pauseEverythingAndOne()
{
    World world;
    world.say(pausing(CommandKind::Pause, {}));
    world.say(pausing(CommandKind::Pause, u"web"_s));
    world.crash();
    world.say(pausing(CommandKind::Resume, {}));
    QVERIFY(world.asked.empty()); // its own pause still stands
    world.restartEngine();
    QVERIFY(world.pipeline.isPaused(u"web"_s));
    world.pass(minute);
    QVERIFY(world.asked.empty());
    world.say(pausing(CommandKind::Resume, u"web"_s));
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::pauseEndsByItself()
{
    World world;
    world.say(pausing(CommandKind::Pause, {}, 10 * minute));
    world.crash();
    QCOMPARE(world.pipeline.pauses().size(), 1);
    world.pass(10 * minute - 1);
    QVERIFY(world.asked.empty());
    world.pass(2);
    QCOMPARE(world.asked.size(), 1U);
    QCOMPARE(world.pipeline.pauses().size(), 0);
    QVERIFY(world.disk.state.isEmpty());
}

void TestPipelineGuards::symptomWhilePausedDoesNotLoseTheResume()
{
    World world;
    world.say(pausing(CommandKind::Pause, {}));
    world.crash();
    world.pass(minute);
    world.crash();
    SAME(world.incident().status, IncidentStatus::Suppressed);
    world.say(pausing(CommandKind::Resume, {}));
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::pausingNobody()
{
    World world;
    QVERIFY(world.say(pausing(CommandKind::Pause, u"wep"_s)).code == ErrorCode::NotFound);
    QVERIFY(!world.say(pausing(CommandKind::Resume, u"web"_s)).ok); // was not paused
    QVERIFY(world.say(pausing(CommandKind::Pause, u"host"_s)).ok);
    world.crash();
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::coolDownBetweenIncidents()
{
    Config config = automatic();
    config.recovery.settleMs = 5 * second;
    World world(config);
    world.crash();
    world.pass(10 * second);
    SAME(world.incident().status, IncidentStatus::Resolved);
    world.crash();
    SAME(world.incident().haltReason, Reason::CoolDown);
    world.pass(50 * second);
    QCOMPARE(world.asked.size(), 1U);
    world.pass(second); // 60 s after the end of the first incident's action
    QCOMPARE(world.asked.size(), 2U);
}

void TestPipelineGuards::actionsPerHourAsk()
{
    Config config = automatic({u"web"_s, u"db"_s, u"mail"_s});
    config.guards.maxActionsPerHour = 2;
    World world(config);
    world.crash();
    world.crash(u"db"_s);
    world.pass(minute);
    world.crash(u"mail"_s);
    SAME(world.incident(u"mail"_s).actions.first().decision.reason, Reason::RateLimit);
    QCOMPARE(world.asked.size(), 2U);
    world.say(World::command(CommandKind::Resolve), u"mail"_s);
    world.pass(hour);
    world.crash(u"mail"_s);
    QCOMPARE(world.asked.size(), 3U);
}

void TestPipelineGuards::oneActionATarget()
{
    World world;
    world.answering = false;
    world.crash();
    ErrorEvent other = World::failure(ConditionKind::Threshold, u"web"_s);
    world.feed(other); // the same component: the same incident
    QCOMPARE(world.pipeline.open().size(), 1);
    world.pass(hour);
    QCOMPARE(world.asked.size(), 1U);
    world.answerNow();
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::manyActionsAtOnceTakeTurns()
{
    World world(automatic({u"web"_s, u"db"_s, u"mail"_s}));
    world.actionMs = 5 * second;
    world.crash();
    world.crash(u"db"_s);
    world.crash(u"mail"_s);
    QCOMPARE(world.asked.size(), 2U);
    SAME(world.incident(u"mail"_s).haltReason, Reason::TooManyRunning);
    world.pass(6 * second);
    QCOMPARE(world.asked.size(), 3U);
}

void TestPipelineGuards::manySickServicesAsk()
{
    Config config = automatic(four);
    config.mode = Mode::Observe; // three are sick and nobody acts
    config.services[3].recovery.mode = Mode::Automatic;
    World world(config);
    world.crash(u"a"_s);
    world.crash(u"b"_s);
    world.crash(u"d"_s);
    SAME(world.incident(u"d"_s).actions.first().decision.reason, Reason::TooManyUnhealthy);
    QVERIFY(world.asked.empty());
    World fewer(config);
    fewer.crash(u"a"_s);
    fewer.crash(u"d"_s); // two of four are not more than half
    QCOMPARE(fewer.asked.size(), 1U);
    World odd(config); // what is only unusual is not sick
    odd.feed(World::failure(ConditionKind::Anomaly, u"b"_s));
    odd.feed(World::failure(ConditionKind::Anomaly, u"c"_s));
    odd.crash(u"a"_s);
    odd.crash(u"d"_s);
    QCOMPARE(odd.asked.size(), 1U);
}

void TestPipelineGuards::threeServicesAreNoGroup()
{
    World world(automatic(four.mid(0, 3)));
    world.facts[u"a"_s].managerRestarting = true;
    world.facts[u"b"_s].managerRestarting = true;
    for (const QString &name : four.mid(0, 3))
        world.crash(name);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::startLimitNeedsAPerson()
{
    World world;
    world.facts[u"web"_s].startLimitHit = true;
    world.crash();
    world.pass(hour);
    QVERIFY(world.asked.empty());
    SAME(world.incident().haltReason, Reason::StartLimit);
    QVERIFY(world.say(CommandKind::RecoverNow).ok);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::unsupportedManager()
{
    Config config = automatic();
    config.services[0].manager = Manager::Command;
    World world(config);
    world.crash();
    SAME(world.incident().haltReason, Reason::NotSupported);
    SAME(world.incident().status, IncidentStatus::Escalated);
    world.say(CommandKind::RecoverNow); // nor can a person
    QVERIFY(world.asked.empty());
}

void TestPipelineGuards::journalLostAsks()
{
    World world;
    world.pipeline.setJournalLost(true);
    world.crash();
    SAME(world.lastAction().decision.reason, Reason::JournalLost);
    QVERIFY(world.asked.empty());
    world.say(CommandKind::Resolve);
    world.pipeline.setJournalLost(false);
    world.crash();
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineGuards::damagedStoreAsks()
{
    World world;
    world.pipeline.setStoreDamaged(true);
    world.crash();
    SAME(world.lastAction().decision.reason, Reason::StoreDamaged);
    QVERIFY(world.say(CommandKind::Approve).ok);
    QCOMPARE(world.asked.size(), 1U);
    world.pass(2 * minute);
    world.pipeline.setStoreDamaged(false);
    world.crash();
    QCOMPARE(world.asked.size(), 2U);
}

void TestPipelineGuards::maintenanceWaits()
{
    Config config = automatic();
    MaintenanceConfig window;
    window.targets = QStringList{u"web"_s};
    window.startMinute = 22 * 60; // the world begins at 22:13:20 UTC
    window.durationMs = hour;
    window.timezone = u"UTC"_s;
    config.maintenance = {window};
    World world(config);
    world.crash();
    world.pass(46 * minute);
    SAME(world.incident().status, IncidentStatus::Suppressed);
    SAME(world.incident().haltReason, Reason::Maintenance);
    QCOMPARE(world.count(u"a maintenance window is open"_s), 1);
    world.pass(minute);
    QCOMPARE(world.asked.size(), 1U);
    World slept(config);
    slept.crash();
    slept.clock.suspend(2 * hour); // the window is over, but monotonic time stood still
    slept.pass(minute);
    QCOMPARE(slept.asked.size(), 1U);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineGuards)
#include "tst_pipeline_guards.moc"
