// What did not help is taken back; what fails in a row opens the breaker; what does not last did not heal.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

} // namespace

class TestPipelineUndo : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void takenBackThenTheNext();
    void undoThatFailsCallsAPerson();
    void undoIsNoAttempt();
    void undoOverARestartOfTheEngine();
    void whatHelpedStays();
    void notVerifiedItStays();
    void breakerOpensHalfOpensAndCloses();
    void breakerOutlivesTheEngine();
    void breakerSwitchedOff();
    void heldOnlyBriefly();
    void backoffBeginsAnewAfterLastingHealth();
    void shadowDecidesAndDoesNothing();
    void judgedBeforeIsNotUndone();
    void unknownIsNoFailure();
    void somebodyElseIsAtWork();
};

void TestPipelineUndo::takenBackThenTheNext()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.verdict = Verdict::Worse;
    world.crash();
    world.pass(31 * second);
    world.verdict = Verdict::Healed;
    world.pass(minute);
    QCOMPARE(world.asked.size(), 3U);
    QCOMPARE(world.asked[1].undoes, world.asked[0].id);
    QCOMPARE(world.asked[1].valueTarget, u"30"_s);
    SAME(world.asked[2].type, ActionType::RestartService);
    const auto actions = world.incident().actions;
    SAME(actions[0].status, ActionStatus::RolledBack);
    QCOMPARE(actions[0].undoneBy, actions[1].id);
    SAME(*actions[0].verdict, Verdict::Worse);
    QVERIFY(!actions[1].verdict);
    QVERIFY(actions[2].verified);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.count(u"adjust_timeout was taken back"_s), 1);
}

void TestPipelineUndo::undoThatFailsCallsAPerson()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.verdict = Verdict::Unchanged;
    world.answer = [](const ActionRequest &r) {
        return ActionResult{r.id, r.undoes.isEmpty() ? ActionStatus::Completed : ActionStatus::Failed, FailureKind::Failed, u"read-only file system"_s, 0};
    };
    world.crash();
    world.pass(hour);
    QCOMPARE(world.asked.size(), 2U); // nothing is tried on top of it
    SAME(world.incident().status, IncidentStatus::Escalated);
    SAME(world.incident().haltReason, Reason::UndoFailed);
    QVERIFY(world.incident().timeline.last().reason.contains(u"read-only file system"_s));
}

void TestPipelineUndo::undoIsNoAttempt()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.diagnosis.actions = {ActionType::AdjustTimeout};
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(10 * minute);
    QCOMPARE(world.asked.size(), 2U); // once and back; what did not help here is not done here again
    SAME(world.incident().haltReason, Reason::NoAction);
    QVERIFY(world.incident().timeline.last().reason.contains(u"did not help"_s));
    world.verdict = Verdict::Healed;
    world.recovered();
    world.pass(10 * minute);
    world.crash();
    QCOMPARE(world.asked.size(), 3U);
    QCOMPARE(world.asked[2].attempt, 2);
}

void TestPipelineUndo::undoOverARestartOfTheEngine()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.answering = true;
    world.pass(30 * second); // raised
    world.answering = false;
    world.pass(minute);      // the undo is under way
    QCOMPARE(world.asked.size(), 2U);
    world.restartEngine();
    QCOMPARE(world.asked.size(), 3U); // an absolute value: done again
    QCOMPARE(world.asked[2].undoes, world.asked[0].id);
    world.answering = true;
    world.verdict = Verdict::Healed;
    world.pass(2 * minute);
    SAME(world.incident().actions[0].status, ActionStatus::RolledBack);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

void TestPipelineUndo::whatHelpedStays()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.crash();
    world.pass(10 * minute);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().actions[0].status, ActionStatus::Completed);
}

/// "verify: none": nobody expects that the timeout alone heals it; it stays, is no failure, and the restart follows.
void TestPipelineUndo::notVerifiedItStays()
{
    Config config = withTimeout();
    config.guards.breakerFailures = 1;
    World world(config);
    raisesTheTimeoutFirst(world);
    world.steps.resize(2);
    world.steps[0].id = u"raise"_s;
    world.steps[0].action = ActionType::AdjustTimeout;
    world.steps[0].verify = StepVerify::None;
    world.steps[1].id = u"restart"_s;
    for (int i = 0; i < 2; ++i) { // the second time its breaker would be open
        world.verdict = Verdict::Unchanged;
        world.crash();
        world.pass(15 * second);
        world.verdict = Verdict::Healed;
        world.pass(hour);
        const auto actions = world.incident().actions;
        QCOMPARE(actions.size(), 2);
        SAME(actions[0].status, ActionStatus::Completed);
        QVERIFY(actions[0].undoneBy.isEmpty());
        SAME(actions[1].type, ActionType::RestartService);
        QVERIFY(actions[1].verified);
        QCOMPARE(world.asked.size(), std::size_t(2 * (i + 1)));
    }
}

Config withBreaker()
{
    Config config = automatic();
    config.recovery.maxRetryAttempts = 100;
    config.recovery.backoff = {0, 1, 0};
    return config; // opens after 3, one trial after 15 minutes
}

void TestPipelineUndo::breakerOpensHalfOpensAndCloses()
{
    World world(withBreaker());
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(5 * minute);
    QCOMPARE(world.asked.size(), 3U);
    SAME(world.incident().haltReason, Reason::BreakerOpen);
    QCOMPARE(world.count(u"-> hook told: escalated"_s), 1); // a person is told, once
    world.pass(12 * minute);
    QCOMPARE(world.asked.size(), 4U); // half-open: one trial
    QVERIFY(world.incident().actions[3].decision.detail.contains(u"half-open"_s));
    SAME(world.incident().haltReason, Reason::BreakerOpen); // it failed, too
    world.verdict = Verdict::Healed;
    world.pass(20 * minute);
    QCOMPARE(world.asked.size(), 5U);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.count(u"-> hook told: resolved"_s), 1);
    world.pass(hour);
    world.verdict = Verdict::Unchanged;
    world.crash(); // closed: at once, and three more
    world.pass(5 * minute);
    QCOMPARE(world.asked.size(), 8U);
}

