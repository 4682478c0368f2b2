// Anomalies and log patterns are hints: they open or enrich incidents, and never start an action alone.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

ErrorEvent hint(ConditionKind kind, const QString &metric, Severity severity, const QString &component = u"web"_s)
{
    ErrorEvent event;
    event.condition = {kind, component, {metric, {{u"service"_s, component}}}, -1};
    event.type = kind == ConditionKind::Anomaly ? ErrorType::CpuSpike : ErrorType::Unknown;
    event.severity = severity;
    event.reason = metric + u" is odd"_s;
    return event;
}

ErrorEvent anomaly(Severity severity = Severity::Low, const QString &component = u"web"_s)
{
    return hint(ConditionKind::Anomaly, u"cpu_usage"_s, severity, component);
}

ErrorEvent burst()
{
    return hint(ConditionKind::LogPattern, u"log_errors"_s, Severity::Low);
}

/// Joins an open incident and opens none.
ErrorEvent newTemplate()
{
    ErrorEvent event = hint(ConditionKind::LogPattern, u"log_template"_s, Severity::Low);
    event.opens = false;
    return event;
}

ErrorEvent threshold(const QString &component = u"web"_s)
{
    ErrorEvent event = World::failure(ConditionKind::Threshold, component);
    event.condition.series = {u"cpu_usage"_s, {{u"service"_s, component}}};
    event.type = ErrorType::CpuSpike;
    return event;
}

/// Everything speaks for acting by itself: the mode is automatic, a restart is known to help, and that is certain.
World &sure(World &world)
{
    world.diagnosis.confidence = 1;
    return world;
}

bool tells(const Incident &incident, const QString &text)
{
    return std::any_of(incident.timeline.cbegin(), incident.timeline.cend(), [&](const auto &entry) { return entry.reason.contains(text); });
}

} // namespace

class TestPipelineHints : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aFaintHintIsWatched();
    void aHintAsks_data();
    void aHintAsks();
    void anApprovedHintRuns();
    void aRejectedHintDoesNotRun();
    void aCrashAfterARejectedHintIsHandled();
    void nothingKnownIsWatched();
    void aPauseHoldsAHintBack();
    void aHintThatGetsGraverAsks();
    void notOpeningOpensNothing();
    void notOpeningIsNotRaisedLater();
    void notOpeningJoinsTheTimeline();
    void aThresholdTakesOver();
    void aCrashTakesOverWhatIsAsked();
    void aHintDoesNotTakeOver();
    void aHintDoesNotDisturbAVerification();
    void aHintIsNotBroken();
    void clearingResolves();
    void aJoiningPatternDoesNotKeepItOpen();
    void clearingWithdrawsTheQuestion();
    void otherComponentsStayApart();
    void restartOfTheEngine();
};

void TestPipelineHints::aFaintHintIsWatched()
{
    for (const ErrorEvent &event : {anomaly(), burst()}) {
        World world;
        sure(world).feed(event);
        world.pass(day);
        SAME(world.incident().status, IncidentStatus::Observed);
        SAME(world.incident().haltReason, Reason::HintAlone);
        QVERIFY(world.asked.empty());
        QCOMPARE(world.count(u"told"_s), 0);
        QCOMPARE(world.count(u"asked"_s), 0);
    }
}

void TestPipelineHints::aHintAsks_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("severity");
    for (const auto kind : {ConditionKind::Anomaly, ConditionKind::LogPattern}) {
        for (const auto severity : {Severity::Medium, Severity::High, Severity::Critical})
            QTest::addRow("%d %d", int(kind), int(severity)) << int(kind) << int(severity);
    }
}

void TestPipelineHints::aHintAsks()
{
    QFETCH(int, kind);
    QFETCH(int, severity);
    World world;
    sure(world).feed(hint(ConditionKind(kind), u"x"_s, Severity(severity)));
    world.pass(day);
    QVERIFY(world.asked.empty());
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    SAME(world.lastAction().decision.reason, Reason::HintAlone);
    QVERIFY(world.count(u"asked: restart_service web?"_s) >= 1);
}

void TestPipelineHints::anApprovedHintRuns()
{
    World world;
    sure(world).feed(anomaly(Severity::Medium));
    QVERIFY(world.asked.empty());
    QVERIFY(world.say(CommandKind::Approve).ok);
    QCOMPARE(world.asked.size(), 1u);
    QCOMPARE(world.lastAction().approvedBy, u"anna"_s);
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.asked.size(), 1u);
}

