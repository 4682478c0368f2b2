// Where correlation could lose something, hold somebody back, or tell people what is not so.
#include "CorrelateSupport.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

class TestPipelineCorrelateEdges : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aMergedOneThatStaysDeadGetsItsTurn();
    void oneThatIsBeingVerifiedStaysKnown();
    void aWarningIsNoCause();
    void anObservedCauseHoldsNobodyBack();
    void aRejectionStays();
    void mergedIsNotResolved();
    void outOfMemoryAfterALongWarning();
    void aHintThatBecomesRealGathers();
    void reloadReleases();
    void aGraverSymptomIsToldToo();
    void theHarderNeedWins();
};

void TestPipelineCorrelateEdges::aMergedOneThatStaysDeadGetsItsTurn()
{
    for (const bool restart : {false, true}) {
        World world(withNeeds({u"db"_s, u"web>db"_s}));
        world.diagnosis.confidence = 0.3;
        world.crash(u"web"_s);
        if (restart)
            world.restartEngine();
        world.diagnosis.confidence = 0.9;
        world.crash(u"db"_s);
        QCOMPARE(world.pipeline.open().size(), 1);
        world.pass(40 * second); // db is well, web was never told to be
        QCOMPARE(world.count(u"-> run: restart_service web"_s), 1);
    }
}

void TestPipelineCorrelateEdges::oneThatIsBeingVerifiedStaysKnown()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.crash(u"web"_s);
    world.pass(second);
    SAME(world.incident(u"web"_s).status, IncidentStatus::Verifying);
    world.crash(u"db"_s);
    QCOMPARE(failing(world.incident(u"db"_s)), QStringList{u"web"_s});
}

void TestPipelineCorrelateEdges::aWarningIsNoCause()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    ErrorEvent certificate = World::failure(ConditionKind::Threshold, u"db"_s, Severity::Medium);
    certificate.condition.series = {u"tls_days_left"_s, {{u"service"_s, u"db"_s}}};
    world.feed(certificate);
    world.feed(World::failure(ConditionKind::RestartLoop, u"db"_s, Severity::Low));
    world.feed(hostSeries(u"memory_usage"_s, ErrorType::MemoryLeak));
    const auto before = world.pipeline.open().size();
    ErrorEvent disk = hostSeries(u"disk_usage"_s, ErrorType::DiskFull, {{u"path"_s, u"/"_s}});
    disk.severity = Severity::Medium;
    world.feed(disk);
    world.symptoms[u"web"_s].killedFromOutside = true; // and not for want of memory
    world.crash(u"web"_s);
    QCOMPARE(world.pipeline.open().size(), before + 2);
}

void TestPipelineCorrelateEdges::anObservedCauseHoldsNobodyBack()
{
    Config config = withNeeds({u"db"_s, u"web>db"_s});
    config.services[0].recovery.mode = Mode::Observe;
    World world(config);
    world.crash(u"db"_s);
    SAME(world.incident(u"db"_s).status, IncidentStatus::Observed);
    world.crash(u"web"_s);
    SAME(world.incident(u"web"_s).status, IncidentStatus::AwaitingApproval); // it needs db, which nobody heals: a person is asked
    config.services[1].recovery.mode = Mode::Observe;
    World quiet(config);
    quiet.crash(u"db"_s);
    quiet.crash(u"web"_s);
    QCOMPARE(quiet.pipeline.open().size(), 1);
}

void TestPipelineCorrelateEdges::aRejectionStays()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    world.crash(u"web"_s);
    QVERIFY(world.say(World::command(CommandKind::Reject, u"leave it"_s), u"web"_s).ok);
    world.diagnosis.confidence = 0.9;
    world.crash(u"db"_s);
    QCOMPARE(world.pipeline.open().size(), 2);
    world.pass(hour);
    QCOMPARE(world.count(u"-> run: restart_service web"_s), 0);
}