void TestPipelineUndo::breakerOutlivesTheEngine()
{
    World world(withBreaker());
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(5 * minute);
    world.restartEngine();
    world.pass(2 * minute);
    QCOMPARE(world.asked.size(), 3U);
    world.pass(15 * minute);
    QCOMPARE(world.asked.size(), 4U);
}

void TestPipelineUndo::breakerSwitchedOff()
{
    Config config = withBreaker();
    config.services[0].recovery.circuitBreakerEnabled = false;
    World world(config);
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(5 * minute);
    QVERIFY(world.asked.size() > 5U);
}

void TestPipelineUndo::heldOnlyBriefly()
{
    World world;
    world.crash();
    world.pass(minute);
    const QString first = world.incident().id;
    QVERIFY(world.incident().actions[0].verified);
    world.pass(minute);
    world.crash(); // two minutes after the repair; ten times the settling time are five
    const Incident *old = world.pipeline.incident(first);
    QVERIFY(!old->actions[0].verified);
    SAME(*old->actions[0].verdict, Verdict::Unchanged);
    QVERIFY(old->actions[0].verifyText.contains(u"held for"_s));
    QCOMPARE(effectivenessScore(*old), 0.0);
    world.pass(hour);
    const QString second_ = world.incident().id;
    world.crash(); // an hour later: that one had healed it
    QVERIFY(world.pipeline.incident(second_)->actions[0].verified);
}

void TestPipelineUndo::backoffBeginsAnewAfterLastingHealth()
{
    Config config = automatic();
    config.recovery.backoff = {10 * second, 10, hour};
    config.recovery.maxRetryAttempts = 100;
    config.recovery.attemptWindowMs = day;
    World world(config);
    world.answer = [&world](const ActionRequest &r) {
        return ActionResult{r.id, world.asked.size() % 2 ? ActionStatus::Failed : ActionStatus::Completed, FailureKind::Failed, u"x"_s, 0};
    };
    for (int i = 0; i < 3; ++i) { // each time one failure and one repair that lasts: the same short wait
        const qint64 from = world.clock.now().monotonicMs;
        world.crash();
        while (world.asked.size() < size_t(2 * i + 2) && world.clock.now().monotonicMs < from + hour)
            world.pass(second);
        QVERIFY2(world.clock.now().monotonicMs - from <= 12 * second, qPrintable(QString::number(world.clock.now().monotonicMs - from)));
        world.pass(2 * hour);
    }
}

void TestPipelineUndo::shadowDecidesAndDoesNothing()
{
    Config config = automatic();
    config.recovery.shadow = true;
    World world(config);
    world.crash();
    world.pass(hour);
    QVERIFY(world.asked.empty());
    SAME(world.incident().status, IncidentStatus::Observed);
    SAME(world.lastAction().decision.reason, Reason::Shadow);
    QVERIFY(world.lastAction().decision.detail.contains(u"it would have been done: automatic"_s));
    Config own = automatic();
    own.services[0].recovery.shadow = true;
    own.services[0].recovery.mode = Mode::Approve;
    World asks(own);
    asks.crash();
    QVERIFY(asks.lastAction().decision.detail.contains(u"a person would have been asked"_s));
    QCOMPARE(asks.count(u"-> asked"_s), 0);
    QVERIFY(asks.say(CommandKind::RecoverNow).ok); // a person who wants it gets it
    QCOMPARE(asks.asked.size(), 1U);
}

/// It could not be told, and a person has it; when it clears and comes back later, nothing is changed under his hands.
void TestPipelineUndo::judgedBeforeIsNotUndone()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.verdict = Verdict::Unknown;
    world.crash();
    world.pass(2 * minute);
    SAME(world.incident().status, IncidentStatus::Escalated);
    world.recovered();
    world.verdict = Verdict::Unchanged;
    world.pass(2 * minute);
    SAME(world.incident().status, IncidentStatus::Escalated);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineUndo::unknownIsNoFailure()
{
    Config config = withBreaker();
    config.guards.breakerFailures = 1;
    World world(config);
    world.verdict = Verdict::Unknown;
    world.crash();
    world.pass(2 * minute);
    world.restartEngine(); // what was not counted in life is not counted afterwards
    world.say(CommandKind::Resolve);
    world.pass(10 * minute);
    world.crash();
    QCOMPARE(world.asked.size(), 2U);
}

void TestPipelineUndo::somebodyElseIsAtWork()
{
    World world;
    bool atWork = true;
    world.preflight = [&atWork](const LookInput &) {
        Preflight look;
        if (atWork)
            look.objection = RecoveryDecision{Decision::Wait, Reason::ChangedByOthers, u"gdb of uid 1000 looks at web (pid 77)"_s, 0};
        return look;
    };
    world.crash();
    world.pass(minute);
    QVERIFY(world.asked.empty());
    SAME(world.incident().haltReason, Reason::ChangedByOthers);
    world.pass(10 * minute);
    SAME(world.incident().status, IncidentStatus::AwaitingApproval); // ten minutes of patience, then a person
    World gone;
    atWork = true;
    gone.preflight = world.preflight;
    gone.crash();
    gone.pass(minute);
    atWork = false;
    gone.pass(10 * second);
    QCOMPARE(gone.asked.size(), 1U);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineUndo)
#include "tst_pipeline_undo.moc"
