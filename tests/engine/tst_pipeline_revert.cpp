// What is meant for a while only is taken back: a closer look when its time is over, an instance when the load is low.
#include "PipelineFixture.h"

#include "core/recovery/ClosePeek.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

Config scaled()
{
    Config config = automatic();
    config.services[0].resources.instances = InstancesConfig{u"web@.service"_s, 1, 3, 20, 600'000};
    return config;
}

void scales(World &world)
{
    world.diagnosis.actions = {ActionType::ScaleResources};
    world.preflight = [](const LookInput &input) {
        Preflight look;
        if (input.type == ActionType::ScaleResources)
            look = {u"instances"_s, u"1"_s, u"2"_s, {}, u"{}"_s, true, {}, true};
        return look;
    };
}

void looksCloser(World &world)
{
    world.diagnosis.actions = {ActionType::EnableMonitoring, ActionType::RestartService};
    world.preflight = [](const LookInput &input) {
        Preflight look;
        if (input.type == ActionType::EnableMonitoring)
            look = {u"closer look"_s, u"as before"_s, u"every 1 s for 600 s"_s, {}, toJson(ClosePeekPlan{600'000, 1000, {}, {}}), true, {}, true};
        return look;
    };
}

} // namespace

class TestPipelineRevert : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aCloserLookEndsByItself();
    void aCloserLookIsNoRepair();
    void theNextEngineEndsIt();
    void scalesBackWhenTheLoadIsLow();
    void failsThreeTimes();
    void notWhilePaused();
    void notInAWindowNorInTheShadow();
    void clearedMeanwhile();
    void anUnknownOneEndsToo();
};

void TestPipelineRevert::aCloserLookEndsByItself()
{
    World world;
    looksCloser(world);
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(second);
    QCOMPARE(world.asked.size(), 2U); // the look holds nothing up
    SAME(world.asked[1].type, ActionType::RestartService);
    world.verdict = Verdict::Healed;
    world.pass(9 * minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
    QCOMPARE(world.asked.size(), 2U);
    world.pass(2 * minute);
    QCOMPARE(world.asked.size(), 3U);
    QCOMPARE(world.asked[2].undoes, world.asked[0].id);
    const auto actions = world.incident().actions;
    QCOMPARE(actions.size(), 3);
    QCOMPARE(actions[0].undoneBy, world.asked[2].id);
    SAME(actions[2].status, ActionStatus::Completed);
    QCOMPARE(effectivenessScore(world.incident()), 1.0); // the repair was the first
    world.restartEngine();
    world.pass(hour);
    QCOMPARE(world.asked.size(), 3U); // once
}

void TestPipelineRevert::aCloserLookIsNoRepair()
{
    World world;
    looksCloser(world);
    world.diagnosis.actions = {ActionType::EnableMonitoring};
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(5 * minute);
    SAME(world.incident().status, IncidentStatus::Escalated);
    QCOMPARE(world.count(u"taken back"_s), 0); // it goes on looking until its time is over
}

void TestPipelineRevert::theNextEngineEndsIt()
{
    World world;
    looksCloser(world);
    world.crash();
    world.pass(minute);
    world.restartEngine(20 * minute);
    world.pass(minute);
    QCOMPARE(world.asked.back().undoes, world.asked[0].id);
    world.pass(minute);
    world.answering = false;
    World other; // killed during the undo: done again, for it is absolute
    looksCloser(other);
    other.crash();
    other.pass(minute);
    other.answering = false;
    other.pass(10 * minute);
    const size_t before = other.asked.size();
    other.restartEngine();
    other.answering = true;
    other.pass(2 * minute);
    QCOMPARE(other.asked.size(), before + 1);
    QCOMPARE(other.asked.back().undoes, other.asked[0].id);
    QVERIFY(!other.incident().actions[0].undoneBy.isEmpty());
}

void TestPipelineRevert::scalesBackWhenTheLoadIsLow()
{
    World world(scaled());
    scales(world);
    world.crash();
    world.pass(hour);
    QCOMPARE(world.asked.size(), 1U); // not by time
    world.loadIsLow(u"other"_s);
    QCOMPARE(world.asked.size(), 1U);
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 2U);
    QCOMPARE(world.asked[1].valueTarget, u"1"_s);
    QCOMPARE(world.asked[1].undoes, world.asked[0].id);
    world.pass(second);
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 2U);
    QCOMPARE(world.incident().timeline.last().reason, u"scale_resources is over: active"_s);
}

void TestPipelineRevert::failsThreeTimes()
{
    World world;
    looksCloser(world);
    world.answer = [](const ActionRequest &r) {
        return ActionResult{r.id, r.undoes.isEmpty() ? ActionStatus::Completed : ActionStatus::Failed, FailureKind::Failed, u"no bus"_s, 0};
    };
    world.crash();
    world.pass(30 * minute);
    QCOMPARE(std::count_if(world.asked.begin(), world.asked.end(), [](const auto &r) { return !r.undoes.isEmpty(); }), 3);
    QCOMPARE(world.count(u"given up; by hand"_s), 1);
    QCOMPARE(world.count(u"-> hook told: escalated"_s), 1);
}

void TestPipelineRevert::notWhilePaused()
{
    World world(scaled());
    scales(world);
    world.crash();
    world.pass(minute);
    world.say(CommandKind::Pause);
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 1U);
    world.say(CommandKind::Resume);
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 2U);
}

/// To scale back is an action like any other.
void TestPipelineRevert::notInAWindowNorInTheShadow()
{
    World world(scaled());
    scales(world);
    world.crash();
    world.pass(minute);
    Config held = scaled();
    MaintenanceConfig window;
    window.targets = QStringList{u"web"_s};
    window.startMinute = 22 * 60; // the world begins at 22:13:20 UTC
    window.durationMs = hour;
    window.timezone = u"UTC"_s;
    held.maintenance = {window};
    world.setConfig(held);
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 1U);
    held.maintenance.clear();
    held.recovery.shadow = true;
    world.setConfig(held);
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 1U);
    held.recovery.shadow = false;
    held.services[0].recovery.mode = Mode::Observe;
    world.setConfig(held);
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 1U);
    world.setConfig(scaled());
    world.loadIsLow(u"web"_s);
    QCOMPARE(world.asked.size(), 2U);
}

/// The condition cleared while a closer look was ended: that is looked at, or the incident would stay for ever.
void TestPipelineRevert::clearedMeanwhile()
{
    World world;
    looksCloser(world);
    world.diagnosis.actions = {ActionType::EnableMonitoring};
    world.verdict = Verdict::Unchanged;
    world.crash();
    world.pass(9 * minute);
    SAME(world.incident().status, IncidentStatus::Escalated);
    world.answering = false;
    world.pass(2 * minute);
    QCOMPARE(world.asked.size(), 2U); // its end is under way
    world.verdict = Verdict::Healed;
    world.recovered();
    world.answering = true;
    world.answerNow();
    world.pass(2 * minute);
    SAME(world.incident().status, IncidentStatus::Resolved);
}

/// Killed in the middle of a closer look: perhaps the log level was raised, so it is lowered in time.
void TestPipelineRevert::anUnknownOneEndsToo()
{
    World world;
    looksCloser(world);
    world.answering = false;
    world.crash();
    world.restartEngine();
    world.answering = true;
    world.verdict = Verdict::Healed;
    world.pass(9 * minute);
    QCOMPARE(world.asked.size(), 1U);
    world.pass(2 * minute);
    QCOMPARE(world.asked.size(), 2U);
    QCOMPARE(world.asked[1].undoes, world.asked[0].id);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineRevert)
#include "tst_pipeline_revert.moc"
