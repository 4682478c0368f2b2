// The engine is killed in the middle of what is absolute, or meant for a while only: nothing stays half done, nothing is done twice.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

void looksFirst(World &world)
{
    world.diagnosis.actions = {ActionType::EnableMonitoring, ActionType::RestartService};
    world.preflight = [](const LookInput &input) {
        Preflight look;
        if (input.type == ActionType::EnableMonitoring)
            look = {u"closer look"_s, u"as before"_s, u"every 1 s for 600 s"_s, {}, {}, true, {}, true};
        return look;
    };
}

} // namespace

class TestPipelineKilled : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void halfDoneIsDoneOnceMore();
    void onceMoreIsOnce();
    void notOnceMoreInAWindow();
    void aCommandOfOnesOwnIsNotDoneTwice();
    void lookThatNobodySawEndsAllTheSame();
    void reversionKilledIsNoUndo_data();
    void reversionKilledIsNoUndo();
};

/// The file was changed, and the engine killed before the restart: decided anew, the value would be at its most.
void TestPipelineKilled::halfDoneIsDoneOnceMore()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.verdict = Verdict::Unchanged;
    world.answering = false;
    world.crash();
    world.pass(second);
    world.restartEngine();
    world.answering = true;
    world.preflight = [](const LookInput &) {
        Preflight look;
        look.objection = RecoveryDecision{Decision::Refuse, Reason::AtMaximum, u"45 already"_s, 0};
        return look;
    };
    world.pass(30 * second);
    QCOMPARE(world.asked.size(), 2U);
    world.verdict = Verdict::Healed;
    world.pass(minute);
    QCOMPARE(world.asked.size(), 2U);
    QVERIFY(world.asked[1].id != world.asked[0].id && world.asked[1].undoes.isEmpty() && world.asked[1].idempotent);
    QCOMPARE(world.asked[1].valueTarget, u"45"_s);
    QCOMPARE(world.asked[1].valueBefore, u"30"_s);
    SAME(world.incident().actions[0].status, ActionStatus::Unknown);
    SAME(world.incident().actions[1].status, ActionStatus::Completed);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

/// An engine that dies of it each time does not do it for ever; what did not help is taken back, as ever.
void TestPipelineKilled::onceMoreIsOnce()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.verdict = Verdict::Unchanged;
    world.answering = false;
    world.crash();
    world.pass(second);
    for (int i = 0; i < 2; ++i) {
        world.restartEngine();
        world.pass(40 * second);
    }
    QCOMPARE(world.count(u"adjust_timeout is done once more"_s), 1);
    world.answering = true;
    world.pass(10 * minute);
    const auto actions = world.incident().actions;
    QVERIFY(std::none_of(actions.begin(), actions.end(), [](const auto &one) { return one.status == ActionStatus::InProgress; }));
    SAME(world.incident().status, IncidentStatus::Escalated);
}

/// To do it once more is an action like any other: windows, the shadow and the mode hold it back.
void TestPipelineKilled::notOnceMoreInAWindow()
{
    World world(withTimeout());
    raisesTheTimeoutFirst(world);
    world.verdict = Verdict::Unchanged;
    world.answering = false;
    world.crash();
    world.pass(second);
    world.restartEngine();
    Config held = withTimeout();
    MaintenanceConfig window;
    window.targets = QStringList{u"web"_s};
    window.startMinute = 22 * 60; // the world begins at 22:13:20 UTC
    window.durationMs = hour;
    window.timezone = u"UTC"_s;
    held.maintenance = {window};
    world.setConfig(held);
    world.pass(5 * minute);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().status, IncidentStatus::Suppressed);
    SAME(world.incident().haltReason, Reason::Maintenance);
}

/// Its debug level may be on: off it goes. A second look meanwhile would take that level for what it was before.
void TestPipelineKilled::lookThatNobodySawEndsAllTheSame()
{
    World world(automatic());
    looksFirst(world);
    world.verdict = Verdict::Unchanged;
    world.answering = false;
    world.crash();
    world.pass(second);
    world.restartEngine();
    world.answering = true;
    world.pass(minute);
    world.verdict = Verdict::Healed;
    world.pass(hour);
    QList<ActionType> types;
    QStringList undone;
    for (const ActionRequest &request : world.asked) {
        types.append(request.type);
        undone.append(request.undoes);
    }
    QCOMPARE(types.count(ActionType::EnableMonitoring), 2); // on and off
    QCOMPARE(undone.count(world.asked.front().id), 1);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

void TestPipelineKilled::reversionKilledIsNoUndo_data()
{
    QTest::addColumn<bool>("resolved");
    QTest::newRow("while the incident is verified") << false;
    QTest::newRow("after it is over") << true;
}

/// The look comes to its end while something else is verified: that goes on, and the look is ended by the next engine.
void TestPipelineKilled::reversionKilledIsNoUndo()
{
    QFETCH(const bool, resolved);
    World world(automatic());
    looksFirst(world);
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(second);
    QCOMPARE(world.asked.size(), 2U); // the look, then the restart
    world.verdict = Verdict::Healed;
    world.pass(resolved ? minute : second);
    SAME(world.incident().status, resolved ? IncidentStatus::Resolved : IncidentStatus::Verifying);
    world.answering = false;
    ActionRequest inverse = world.asked.front();
    std::swap(inverse.valueBefore, inverse.valueTarget);
    inverse.undoes = inverse.id;
    inverse.id = u"undo"_s;
    world.disk.unfinished.append({inverse, 0, world.clock.now().wallMs}); // as revert() leaves it
    world.restartEngine();
    world.answering = true;
    world.pass(hour);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(int(std::count_if(world.asked.begin(), world.asked.end(), [](const auto &one) { return one.type == ActionType::RestartService; })), 1);
    QCOMPARE(world.asked.back().undoes, world.asked.front().id);
    QCOMPARE(world.asked.size(), 3U);
}

/// Nobody knows whether the program ran, and nobody but its author whether it may run again: a person is asked.
void TestPipelineKilled::aCommandOfOnesOwnIsNotDoneTwice()
{
    Config config = automatic();
    DeploymentConfig deployment;
    deployment.type = DeploymentType::Command;
    deployment.rollbackCommand = {u"/usr/bin/back"_s};
    config.services[0].deployment = deployment;
    World world(config);
    world.diagnosis.actions = {ActionType::RollbackDeployment};
    world.preflight = [](const LookInput &) {
        Preflight look;
        std::tie(look.valueBefore, look.valueTarget) = std::pair(u"2"_s, u"1"_s);
        return look;
    };
    world.verdict = Verdict::Unchanged;
    world.answering = false;
    world.crash();
    QCOMPARE(world.asked.size(), 1U);
    world.restartEngine();
    world.answering = true;
    world.pass(hour);
    QCOMPARE(world.asked.size(), 1U);
    SAME(world.incident().status, IncidentStatus::Escalated);
    QVERIFY(world.incident().timeline.last().reason.contains(u"not done twice"_s) || world.count(u"not done twice"_s) == 1);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineKilled)
#include "tst_pipeline_killed.moc"
