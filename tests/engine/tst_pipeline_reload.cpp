// Another configuration while incidents are open: what was asked no longer stands, what holds gets its turn.
#include "PipelineFixture.h"

#include <QTest>

namespace prunella {

using namespace Qt::StringLiterals;
using namespace test;

class TestPipelineReload : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void removedWhileItWasActedUpon();
    void aChangedPlanIsAskedAnew();
    void anOldAnswerIsRefused();
    void anUnchangedPlanStands();
    void whatWaitsAfterItsApprovalIsAskedAnew();
    void enablingRaisesWhatHolds();
    void aServicesOwnBackoffAndPatience();
    void maintenanceHoldsBackPeopleToo();
};

namespace {

Config approving()
{
    Config config = automatic();
    config.mode = Mode::Approve;
    return config;
}

/// The same service with another unit: another call.
Config moved(Config config)
{
    config.services[0].unit = u"other.service"_s;
    return config;
}

} // namespace

void TestPipelineReload::removedWhileItWasActedUpon()
{
    World world(automatic({u"web"_s, u"db"_s}));
    world.answering = false;
    world.crash();
    world.setConfig(automatic({u"db"_s}));
    SAME(world.incident().status, IncidentStatus::Recovering); // seen to its end
    world.answerNow();
    SAME(world.incident().status, IncidentStatus::Resolved);
    QVERIFY(world.pipeline.open().isEmpty());
}

void TestPipelineReload::aChangedPlanIsAskedAnew()
{
    World world(approving());
    world.crash();
    const ApprovalRequest before = *world.incident().approval;
    world.setConfig(moved(approving()));
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    const ApprovalRequest after = *world.incident().approval;
    QVERIFY(after.call != before.call);
    QVERIFY(after.planHash != before.planHash);
    QVERIFY(after.actionId != before.actionId);
    QVERIFY2(world.incident().timeline.constLast().status == IncidentStatus::AwaitingApproval, "asked again");
    QVERIFY(world.count(u"the plan changed since it was shown"_s) > 0);
    QVERIFY(world.asked.empty());
}

void TestPipelineReload::anOldAnswerIsRefused()
{
    World world(approving());
    world.crash();
    const ApprovalRequest before = *world.incident().approval;
    world.setConfig(moved(approving()));
    Command yes = World::command(CommandKind::Approve);
    yes.actionId = before.actionId;
    const CommandAnswer byId = world.say(yes);
    QVERIFY(!byId.ok);
    QVERIFY2(byId.text.contains(u"the plan changed"_s), qPrintable(byId.text));
    yes.actionId.clear();
    yes.planHash = before.planHash;
    QVERIFY(!world.say(yes).ok);
    QVERIFY(world.asked.empty());
    yes.planHash = world.incident().approval->planHash;
    QVERIFY(world.say(yes).ok);
    QCOMPARE(world.asked.size(), 1U);
    QCOMPARE(world.asked[0].unit, u"other.service"_s);
}

void TestPipelineReload::anUnchangedPlanStands()
{
    World world(approving());
    world.crash();
    const QString hash = world.incident().approval->planHash;
    Config config = approving();
    config.recovery.settleMs = minute;
    world.setConfig(config);
    QCOMPARE(world.incident().approval->planHash, hash);
    QVERIFY(world.say(CommandKind::Approve).ok);
    QCOMPARE(world.asked.size(), 1U);
}

/// The unit was being started by systemd when the yes came: what is done later must still be what was shown.
void TestPipelineReload::whatWaitsAfterItsApprovalIsAskedAnew()
{
    World world(approving());
    world.crash();
    world.facts[u"web"_s].managerRestarting = true;
    QVERIFY(world.say(CommandKind::Approve).ok);
    QVERIFY(world.asked.empty());
    world.facts[u"web"_s].managerRestarting = false;
    world.setConfig(moved(approving()));
    world.pass(minute);
    QVERIFY(world.asked.empty());
    SAME(world.incident().status, IncidentStatus::AwaitingApproval);
    QVERIFY(world.incident().approval.has_value());
    QVERIFY(world.say(CommandKind::Approve).ok);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineReload::enablingRaisesWhatHolds()
{
    Config config = automatic();
    config.enabled = false;
    World world(config);
    world.crash();
    QVERIFY(world.pipeline.open().isEmpty());
    config.enabled = true;
    world.setConfig(config);
    QCOMPARE(world.pipeline.open().size(), 1);
    QCOMPARE(world.asked.size(), 1U);
}

void TestPipelineReload::aServicesOwnBackoffAndPatience()
{
    Config config = automatic();
    config.services[0].recovery.backoff = BackoffConfig{7 * minute, 2, hour};
    World world(config);
    world.answer = [](const ActionRequest &request) {
        return ActionResult{request.id, ActionStatus::Failed, FailureKind::Failed, u"exit 1"_s, 0};
    };
    world.crash();
    world.pass(6 * minute);
    QCOMPARE(world.asked.size(), 1U);
    world.pass(2 * minute);
    QCOMPARE(world.asked.size(), 2U);
    Config patient = approving();
    patient.services[0].recovery.escalationTimeoutMs = 11 * second;
    patient.escalation = {{0, {u"hook"_s}}, {day, {u"hook"_s}}};
    World asking(patient);
    asking.crash();
    QCOMPARE(asking.incident().approval->deadlineAt - asking.incident().approval->askedAt, 11 * second);
}

void TestPipelineReload::maintenanceHoldsBackPeopleToo()
{
    Config config = automatic();
    MaintenanceConfig window;
    window.startMinute = 22 * 60; // the world begins at 22:13:20 UTC
    window.durationMs = hour;
    window.timezone = u"UTC"_s;
    config.maintenance = {window};
    World world(config);
    world.diagnosis.actions.clear(); // nothing that could be done by itself
    world.crash();
    SAME(world.incident().status, IncidentStatus::Suppressed);
    QCOMPARE(world.count(u"told: escalated"_s), 0);
    world.pass(48 * minute);
    SAME(world.incident().status, IncidentStatus::Escalated);
    QCOMPARE(world.count(u"hook told: escalated"_s), 1);
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestPipelineReload)
#include "tst_pipeline_reload.moc"
