// Events that belong together become one incident, and those that do not stay apart.
#include "CorrelateSupport.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

class TestPipelineCorrelate : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void dependentsAreSymptomsAndRecoverWithTheCause();
    void lateEvidenceMerges();
    void aChainHasOneCause();
    void whatStaysDeadGetsItsOwnTurn();
    void unrelatedFaultsStayTwo();
    void outOfMemoryIsOneIncident();
    void twoSeriesOfOneResourceAreOne();
    void killedByAPersonIsNoSymptom();
    void aSymptomWithAFaultOfItsOwnLeaves();
    void whileActingNothingMerges();
    void theCauseComesFirst();
    void waitingCostsNoWrites();
    void aFlappingSymptomIsOneEntry();
    void aStoppedNeedIsNotStartedUnasked();
    void afterARestartOfTheEngineSymptomsAreKnown();
    void theOrderOfArrivalDoesNotMatter();
};

void TestPipelineCorrelate::dependentsAreSymptomsAndRecoverWithTheCause()
{
    World world(withNeeds({u"db"_s, u"web>db"_s, u"api>db"_s}));
    world.crash(u"db"_s);
    world.pass(2 * second);
    world.feed(failingCheck(u"web"_s));
    world.crash(u"api"_s);
    QCOMPARE(world.pipeline.open().size(), 1);
    QCOMPARE(failing(world.incident(u"db"_s)), (QStringList{u"web"_s, u"api"_s}));
    world.clear(failingCheck(u"web"_s));
    world.recovered(u"api"_s);
    world.pass(minute);
    QCOMPARE(world.asked.size(), 1u); // only the cause was repaired
    QCOMPARE(world.asked[0].target, u"db"_s);
    QVERIFY(world.pipeline.open().isEmpty());
    QCOMPARE(world.pipeline.recent().size(), 1);
    QCOMPARE(world.count(u"symptom: check of web fails; web needs db (depends_on), and db failed 2.0 s earlier"_s), 1);
    QCOMPARE(world.count(u"web recovered"_s), 1);
    QCOMPARE(world.incident(u"db"_s).symptoms, 3);
}

void TestPipelineCorrelate::lateEvidenceMerges()
{
    World world(withNeeds({u"db"_s, u"web>db"_s, u"api>db"_s}));
    world.diagnosis.confidence = 0.3; // people are asked about the symptoms
    world.feed(failingCheck(u"web"_s));
    world.feed(failingCheck(u"api"_s));
    QCOMPARE(world.pipeline.open().size(), 2);
    const QString web = world.incident(u"web"_s).id;
    world.pass(3 * second);
    world.diagnosis.confidence = 0.9;
    world.crash(u"db"_s);
    QCOMPARE(world.pipeline.open().size(), 1);
    const Incident db = world.incident(u"db"_s);
    QCOMPARE(failing(db), (QStringList{u"web"_s, u"api"_s}));
    QCOMPARE(db.members[0].mergedFrom, web);
    QVERIFY(db.startedAt < db.detectedAt); // as old as its first sign
    QCOMPARE(world.count(u"-> withdrawn: it is part of incident"_s), 2);
    QCOMPARE(world.count(u"merged: it is part of incident"_s), 2);
    QVERIFY(world.pipeline.recent().isEmpty()); // they are no incidents of their own
    world.clear(failingCheck(u"web"_s));
    world.clear(failingCheck(u"api"_s));
    world.pass(minute);
    QVERIFY(world.pipeline.open().isEmpty());
    QCOMPARE(world.asked.size(), 1u);
}

