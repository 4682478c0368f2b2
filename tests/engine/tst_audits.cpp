// What is done, and what is reloaded, leaves an audit record that tells it in full.
#include "core/engine/Audits.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

RecoveryActionRecord action(const QString &id)
{
    RecoveryActionRecord action;
    action.id = id;
    action.type = ActionType::RestartService;
    action.target = u"web"_s;
    action.call = u"RestartUnit(\"web.service\", \"replace\")"_s;
    action.decision = {Decision::Run, Reason::Allowed, u"confidence 0.93"_s, 0};
    return action;
}

Transaction ended(const RecoveryActionRecord &action, ActionStatus status, const QString &output)
{
    Transaction t;
    Incident other;
    other.id = u"other"_s;
    Incident incident;
    incident.id = u"incident-1"_s;
    incident.actions << action;
    t.incidents << other << incident;
    t.outcomes << JournalOutcome{{action.id, status, FailureKind::None, output, 0}, 5000};
    return t;
}

} // namespace

class TestAudits : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void anActionIsTold();
    void anUndoIsTold();
    void anApprovedActionNamesThePeople();
    void anActionWithoutItsIncidentIsTold();
    void aReloadIsTold();
};

void TestAudits::anActionIsTold()
{
    QVERIFY(actionAudits({}).isEmpty());
    const auto records = actionAudits(ended(action(u"a"_s), ActionStatus::Failed, u"job failed\nmore"_s));
    QCOMPARE(records.size(), 1);
    QCOMPARE(records[0].at, 5000);
    QCOMPARE(records[0].actor, u"engine"_s);
    QCOMPARE(records[0].verb, u"action"_s);
    QCOMPARE(records[0].subject, u"incident-1"_s);
    QCOMPARE(records[0].detail, u"RestartUnit(\"web.service\", \"replace\"); allowed (confidence 0.93); failed: job failed"_s);
}

void TestAudits::anUndoIsTold()
{
    RecoveryActionRecord undo = action(u"b"_s);
    undo.undoes = u"a"_s;
    undo.call.clear();
    const auto records = actionAudits(ended(undo, ActionStatus::Completed, {}));
    QCOMPARE(records[0].verb, u"undo"_s);
    QCOMPARE(records[0].detail, u"takes back a: restart_service of web; allowed (confidence 0.93); completed"_s);
}

void TestAudits::anApprovedActionNamesThePeople()
{
    RecoveryActionRecord approved = action(u"a"_s);
    approved.decision = {Decision::Run, Reason::Approved, {}, 0};
    approved.approvedBy = u"uid 1000 (anna)"_s;
    QVERIFY(actionAudits(ended(approved, ActionStatus::Completed, {}))[0].detail.contains(u"; approved, approved by uid 1000 (anna); completed"_s));
    approved.approvals << Approval{u"uid 1000 (anna)"_s, u"console"_s, 1} << Approval{u"uid 1001 (ben)"_s, u"pts/3 of box"_s, 2};
    QVERIFY(actionAudits(ended(approved, ActionStatus::Completed, {}))[0].detail
                .contains(u"approved by uid 1000 (anna) from console and uid 1001 (ben) from pts/3 of box"_s));
}

void TestAudits::anActionWithoutItsIncidentIsTold()
{
    Transaction t;
    t.outcomes << JournalOutcome{{u"lost"_s, ActionStatus::Unknown, FailureKind::None, {}, 0}, 1};
    const auto records = actionAudits(t);
    QCOMPARE(records.size(), 1);
    QCOMPARE(records[0].subject, u"lost"_s);
    QCOMPARE(records[0].detail, u"unknown"_s);
}

void TestAudits::aReloadIsTold()
{
    Command reload = reloadAfter({{u"thresholds.cpu.warning"_s, u"80"_s}, {u"mode"_s, u"auto"_s}});
    QVERIFY(reload.kind == CommandKind::Reload);
    reload.actor = u"console"_s;
    AuditRecord record = reloadAudit(reload, true, 7);
    QCOMPARE(record.verb, u"settings"_s);
    QCOMPARE(record.actor, u"console"_s);
    QCOMPARE(record.subject, u"configuration"_s);
    QCOMPARE(record.detail, u"thresholds.cpu.warning: 80, mode: auto"_s);
    Command plain;
    plain.kind = CommandKind::Reload;
    plain.actor = u"uid 0 (root)"_s;
    record = reloadAudit(plain, false, 7);
    QCOMPARE(record.verb, u"reload"_s);
    QCOMPARE(record.detail, u"not in effect: the configuration has errors"_s);
}

QTEST_GUILESS_MAIN(TestAudits)
#include "tst_audits.moc"
