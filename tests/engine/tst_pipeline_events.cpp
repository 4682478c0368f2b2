// Which events make an incident, which fold into one, and who is told of it.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

class TestPipelineEvents : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void checksFoldIntoTheCrash();
    void aGraverConditionLeads();
    void whatRemainsGetsItsOwnIncident();
    void hostSeriesAreIncidentsOfTheirOwn();
    void restartLoopIsObservedUntilItIsGrave();
    void nothingKnownEscalates();
    void aCrashWhileItClearsIsHandled();
    void disabledOpensNothing();
    void escalationClimbsUntilAcknowledged();
    void desktopIsToldApart();
};

void TestPipelineEvents::checksFoldIntoTheCrash()
{
    World world;
    world.crash();
    world.feed(World::failure(ConditionKind::CheckFailing, u"web"_s, Severity::Critical));
    SAME(world.incident().severity, Severity::Critical);
    world.clear(World::failure(ConditionKind::CheckFailing, u"web"_s));
    world.pass(minute);
    QCOMPARE(world.count(u"detected"_s), 1);
    QVERIFY(world.incident().condition.kind == ConditionKind::UnitFailed);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

void TestPipelineEvents::aGraverConditionLeads()
{
    World world;
    world.diagnosis.confidence = 0.2;
    world.facts[u"web"_s].managerRestarting = true;
    world.feed(World::failure(ConditionKind::CheckFailing, u"web"_s, Severity::Medium));
    SAME(world.incident().type, ErrorType::ApiFailure);
    world.crash(); // while it waits: the crash explains the failing check
    QVERIFY(world.incident().condition.kind == ConditionKind::UnitFailed);
    SAME(world.incident().type, ErrorType::ServiceCrash);
    QCOMPARE(world.incident().summary, u"web failed"_s);
    SAME(world.incident().severity, Severity::High);
    world.feed(World::failure(ConditionKind::CheckFailing, u"web"_s, Severity::Medium)); // and not the other way round
    QVERIFY(world.incident().condition.kind == ConditionKind::UnitFailed);
    QCOMPARE(world.pipeline.open().size(), 1);
}

void TestPipelineEvents::whatRemainsGetsItsOwnIncident()
{
    World world;
    world.crash();
    world.feed(World::failure(ConditionKind::CheckFailing, u"web"_s, Severity::Medium));
    world.pass(31 * second);
    QCOMPARE(world.count(u"web resolved"_s), 1);
    QCOMPARE(world.count(u"web detected: check of web fails"_s), 1);
    QVERIFY(world.incident().condition.kind == ConditionKind::CheckFailing);
    QVERIFY(world.disk.openIncidents.isEmpty());
    world.restartEngine();
    QCOMPARE(world.disk.openIncidents.size(), 1); // it was written down, too
}

void TestPipelineEvents::hostSeriesAreIncidentsOfTheirOwn()
{
    World world;
    ErrorEvent memory = World::failure(ConditionKind::Threshold, u"host"_s);
    memory.condition.series.metric = u"memory_usage"_s;
    ErrorEvent disk = memory;
    disk.condition.series = {u"disk_usage"_s, {{u"path"_s, u"/"_s}}};
    world.feed(memory);
    world.feed(disk);
    world.feed(memory);
    QCOMPARE(world.pipeline.open().size(), 2);
    SAME(world.incident(u"host"_s).haltReason, Reason::NotSupported);
    QVERIFY(world.asked.empty());
    world.clear(disk);
    world.pass(minute);
    QCOMPARE(world.pipeline.open().size(), 1);
}

void TestPipelineEvents::restartLoopIsObservedUntilItIsGrave()
{
    World world;
    world.feed(World::failure(ConditionKind::RestartLoop, u"web"_s, Severity::Low));
    world.pass(hour);
    STORY(world, uR"(00:00 web detected: web restarts again and again
00:00 web diagnosing: killed by signal 9
00:00 web observed: systemd restarts web by itself; nothing is added to that)"_s);
    world.diagnosis.causeId = u"restart_loop"_s;
    world.diagnosis.actions.clear();
    world.feed(World::failure(ConditionKind::RestartLoop, u"web"_s, Severity::High));
    SAME(world.incident().status, IncidentStatus::Escalated);
    SAME(world.incident().haltReason, Reason::NoAction);
    QCOMPARE(world.count(u"hook told: escalated"_s), 1);
    QVERIFY(world.asked.empty());
}

void TestPipelineEvents::nothingKnownEscalates()
{
    World world;
    world.diagnosis = {};
    world.crash();
    STORY(world, uR"(00:00 web detected: web failed
00:00 web diagnosing: 
00:00 web escalated: no decision tree covers service_crash; a person must look
00:00 -> hook told: escalated)"_s);
}

/// Nothing could be done about the failing check; it cleared by itself, and while that settled the service died.
void TestPipelineEvents::aCrashWhileItClearsIsHandled()
{
    World world;
    const QList<ActionType> known = world.diagnosis.actions;
    world.diagnosis.actions.clear();
    world.feed(World::failure(ConditionKind::CheckFailing, u"web"_s));
    SAME(world.incident().status, IncidentStatus::Escalated);
    world.clear(World::failure(ConditionKind::CheckFailing, u"web"_s));
    SAME(world.incident().status, IncidentStatus::Verifying);
    world.diagnosis.actions = known;
    world.crash();
    QCOMPARE(world.asked.size(), 1U);
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.incident().condition.kind == ConditionKind::UnitFailed);
}

void TestPipelineEvents::disabledOpensNothing()
{
    Config config = automatic();
    config.enabled = false;
    World world(config);
    world.crash();
    world.pass(hour);
    QVERIFY(world.lines().isEmpty());
}

void TestPipelineEvents::escalationClimbsUntilAcknowledged()
{
    Config config = automatic();
    config.escalation = {{0, {u"one"_s}}, {5 * minute, {u"two"_s, u"one"_s}}, {2 * hour, {u"three"_s}}};
    config.detection.alertEscalationTimeoutMs = 10 * minute;
    for (const bool acknowledge : {false, true}) {
        World world(config);
        world.diagnosis.actions.clear();
        world.crash();
        world.pass(6 * minute);
        if (acknowledge)
            QVERIFY(world.say(CommandKind::Acknowledge).ok);
        world.pass(2 * hour);
        QCOMPARE(world.count(u"three told: escalated"_s), acknowledge ? 0 : 1);
        if (acknowledge)
            QCOMPARE(world.pipeline.nextTime(), 0);
        else
            STORY(world, uR"(00:00 web detected: web failed
00:00 web diagnosing: killed by signal 9
00:00 web escalated: no automatic repair is known for killed_by_signal; a person must look
00:00 -> one told: escalated
05:00 web escalated: not answered: step 2 of 3 of the escalation chain
05:00 -> two told: escalated
05:00 -> one told: escalated
15:00 web escalated: not answered: step 3 of 3 of the escalation chain
15:00 -> three told: escalated
1:15:00 web escalated: still not answered: everybody in the chain is reminded
1:15:00 -> one told: reminder
1:15:00 -> two told: reminder
1:15:00 -> three told: reminder)"_s);
    }
}

void TestPipelineEvents::desktopIsToldApart()
{
    Config config = automatic();
    config.escalation.clear(); // nothing configured: the desktop
    World world(config);
    world.diagnosis.actions.clear();
    world.crash();
    QCOMPARE(world.count(u"desktop told: escalated"_s), 1);
    world.say(CommandKind::Resolve);
    QCOMPARE(world.count(u"desktop told: resolved"_s), 1);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineEvents)
#include "tst_pipeline_events.moc"