void TestPipelineCorrelateEdges::mergedIsNotResolved()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    world.crash(u"web"_s);
    QCOMPARE(world.count(u"-> hook told: escalated"_s), 1);
    world.crash(u"db"_s);
    QCOMPARE(world.count(u"-> hook told: resolved"_s), 0);
    QCOMPARE(world.count(u"-> hook told: merged"_s), 1);
}

/// The usual leak: a warning for an hour, then the limit, then the kernel.
void TestPipelineCorrelateEdges::outOfMemoryAfterALongWarning()
{
    World world(automatic({u"a"_s, u"b"_s, u"c"_s}));
    world.diagnosis.confidence = 0.3;
    ErrorEvent memory = hostSeries(u"memory_usage"_s, ErrorType::MemoryLeak);
    memory.severity = Severity::Medium;
    world.feed(memory);
    world.pass(hour);
    memory.severity = Severity::Critical;
    world.feed(memory);
    for (const QString &name : {u"a"_s, u"b"_s, u"c"_s}) {
        world.symptoms[name].oomKilled = true;
        world.pass(5 * minute);
        world.crash(name);
    }
    QCOMPARE(world.pipeline.open().size(), 1);
}

void TestPipelineCorrelateEdges::aHintThatBecomesRealGathers()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    world.feed(World::failure(ConditionKind::Anomaly, u"db"_s, Severity::Low));
    world.feed(failingCheck(u"web"_s));
    QCOMPARE(world.pipeline.open().size(), 2);
    world.crash(u"db"_s);
    QCOMPARE(world.pipeline.open().size(), 1);
    QCOMPARE(failing(world.incident(u"db"_s)), QStringList{u"web"_s});
}

void TestPipelineCorrelateEdges::reloadReleases()
{
    const Config all = withNeeds({u"db"_s, u"web>db"_s, u"api>db"_s});
    World world(all);
    world.diagnosis.confidence = 0.3;
    world.crash(u"db"_s);
    world.crash(u"web"_s);
    world.crash(u"api"_s);
    world.setConfig(withNeeds({u"db"_s, u"web"_s, u"api>db"_s})); // web needs db no more
    QCOMPARE(failing(world.incident(u"db"_s)), QStringList{u"api"_s});
    QVERIFY(isOpen(world.incident(u"web"_s)) && !world.incident(u"web"_s).id.isEmpty());
    world.setConfig(withNeeds({u"web"_s, u"api"_s})); // db is gone
    QVERIFY(!isOpen(world.incident(u"db"_s)));
    QVERIFY(isOpen(world.incident(u"api"_s)) && !world.incident(u"api"_s).id.isEmpty());
    world.setConfig(withNeeds({u"web"_s})); // and a service with an incident
    QCOMPARE(world.pipeline.open().size(), 1);
}

void TestPipelineCorrelateEdges::aGraverSymptomIsToldToo()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    world.crash(u"db"_s);
    QVERIFY(world.say(World::command(CommandKind::TakeOver), u"db"_s).ok);
    const int told = world.count(u"-> hook told: escalated"_s);
    world.feed(World::failure(ConditionKind::CheckFailing, u"web"_s, Severity::Critical));
    QCOMPARE(world.pipeline.open().size(), 1);
    QCOMPARE(world.count(u"-> hook told: escalated"_s), told + 1);
    SAME(world.incident(u"db"_s).severity, Severity::Critical);
}

/// db connected to web once; web cannot run without db.
void TestPipelineCorrelateEdges::theHarderNeedWins()
{
    World world(withNeeds({u"db"_s, u"web>db"_s}));
    world.diagnosis.confidence = 0.3;
    static_cast<void>(world.pipeline.topologySeen({{{u"db"_s, u"web"_s, TieKind::Connection, u"127.0.0.1:80"_s, 1, 1}}, 1}, world.clock.now()));
    world.feed(failingCheck(u"web"_s));
    world.crash(u"db"_s);
    QCOMPARE(world.pipeline.open().size(), 1);
    QCOMPARE(failing(world.incident(u"db"_s)), QStringList{u"web"_s});
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineCorrelateEdges)
#include "tst_pipeline_correlate_edges.moc"