void TestPipelineCorrelate::aChainHasOneCause()
{
    World world(withNeeds({u"disk"_s, u"db>disk"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    world.feed(failingCheck(u"web"_s));
    world.feed(failingCheck(u"db"_s)); // web joins it
    QCOMPARE(world.pipeline.open().size(), 1);
    world.crash(u"disk"_s);
    QCOMPARE(world.pipeline.open().size(), 1);
    QCOMPARE(failing(world.incident(u"disk"_s)), (QStringList{u"db"_s, u"web"_s}));
}

void TestPipelineCorrelate::whatStaysDeadGetsItsOwnTurn()
{
    World world(withNeeds({u"db"_s, u"web>db"_s, u"api>web"_s}));
    world.crash(u"db"_s);
    world.pass(second);
    world.crash(u"api"_s);
    world.crash(u"web"_s);
    world.pass(40 * second); // db is well again; web stays dead, and api because of it
    QCOMPARE(world.count(u"db resolved"_s), 1);
    const Incident web = world.incident(u"web"_s);
    QCOMPARE(web.timeline.first().reason.section(u": "_s, 1), u"it still fails although db is well again"_s);
    QCOMPARE(world.asked.size(), 2u);
    QCOMPARE(world.asked[1].target, u"web"_s);
    world.recovered(u"api"_s);
    world.pass(minute);
    QVERIFY(world.pipeline.open().isEmpty());
    QCOMPARE(world.asked.size(), 2u);
    const auto &recent = world.pipeline.recent();
    QCOMPARE(recent[0].members[1].splitInto, web.id);
}

void TestPipelineCorrelate::unrelatedFaultsStayTwo()
{
    World world(withNeeds({u"db"_s, u"web>db"_s, u"mail"_s}));
    world.crash(u"mail"_s);
    world.crash(u"db"_s);
    world.feed(failingCheck(u"web"_s));
    QCOMPARE(world.pipeline.open().size(), 2);
    QVERIFY(failing(world.incident(u"mail"_s)).isEmpty());
    QCOMPARE(failing(world.incident(u"db"_s)), QStringList{u"web"_s});
}

void TestPipelineCorrelate::outOfMemoryIsOneIncident()
{
    QStringList names;
    for (int i = 1; i <= 9; ++i)
        names << u"s%1"_s.arg(i);
    World world(automatic(names));
    world.diagnosis.confidence = 0.3;
    for (int i = 1; i <= 4; ++i) { // the first are seen before the host's own limit speaks
        world.symptoms[names[i - 1]].oomKilled = true;
        world.crash(names[i - 1]);
        world.pass(second);
    }
    ErrorEvent memory = hostSeries(u"memory_usage"_s, ErrorType::MemoryLeak);
    memory.startedWallMs = world.clock.now().wallMs - 30 * second;
    world.feed(memory);
    QCOMPARE(world.pipeline.open().size(), 1);
    for (int i = 5; i <= 9; ++i) {
        world.symptoms[names[i - 1]].oomKilled = i % 2 == 0;
        world.feed(i % 2 == 0 ? World::failure(ConditionKind::UnitFailed, names[i - 1]) : failingCheck(names[i - 1]));
        world.pass(second);
    }
    QCOMPARE(world.pipeline.open().size(), 1);
    QCOMPARE(failing(world.incident(u"host"_s)), names);
    QCOMPARE(world.count(u"-> run"_s), 0);
}

void TestPipelineCorrelate::twoSeriesOfOneResourceAreOne()
{
    World world;
    world.feed(hostSeries(u"memory_usage"_s, ErrorType::MemoryLeak));
    world.feed(hostSeries(u"swap_usage"_s, ErrorType::MemoryLeak));
    world.feed(hostSeries(u"disk_usage"_s, ErrorType::DiskFull, {{u"path"_s, u"/"_s}}));
    world.feed(hostSeries(u"disk_usage"_s, ErrorType::DiskFull, {{u"path"_s, u"/var"_s}}));
    QCOMPARE(world.pipeline.open().size(), 3);
}

void TestPipelineCorrelate::killedByAPersonIsNoSymptom()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.crash(u"db"_s);
    world.symptoms[u"web"_s].killedFromOutside = true;
    world.crash(u"web"_s);
    QCOMPARE(world.pipeline.open().size(), 2);
}

void TestPipelineCorrelate::aSymptomWithAFaultOfItsOwnLeaves()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    world.crash(u"db"_s);
    world.feed(failingCheck(u"web"_s));
    QCOMPARE(world.pipeline.open().size(), 1);
    ErrorEvent memory = World::failure(ConditionKind::Threshold, u"web"_s);
    memory.condition.series = {u"unit_memory"_s, {{u"service"_s, u"web"_s}}};
    memory.type = ErrorType::MemoryLeak;
    world.feed(memory);
    QCOMPARE(world.pipeline.open().size(), 2);
    QVERIFY(failing(world.incident(u"db"_s)).isEmpty());
    QCOMPARE(world.incident(u"db"_s).members[0].splitInto, world.incident(u"web"_s).id);
    QCOMPARE(world.count(u"web leaves for incident"_s), 1);
    QVERIFY(world.incident(u"web"_s).timeline.first().reason.startsWith(u"was a symptom of incident"_s));
}

void TestPipelineCorrelate::whileActingNothingMerges()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.answering = false;
    world.crash(u"web"_s);
    QCOMPARE(world.count(u"-> run: restart_service web"_s), 1);
    world.crash(u"db"_s); // the restart of web is on its way: it is not taken back
    QCOMPARE(world.pipeline.open().size(), 2);
    world.broken = {u"web"_s};
    world.answering = true;
    world.pass(minute); // it did not help: now it is seen as what it is
    QCOMPARE(world.count(u"web merged: it is part of incident"_s), 1);
    QCOMPARE(world.count(u"-> run: restart_service db"_s), 1);
}

