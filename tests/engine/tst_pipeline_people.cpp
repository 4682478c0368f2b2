// Who must say yes: two different people, whatever they became by sudo, over a restart and a reload.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

namespace {

Command by(const QString &actor, CommandKind kind = CommandKind::Approve)
{
    Command command = World::command(kind);
    command.actor = actor;
    command.origin = u"pts/3"_s;
    return command;
}

} // namespace

class TestPipelinePeople : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void twoDifferentPeople();
    void oneOfTwoActsAlone();
    void twoSinceAReload();
    void theStepsTimeOutlivesTheYes();
};

void TestPipelinePeople::twoDifferentPeople()
{
    Config config = automatic();
    config.recovery.approvals[ActionType::RestartService] = 2;
    World world(config);
    world.crash();
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    QCOMPARE(world.incident().approval->needed, 2);
    QVERIFY(world.say(by(u"anna"_s)).ok);
    QVERIFY(world.asked.empty());
    const auto again = world.say(by(u"anna"_s));
    QVERIFY(!again.ok && again.text.contains(u"another person"_s));
    QVERIFY(!world.say(by(u"anna as uid 0 (root)"_s)).ok); // by sudo she is the same
    world.restartEngine(); // the first yes is kept
    QCOMPARE(world.incident().approval->given.size(), 1);
    QVERIFY(world.say(by(u"bert"_s)).ok);
    QCOMPARE(world.asked.size(), 1U);
    const auto record = world.lastAction();
    QCOMPARE(record.approvedBy, u"anna, bert"_s);
    QCOMPARE(record.approvals.size(), 2);
    QCOMPARE(record.approvals[1].from, u"pts/3"_s);
    QVERIFY(record.approvals[0].at > 0);
}

void TestPipelinePeople::oneOfTwoActsAlone()
{
    Config config = automatic();
    config.services[0].recovery.approvals[ActionType::RestartService] = 2;
    World world(config);
    world.crash();
    QVERIFY(world.say(by(u"anna"_s, CommandKind::RecoverNow)).ok); // a wish is one yes, no way around the second
    QVERIFY(world.asked.empty());
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    QCOMPARE(world.incident().approval->given.size(), 1);
    QVERIFY(!world.say(by(u"anna"_s)).ok);
    QVERIFY(world.say(by(u"bert"_s)).ok);
    QCOMPARE(world.asked.size(), 1U);
    World step; // nor around what a procedure's step demands
    step.verdict = Verdict::Unchanged;
    step.crash();
    step.pass(5 * minute); // given up after three
    SAME(step.incident().status, IncidentStatus::Escalated);
    step.stepApprovals = 2;
    step.asked.clear();
    Command named = by(u"anna"_s, CommandKind::RecoverNow);
    named.action = ActionType::RestartService;
    QVERIFY(step.say(named).ok);
    QVERIFY(step.asked.empty());
    SAME(step.incident().status, IncidentStatus::AwaitingApproval);
}

/// One was enough when it was asked, and two are needed when the yes comes: one record, asked for the second.
void TestPipelinePeople::twoSinceAReload()
{
    Config config = automatic();
    config.mode = Mode::Approve;
    World world(config);
    world.crash();
    config.recovery.approvals[ActionType::RestartService] = 2;
    world.setConfig(config);
    QVERIFY(world.say(by(u"anna"_s)).ok);
    QVERIFY(world.asked.empty());
    QCOMPARE(world.incident().actions.size(), 1);
    QVERIFY(!world.say(by(u"anna"_s)).ok);
    world.restartEngine();
    QVERIFY(world.say(by(u"bert"_s)).ok);
    QCOMPARE(world.asked.size(), 1U);
    QCOMPARE(world.incident().actions.size(), 1);
    QCOMPARE(world.lastAction().approvedBy, u"anna, bert"_s);
}

/// What was approved is done within the time that its step has, and not within recovery_timeout.
void TestPipelinePeople::theStepsTimeOutlivesTheYes()
{
    Config config = automatic();
    config.mode = Mode::Approve;
    World world(config);
    ProcedureStep step;
    step.id = u"restart"_s;
    step.timeoutMs = 7 * second;
    world.steps = {step};
    world.crash();
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    QVERIFY(world.say(by(u"anna"_s)).ok);
    QCOMPARE(world.asked.size(), 1U);
    QCOMPARE(world.asked.front().timeoutMs, int(7 * second));
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelinePeople)
#include "tst_pipeline_people.moc"
