#include "core/recovery/RestartVerdict.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestRestartVerdict : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void judges_data();
    void judges();
    void refusals_data();
    void refusals();
    void callErrors_data();
    void callErrors();
    void waitsOnlyWhileStarting();
};

namespace {

ActionRequest request()
{
    ActionRequest made;
    made.id = u"a"_s;
    made.unit = u"web.service"_s;
    made.invocationBefore = u"aa"_s;
    return made;
}

} // namespace

void TestRestartVerdict::judges_data()
{
    QTest::addColumn<QString>("job");
    QTest::addColumn<QString>("state"); // active/sub/result/invocation/conditions
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("text");
    const int none = int(FailureKind::None), fail = int(FailureKind::Failed), limit = int(FailureKind::StartLimit);
    const QString limitText = u"systemd's start limit of web.service is reached; only a person resets it (systemctl reset-failed web.service)"_s;
    QTest::newRow("running") << u"done"_s << u"active/running/success/bb/yes"_s << none << u"job done, active/running, pid 1234, invocation bb"_s;
    QTest::newRow("signal lost, but it runs") << QString() << u"active/running/success/bb/yes"_s << none << u"job over, active/running"_s;
    QTest::newRow("oneshot over") << u"done"_s << u"inactive/dead/success/bb/yes"_s << none << u"job done, inactive/dead"_s;
    QTest::newRow("died at once") << u"done"_s << u"failed/failed/exit-code/bb/yes"_s << fail << u"web.service did not start (job done, failed/failed, result exit-code"_s;
    QTest::newRow("start failed") << u"failed"_s << u"failed/failed/exit-code/bb/yes"_s << fail << u"web.service did not start (job failed"_s;
    QTest::newRow("limit by name") << u"failed"_s << u"failed/failed/start-limit-hit/bb/yes"_s << limit << limitText;
    QTest::newRow("limit by unchanged invocation") << u"failed"_s << u"failed/failed/signal/aa/yes"_s << limit << limitText;
    QTest::newRow("condition, not limit") << u"done"_s << u"failed/failed/signal/aa/no"_s << fail << u"systemd skipped the start of web.service: a condition"_s;
    QTest::newRow("dependency, not limit") << u"dependency"_s << u"failed/failed/signal/aa/yes"_s << fail << u"a unit that web.service requires could not be started"_s;
    QTest::newRow("canceled") << u"canceled"_s << u"inactive/dead/success/aa/yes"_s << fail << u"systemd's job for web.service was canceled"_s;
    QTest::newRow("timeout") << u"timeout"_s << u"failed/failed/timeout/bb/yes"_s << fail << u"systemd's job for web.service ran out of time"_s;
    QTest::newRow("unknown word") << u"frozen"_s << u"failed/failed/success/bb/yes"_s << fail << u"systemd did not start web.service (job frozen)"_s;
    QTest::newRow("restarted by itself") << u"done"_s << u"activating/auto-restart/exit-code/bb/yes"_s << fail << u"web.service ended right after its start"_s;
}

void TestRestartVerdict::judges()
{
    QFETCH(QString, job);
    QFETCH(QString, state);
    QFETCH(int, kind);
    QFETCH(QString, text);
    const QStringList parts = state.split(u'/');
    const UnitFacts facts{parts[0], parts[1], parts[2], parts[3], parts[0] == u"active"_s ? 1234u : 0u, parts[4] == u"yes"_s};
    const ActionResult result = judgeRestart(request(), job, facts);
    QCOMPARE(int(result.failure), kind);
    QVERIFY(result.status == (kind == 0 ? ActionStatus::Completed : ActionStatus::Failed));
    QVERIFY2(result.output.startsWith(text), qPrintable(result.output));
    QCOMPARE(result.actionId, u"a"_s);
    QCOMPARE(result.newPid, parts[0] == u"active"_s ? 1234 : 0);
}