void TestPipelineHints::aRejectedHintDoesNotRun()
{
    World world;
    sure(world).feed(anomaly(Severity::Medium));
    QVERIFY(world.say(CommandKind::Reject, u"it is a batch job"_s).ok);
    world.feed(anomaly(Severity::Medium));
    world.pass(day);
    QVERIFY(world.asked.empty());
    SAME(world.incident().haltReason, Reason::Rejected);
}

/// What a person said of an odd value was not said of a crash.
void TestPipelineHints::aCrashAfterARejectedHintIsHandled()
{
    World world;
    sure(world).feed(anomaly(Severity::Medium));
    QVERIFY(world.say(CommandKind::Reject, u"it is a batch job"_s).ok);
    world.feed(anomaly(Severity::Medium));
    world.crash();
    QCOMPARE(world.asked.size(), 1U);
    QVERIFY(world.asked[0].type == ActionType::RestartService);
}

void TestPipelineHints::nothingKnownIsWatched()
{
    World world;
    world.diagnosis.actions.clear();
    world.feed(anomaly(Severity::High));
    world.pass(day);
    SAME(world.incident().status, IncidentStatus::Observed);
    SAME(world.incident().haltReason, Reason::HintAlone);
    QCOMPARE(world.count(u"told"_s), 0);
}

void TestPipelineHints::aPauseHoldsAHintBack()
{
    World world;
    world.say(World::command(CommandKind::Pause));
    sure(world).feed(anomaly());
    SAME(world.incident().status, IncidentStatus::Suppressed);
    world.say(World::command(CommandKind::Resume));
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Observed);
    QVERIFY(world.asked.empty());
}

void TestPipelineHints::aHintThatGetsGraverAsks()
{
    World world;
    sure(world).feed(anomaly());
    SAME(world.incident().status, IncidentStatus::Observed);
    world.feed(anomaly(Severity::Medium)); // three series by now
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    SAME(world.lastAction().decision.reason, Reason::HintAlone);
    QVERIFY(world.asked.empty());
}

void TestPipelineHints::notOpeningOpensNothing()
{
    World world;
    sure(world).feed(newTemplate());
    world.pass(day);
    QVERIFY(world.pipeline.open().isEmpty());
    QVERIFY(world.lines().isEmpty());
}

void TestPipelineHints::notOpeningIsNotRaisedLater()
{
    World world;
    world.crash();
    world.feed(newTemplate());
    world.recovered();
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.pipeline.open().isEmpty());
    Config config = automatic();
    config.enabled = false;
    world.setConfig(config);
    world.feed(newTemplate());
    world.setConfig(automatic());
    QVERIFY(world.pipeline.open().isEmpty());
}

void TestPipelineHints::notOpeningJoinsTheTimeline()
{
    Config approving = automatic(), observing = automatic();
    approving.mode = Mode::Approve;
    observing.mode = Mode::Observe;
    for (const Config &config : {automatic(), approving, observing}) {
        World world(config);
        world.answering = false; // automatic: while the action runs
        world.crash();
        const IncidentStatus before = world.incident().status;
        const auto actions = world.asked.size();
        world.feed(newTemplate());
        QVERIFY2(tells(world.incident(), u"log_template is odd"_s), qPrintable(toString(before)));
        SAME(world.incident().status, before);
        QCOMPARE(world.asked.size(), actions);
        QVERIFY(world.incident().condition.kind == ConditionKind::UnitFailed);
    }
}

void TestPipelineHints::aThresholdTakesOver()
{
    World world;
    sure(world).feed(anomaly());
    const QString id = world.incident().id;
    world.feed(threshold());
    QCOMPARE(world.incident().id, id);
    QVERIFY(world.incident().condition == threshold().condition);
    SAME(world.incident().severity, Severity::High);
    QCOMPARE(world.asked.size(), 1u); // as a threshold alone would be handled
    SAME(world.lastAction().decision.reason, Reason::Allowed);
    world.clear(threshold());
    world.clear(anomaly());
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.pipeline.open().isEmpty());
}