void TestPipelineCorrelate::theCauseComesFirst()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.answering = false; // db's restart takes its time
    world.crash(u"db"_s);
    world.symptoms[u"web"_s].killedFromOutside = true;
    world.crash(u"web"_s);
    QCOMPARE(world.count(u"-> run"_s), 1); // and not web's
    SAME(world.incident(u"web"_s).haltReason, Reason::DependencyFirst);
    world.answering = true;
    world.pass(minute);
    QCOMPARE(world.count(u"-> run: restart_service web"_s), 1);
    QVERIFY(world.pipeline.open().size() <= 1);
}

void TestPipelineCorrelate::waitingCostsNoWrites()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3; // db waits for a person
    world.crash(u"db"_s);
    world.symptoms[u"web"_s].killedFromOutside = true;
    world.crash(u"web"_s);
    SAME(world.incident(u"web"_s).haltReason, Reason::DependencyFirst);
    const int written = world.writes;
    world.pass(4 * minute); // short of the next step of the chain
    QVERIFY(world.turns >= 40);
    QCOMPARE(world.writes, written);
}

void TestPipelineCorrelate::aFlappingSymptomIsOneEntry()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    world.crash(u"db"_s);
    for (int i = 0; i < 5; ++i) {
        world.feed(failingCheck(u"web"_s));
        world.clear(failingCheck(u"web"_s));
    }
    world.feed(failingCheck(u"web"_s));
    QCOMPARE(world.incident(u"db"_s).members.size(), 1);
    QCOMPARE(failing(world.incident(u"db"_s)), QStringList{u"web"_s});
}

/// A restart of web would start db as well, which somebody may have stopped on purpose.
void TestPipelineCorrelate::aStoppedNeedIsNotStartedUnasked()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.facts[u"db"_s].downSinceMs = world.clock.now().monotonicMs;
    world.feed(failingCheck(u"web"_s));
    QCOMPARE(world.count(u"-> run"_s), 0);
    SAME(world.incident(u"web"_s).haltReason, Reason::DependencyFirst);
    world.pass(10 * second); // nothing is told of db: it is no failure
    SAME(world.incident(u"web"_s).status, IncidentStatus::AwaitingApproval);
    QVERIFY(world.say(CommandKind::Approve).ok);
    QCOMPARE(world.count(u"-> run: restart_service web"_s), 1);
}

void TestPipelineCorrelate::afterARestartOfTheEngineSymptomsAreKnown()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.crash(u"db"_s);
    world.crash(u"web"_s);
    world.pass(5 * second);
    world.restartEngine();
    QCOMPARE(failing(world.incident(u"db"_s)), QStringList{u"web"_s});
    world.pass(minute);
    QCOMPARE(world.count(u"db resolved"_s), 1);
    QCOMPARE(world.count(u"-> run: restart_service web"_s), 1); // it stayed dead: its own turn
}

void TestPipelineCorrelate::theOrderOfArrivalDoesNotMatter()
{
    QList<ErrorEvent> events{World::failure(ConditionKind::UnitFailed, u"db"_s), failingCheck(u"web"_s), failingCheck(u"api"_s),
                             World::failure(ConditionKind::UnitFailed, u"mail"_s)};
    std::vector<int> order{0, 1, 2, 3};
    do {
        World world(withNeeds({u"db"_s, u"web>db"_s, u"api>web"_s, u"mail"_s}));
        world.diagnosis.confidence = 0.3;
        for (const int i : order)
            world.feed(events[i]);
        QCOMPARE(world.pipeline.open().size(), 2);
        QStringList members = failing(world.incident(u"db"_s));
        members.sort();
        QCOMPARE(members, (QStringList{u"api"_s, u"web"_s}));
    } while (std::next_permutation(order.begin(), order.end()));
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineCorrelate)
#include "tst_pipeline_correlate.moc"