void TestRestartVerdict::refusals_data()
{
    QTest::addColumn<QString>("load");
    QTest::addColumn<QString>("active");
    QTest::addColumn<QString>("sub");
    QTest::addColumn<int>("job");
    QTest::addColumn<QString>("text");
    QTest::newRow("failed") << u"loaded"_s << u"failed"_s << u"failed"_s << 0 << QString();
    QTest::newRow("running") << u"loaded"_s << u"active"_s << u"running"_s << 0 << QString();
    QTest::newRow("going down") << u"loaded"_s << u"deactivating"_s << u"stop-sigterm"_s << 0 << QString();
    QTest::newRow("auto-restart") << u"loaded"_s << u"activating"_s << u"auto-restart"_s << 0 << u"systemd is already restarting web.service"_s;
    QTest::newRow("starting") << u"loaded"_s << u"activating"_s << u"start"_s << 0 << u"systemd is already restarting web.service"_s;
    QTest::newRow("job queued") << u"loaded"_s << u"failed"_s << u"failed"_s << 77 << u"systemd is already restarting web.service"_s;
    QTest::newRow("missing") << u"not-found"_s << u"inactive"_s << u"dead"_s << 0 << u"there is no unit web.service: install it or correct `unit`"_s;
    QTest::newRow("masked") << u"masked"_s << u"inactive"_s << u"dead"_s << 0 << u"unit web.service is masked: allow it with systemctl unmask web.service"_s;
    QTest::newRow("broken file") << u"bad-setting"_s << u"inactive"_s << u"dead"_s << 0 << u"unit web.service cannot be loaded (bad-setting): see systemctl status web.service"_s;
}

void TestRestartVerdict::refusals()
{
    QFETCH(QString, load);
    QFETCH(QString, active);
    QFETCH(QString, sub);
    QFETCH(int, job);
    QFETCH(QString, text);
    const auto refused = refusalBeforeCall(request(), {load, active, sub, quint32(job), "/x"});
    QCOMPARE(refused.has_value(), !text.isEmpty());
    if (refused)
        QCOMPARE(refused->output, text);
}

void TestRestartVerdict::callErrors_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<int>("kind");
    QTest::addColumn<QString>("text");
    const QString denied = u"not authorised by polkit for unit web.service"_s;
    QTest::newRow("denied") << u"org.freedesktop.DBus.Error.AccessDenied"_s << int(FailureKind::NotAuthorised) << denied;
    QTest::newRow("interactive") << u"org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"_s << int(FailureKind::NotAuthorised) << denied;
    QTest::newRow("no unit") << u"org.freedesktop.systemd1.NoSuchUnit"_s << int(FailureKind::Failed) << u"there is no unit web.service: install it or correct `unit`"_s;
    QTest::newRow("masked") << u"org.freedesktop.systemd1.UnitMasked"_s << int(FailureKind::Failed) << u"unit web.service is masked: allow it with systemctl unmask web.service"_s;
    QTest::newRow("no systemd") << u"org.freedesktop.DBus.Error.ServiceUnknown"_s << int(FailureKind::NoBus) << u"systemd is not on the bus: why"_s;
    QTest::newRow("no answer") << u"org.freedesktop.DBus.Error.NoReply"_s << int(FailureKind::Timeout) << u"systemd did not answer: why"_s;
    QTest::newRow("other") << u"org.freedesktop.systemd1.OnlyByDependency"_s << int(FailureKind::Failed) << u"systemd refused to restart web.service: why"_s;
}

void TestRestartVerdict::callErrors()
{
    QFETCH(QString, name);
    QFETCH(int, kind);
    QFETCH(QString, text);
    const ActionResult result = judgeCallError(request(), name, u"why"_s);
    QCOMPARE(int(result.failure), kind);
    QCOMPARE(result.output, text);
}

void TestRestartVerdict::waitsOnlyWhileStarting()
{
    UnitFacts facts;
    facts.activeState = u"activating"_s;
    facts.subState = u"start-post"_s;
    QVERIFY(stillStarting(facts));
    facts.subState = u"auto-restart"_s;
    QVERIFY(!stillStarting(facts));
    facts.activeState = u"failed"_s;
    QVERIFY(!stillStarting(facts));
}

QTEST_GUILESS_MAIN(TestRestartVerdict)
#include "tst_restart_verdict.moc"