/// A question about a hint must not keep a service that is down from being repaired.
void TestPipelineHints::aCrashTakesOverWhatIsAsked()
{
    World world;
    sure(world).feed(anomaly(Severity::Medium));
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    world.crash();
    QCOMPARE(world.count(u"withdrawn"_s), 1);
    QCOMPARE(world.asked.size(), 1u);
    QVERIFY(world.incident().condition.kind == ConditionKind::UnitFailed);
    QVERIFY(!world.incident().approval);
    SAME(world.incident().actions.first().status, ActionStatus::Cancelled);
    world.recovered();
    world.clear(anomaly(Severity::Medium));
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.asked.size(), 1u);
}

void TestPipelineHints::aHintDoesNotTakeOver()
{
    World world;
    world.answering = false;
    world.crash();
    for (const ErrorEvent &event : {anomaly(Severity::Critical), burst()}) {
        world.feed(event);
        QVERIFY(world.incident().condition.kind == ConditionKind::UnitFailed);
        QCOMPARE(world.incident().summary, u"web failed"_s);
        SAME(world.incident().severity, Severity::High);
    }
    QCOMPARE(world.asked.size(), 1u);
}

/// After a restart a service writes what it seldom writes and takes what it seldom takes: no reason to restart it again.
void TestPipelineHints::aHintDoesNotDisturbAVerification()
{
    World world;
    world.crash();
    world.pass(second);
    SAME(world.incident().status, IncidentStatus::Verifying);
    world.verdict = Verdict::Unchanged; // it is still starting
    world.feed(newTemplate());
    world.feed(burst());
    world.feed(anomaly(Severity::Critical));
    SAME(world.incident().status, IncidentStatus::Verifying);
    QCOMPARE(world.incident().summary, u"web failed"_s);
    world.verdict = Verdict::Healed;
    world.clear(burst());
    world.clear(anomaly(Severity::Critical));
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.asked.size(), 1u);
}

void TestPipelineHints::aHintIsNotBroken()
{
    World world(automatic({u"web"_s, u"db"_s}));
    world.answering = false;
    world.feed(anomaly());
    QVERIFY(world.pipeline.broken().isEmpty()); // its normal is learnt on
    world.diagnosis.actions.clear();
    world.crash(u"db"_s);
    QCOMPARE(world.pipeline.broken(), QSet<QString>{u"db"_s});
}

void TestPipelineHints::clearingResolves()
{
    for (const ErrorEvent &event : {anomaly(), burst()}) {
        World world;
        sure(world).feed(event);
        world.pass(hour);
        SAME(world.incident().status, IncidentStatus::Observed);
        world.clear(event);
        world.pass(minute);
        SAME(world.incident().status, IncidentStatus::Resolved);
        QVERIFY(world.asked.empty());
        QCOMPARE(world.count(u"told"_s), 0);
    }
}

/// What only joins has no end of its own, so an incident must not wait for it.
void TestPipelineHints::aJoiningPatternDoesNotKeepItOpen()
{
    World world;
    sure(world).feed(anomaly());
    world.feed(newTemplate());
    QVERIFY(tells(world.incident(), u"log_template is odd"_s));
    QVERIFY(world.incident().condition == anomaly().condition);
    world.clear(anomaly());
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.pipeline.open().isEmpty());
}

void TestPipelineHints::clearingWithdrawsTheQuestion()
{
    World world;
    sure(world).feed(anomaly(Severity::Medium));
    world.clear(anomaly(Severity::Medium));
    QCOMPARE(world.count(u"withdrawn"_s), 1);
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.asked.empty());
}

void TestPipelineHints::otherComponentsStayApart()
{
    World world(automatic({u"web"_s, u"db"_s}));
    sure(world).feed(anomaly(Severity::Low, u"db"_s));
    world.crash(u"web"_s);
    QCOMPARE(world.asked.size(), 1u);
    QCOMPARE(world.asked[0].target, u"web"_s);
    SAME(world.incident(u"db"_s).status, IncidentStatus::Observed);
}

void TestPipelineHints::restartOfTheEngine()
{
    World world;
    sure(world).feed(anomaly());
    world.restartEngine();
    SAME(world.incident().status, IncidentStatus::Observed);
    QVERIFY(world.incident().condition == anomaly().condition);
    QVERIFY(world.asked.empty());
    world.clear(anomaly());
    world.pass(minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineHints)
#include "tst_pipeline_hints.moc"
