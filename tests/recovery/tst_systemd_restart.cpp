// labels: sandbox
#include "Victim.h"
#include "core/recovery/Runner.h"
#include "core/recovery/SystemdRestart.h"
#include "tests/recovery/UnitRestart.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <cstdio>
#include <grp.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemdRestart : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_count = m_dir.filePath(QString::fromLatin1(QTest::currentTestFunction())); }
    void killedUnitRunsAgain();
    void runningUnitIsRestarted();
    void notifyUnitIsAwaited();
    void oneshotUnit();
    void failingStart_data();
    void failingStart();
    void startLimit();
    void conditionIsNoStartLimit();
    void autoRestartIsLeftAlone();
    void queuedJob();
    void missingMaskedBroken();
    void timeAndCancel();
    void notAuthorised();
    void failpoints_data();
    void failpoints();
    void theCall();
    void noBus();
    void userBus();
    void busRestarted(); // last: it shakes everything

private:
    void makeUnit(const QString &unit, const QStringList &command, const QString &more = {}, const QString &moreUnit = {});
    void killMain(const QString &unit, const QString &stateAfter = u"failed"_s);
    int starts() const { return int(QFileInfo(m_count).size()); }

    QTemporaryDir m_dir;
    QString m_count; ///< the victim of the test function counts its starts in here
};

void TestSystemdRestart::makeUnit(const QString &unit, const QStringList &command, const QString &more, const QString &moreUnit)
{
    QFile::remove(m_count);
    QFile file(u"/run/systemd/system/"_s + unit);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(QString(u"[Unit]\n"_s + moreUnit + u"\n[Service]\nExecStart="_s + command.join(u' ') + u'\n' + more + u'\n').toUtf8());
    file.close();
    systemctl({u"daemon-reload"_s});
}

void TestSystemdRestart::killMain(const QString &unit, const QString &stateAfter)
{
    const pid_t pid = unitProperty(unit, u"MainPID"_s).toInt();
    QVERIFY(pid > 0);
    QVERIFY(kill(pid, SIGKILL) == 0);
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), stateAfter);
}

void TestSystemdRestart::killedUnitRunsAgain()
{
    const QString unit = u"pr-plain.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_count}), {}, u"StartLimitIntervalSec=0"_s);
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(starts(), 1);
    SystemdRestart action(false);
    QVERIFY(action.prepare());
    CancelToken token;
    QList<qint64> times;
    for (int i = 0; i < 20; ++i) {
        killMain(unit);
        const ActionRequest request = requestFor(unit);
        QElapsedTimer timer;
        timer.start();
        const ActionResult result = action.run(request, token);
        times.append(timer.nsecsElapsed() / 1000);
        QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
        QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
        QCOMPARE(QString::number(result.newPid), unitProperty(unit, u"MainPID"_s));
        QCOMPARE(result.output, u"job done, active/running, pid %1, invocation %2"_s.arg(result.newPid).arg(unitProperty(unit, u"InvocationID"_s)));
        QTRY_COMPARE(starts(), 2 + i);
    }
    std::sort(times.begin(), times.end());
    qInfo("restart call to result: median %lld us, slowest %lld us", times[times.size() / 2], times.last());
    QVERIFY(times[times.size() / 2] < 1'000'000); // sanity only: bench_recovery_latency measures against systemd itself
}

void TestSystemdRestart::runningUnitIsRestarted()
{
    const QString unit = u"pr-running.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_count}));
    systemctl({u"start"_s, unit});
    const QString before = unitProperty(unit, u"MainPID"_s);
    const ActionResult result = restart(unit);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY(unitProperty(unit, u"MainPID"_s) != before);
}

void TestSystemdRestart::notifyUnitIsAwaited()
{
    const QString unit = u"pr-notify.service"_s;
    makeUnit(unit, victim({u"--notify-after"_s, u"200"_s, m_count}), u"Type=notify"_s);
    systemctl({u"start"_s, unit});
    killMain(unit);
    const ActionRequest request = requestFor(unit);
    CancelToken token;
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = SystemdRestart(false).run(request, token);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY(timer.elapsed() >= 195);
    QVERIFY(result.output.startsWith(u"job done, active/running"_s));
    QCOMPARE(starts(), 2);
}

void TestSystemdRestart::oneshotUnit()
{
    const QString unit = u"pr-oneshot.service"_s;
    makeUnit(unit, {u"/bin/true"_s}, u"Type=oneshot"_s);
    const ActionResult result = restart(unit);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY2(result.output.startsWith(u"job done, inactive/dead"_s), qPrintable(result.output));
}

void TestSystemdRestart::failingStart_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("text");
    QTest::newRow("cannot be executed") << QStringList{u"/no/such/program"_s} << u"exec"_s
                                        << u"pr-failing.service did not start (job failed, failed/failed, result exit-code, invocation "_s;
    QTest::newRow("exits before ready") << victim({u"--exit"_s, u"3"_s}) << u"notify"_s
                                        << u"pr-failing.service did not start (job failed, failed/failed, result exit-code, invocation "_s;
    QTest::newRow("oneshot fails") << victim({u"--exit"_s, u"3"_s}) << u"oneshot"_s
                                   << u"pr-failing.service did not start (job failed, failed/failed, result exit-code, invocation "_s;
}

void TestSystemdRestart::failingStart()
{
    QFETCH(QStringList, command);
    QFETCH(QString, type);
    QFETCH(QString, text);
    makeUnit(u"pr-failing.service"_s, command, u"Type="_s + type);
    const ActionResult result = restart(u"pr-failing.service"_s);
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::Failed);
    QVERIFY2(result.output.startsWith(text), qPrintable(result.output));
}

void TestSystemdRestart::startLimit()
{
    const QString unit = u"pr-limit.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_count}), {}, u"StartLimitIntervalSec=600\nStartLimitBurst=3"_s);
    systemctl({u"start"_s, unit});
    for (int i = 0; i < 2; ++i) {
        QTRY_COMPARE(starts(), i + 1); // it counts itself only after systemd calls it running
        killMain(unit);
        const ActionResult result = restart(unit);
        QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    }
    QTRY_COMPARE(starts(), 3);
    killMain(unit);
    for (int i = 0; i < 2; ++i) { // it stays so: nothing of ours resets it
        const ActionResult result = restart(unit);
        QVERIFY(result.status == ActionStatus::Failed);
        QVERIFY2(result.failure == FailureKind::StartLimit, qPrintable(result.output));
        QCOMPARE(result.output, u"systemd's start limit of pr-limit.service is reached; only a person resets it "
                                "(systemctl reset-failed pr-limit.service)"_s);
    }
    QCOMPARE(starts(), 3);
    ActionRequest request = requestFor(unit); // a person may
    request.resetStartLimit = true;
    CancelToken token;
    QVERIFY(SystemdRestart(false).run(request, token).status == ActionStatus::Completed);
    QTRY_COMPARE(starts(), 4);
}

void TestSystemdRestart::conditionIsNoStartLimit()
{
    const QString unit = u"pr-condition.service"_s, needed = m_dir.filePath(u"needed"_s);
    makeUnit(unit, victim({u"--stay"_s, m_count}), {}, u"ConditionPathExists="_s + needed);
    QVERIFY(QFile(needed).open(QIODevice::WriteOnly));
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(starts(), 1);
    QVERIFY(QFile::remove(needed));
    killMain(unit);
    const ActionResult result = restart(unit);
    QVERIFY(result.failure == FailureKind::Failed);
    QVERIFY2(result.output.startsWith(u"systemd skipped the start of pr-condition.service: a condition of the unit does not hold"_s),
             qPrintable(result.output));
    QCOMPARE(starts(), 1);
}

void TestSystemdRestart::autoRestartIsLeftAlone()
{
    const QString unit = u"pr-auto.service"_s;
    makeUnit(unit, victim({u"--exit"_s, u"1"_s, m_count}), u"Restart=always\nRestartSec=60"_s);
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"SubState"_s), u"auto-restart"_s);
    const ActionResult result = restart(unit);
    QVERIFY(result.status == ActionStatus::Failed);
    QCOMPARE(result.output, u"systemd is already restarting pr-auto.service"_s);
    QCOMPARE(starts(), 1);
    systemctl({u"stop"_s, unit});
}

void TestSystemdRestart::queuedJob()
{
    const QString unit = u"pr-never.service"_s;
    makeUnit(unit, victim({u"--notify-after"_s, u"-1"_s, m_count}), u"Type=notify"_s);
    QCOMPARE(unitHasQueuedJob(unit, false).value_or(true), false);
    systemctl({u"start"_s, u"--no-block"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), u"activating"_s);
    QCOMPARE(unitHasQueuedJob(unit, false).value_or(false), true);
    QCOMPARE(restart(unit).output, u"systemd is already restarting pr-never.service"_s);
    systemctl({u"stop"_s, unit});
    QCOMPARE(unitHasQueuedJob(unit, false).value_or(true), false);
    QCOMPARE(unitHasQueuedJob(u"pr-nothing.service"_s, false).value_or(true), false);
}

void TestSystemdRestart::missingMaskedBroken()
{
    QCOMPARE(restart(u"pr-nothing.service"_s).output, u"there is no unit pr-nothing.service: install it or correct `unit`"_s);
    QVERIFY(QFile::link(u"/dev/null"_s, u"/run/systemd/system/pr-masked.service"_s));
    makeUnit(u"pr-broken.service"_s, {u"relative/path"_s});
    QCOMPARE(restart(u"pr-masked.service"_s).output, u"unit pr-masked.service is masked: allow it with systemctl unmask pr-masked.service"_s);
    QCOMPARE(restart(u"pr-broken.service"_s).output,
             u"unit pr-broken.service cannot be loaded (bad-setting): see systemctl status pr-broken.service"_s);
    QCOMPARE(restart(u"no name"_s).output, u"\"no name\" is no unit name: correct `unit`"_s);
}

void TestSystemdRestart::timeAndCancel()
{
    const QString unit = u"pr-slow.service"_s;
    makeUnit(unit, victim({u"--notify-after"_s, u"-1"_s, m_count}), u"Type=notify"_s);
    const ActionResult late = restart(unit, 300);
    QVERIFY(late.status == ActionStatus::Failed && late.failure == FailureKind::Timeout);
    QCOMPARE(late.output, u"the restart of pr-slow.service was not over after 0.3 s; systemd's job goes on without us"_s);
    systemctl({u"stop"_s, unit});

    Mailbox<ActionResult> box;
    Runner runner(1, [&](ActionResult result) { box.post(std::move(result)); });
    QVERIFY(runner.start(requestFor(unit), std::make_shared<SystemdRestart>(false)));
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), u"activating"_s);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(runner.cancel(u"action"_s));
    const auto result = box.waitOne(std::chrono::milliseconds(10'000));
    QVERIFY(result && result->failure == FailureKind::Cancelled);
    QVERIFY(timer.elapsed() < 1000);
    systemctl({u"stop"_s, unit});
}

void TestSystemdRestart::notAuthorised()
{
    const QString unit = u"pr-foreign.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_count}));
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(starts(), 1);
    QProcess nobody;
    nobody.start(QCoreApplication::applicationFilePath(), {u"--restart-as-nobody"_s, unit});
    QVERIFY(nobody.waitForFinished());
    const QString expected = u"%1 %2 not authorised by polkit for unit pr-foreign.service"_s.arg(int(ActionStatus::Failed)).arg(int(FailureKind::NotAuthorised));
    QCOMPARE(QString::fromLocal8Bit(nobody.readAllStandardOutput()), expected);
    QCOMPARE(starts(), 1);
}

void TestSystemdRestart::failpoints_data()
{
    QTest::addColumn<QString>("point");
    QTest::newRow("call sent") << u"call_sent"_s;
    QTest::newRow("job done") << u"job_done"_s;
}

void TestSystemdRestart::failpoints()
{
#ifndef PRUNELLA_FAILPOINTS
    return; // a release build has none
#endif
    QFETCH(QString, point);
    const QString unit = u"pr-point.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_count}));
    QProcess engine;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PRUNELLA_KILL_AT"_s, point);
    engine.setProcessEnvironment(environment);
    engine.start(QCoreApplication::applicationFilePath(), {u"--restart"_s, unit});
    QVERIFY(engine.waitForFinished());
    QCOMPARE(engine.exitStatus(), QProcess::CrashExit);
    // After call_sent nobody knows: systemd drops a call when its sender is gone before it was looked at.
    if (point == u"job_done"_s)
        QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    if (unitProperty(unit, u"ActiveState"_s) == u"active"_s)
        QTRY_COMPARE(starts(), 1);
    systemctl({u"stop"_s, unit});
    QVERIFY(starts() <= 1);
}

void TestSystemdRestart::theCall()
{
    ActionRequest request;
    request.unit = u"web.service"_s;
    QCOMPARE(describeRestart(request).value_or(QString()), u"org.freedesktop.systemd1.Manager.RestartUnit(\"web.service\", \"replace\") on the system bus"_s);
    request.manager = Manager::SystemdUser;
    QVERIFY(describeRestart(request).value_or(QString()).endsWith(u"on the user bus"_s));
    request.manager = Manager::Process;
    QVERIFY(!describeRestart(request));
}

void TestSystemdRestart::noBus()
{
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/no/bus");
    const ActionResult result = restart(u"pr-plain.service"_s);
    const auto job = unitHasQueuedJob(u"pr-plain.service"_s, false);
    const auto prepared = SystemdRestart(false).prepare();
    qunsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::NoBus);
    QCOMPARE(result.output, u"no system bus: No such file or directory"_s);
    QVERIFY(!job && job.error().code == ErrorCode::Unavailable);
    QVERIFY(!prepared && prepared.error().code == ErrorCode::Unavailable);
}

void TestSystemdRestart::userBus()
{
    const QString runtime = m_dir.filePath(u"runtime"_s);
    QVERIFY(QDir().mkpath(runtime + u"/systemd/user"_s));
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(runtime));
    qputenv("DBUS_SESSION_BUS_ADDRESS", QFile::encodeName(u"unix:path="_s + runtime + u"/bus"_s));
    QProcess bus, manager;
    bus.start(u"dbus-daemon"_s, {u"--session"_s, u"--nofork"_s, u"--address=unix:path="_s + runtime + u"/bus"_s});
    QTRY_VERIFY(QFile::exists(runtime + u"/bus"_s));
    QFile file(runtime + u"/systemd/user/pr-user.service"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    QFile::remove(m_count);
    file.write(QString(u"[Service]\nExecStart="_s + victim({u"--stay"_s, m_count}).join(u' ') + u'\n').toUtf8());
    file.close();
    manager.start(u"/lib/systemd/systemd"_s, {u"--user"_s});
    QTRY_VERIFY_WITH_TIMEOUT(SystemdRestart(true).prepare().has_value(), 15'000);
    ActionRequest request = requestFor(u"pr-user.service"_s);
    request.manager = Manager::SystemdUser;
    CancelToken token;
    const ActionResult result = SystemdRestart(true).run(request, token);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(unitProperty(u"pr-user.service"_s, u"MainPID"_s, {u"--user"_s}), QString::number(result.newPid));
    QTRY_COMPARE(starts(), 1);
    manager.terminate();
    QVERIFY(manager.waitForFinished());
    const ActionResult gone = SystemdRestart(true).run(request, token);
    QVERIFY2(gone.failure == FailureKind::NoBus, qPrintable(gone.output));
    bus.terminate();
    QVERIFY(bus.waitForFinished());
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    qunsetenv("XDG_RUNTIME_DIR");
}

void TestSystemdRestart::busRestarted()
{
    const QString unit = u"pr-bus.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_count}));
    SystemdRestart action(false);
    CancelToken token;
    QVERIFY(action.run(requestFor(unit), token).status == ActionStatus::Completed);
    systemctl({u"restart"_s, u"dbus.service"_s}); // the kept connection is dead now
    QTRY_VERIFY(SystemdRestart(false).prepare().has_value());
    const ActionResult result = action.run(requestFor(unit), token);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QTRY_COMPARE(starts(), 2);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (const int status = prunella::testing::runVictim(app.arguments()); status >= 0)
        return status;
    if (app.arguments().value(1) == u"--restart-as-nobody"_s)
        return restartAsNobody(app.arguments().value(2));
    if (app.arguments().value(1) == u"--restart"_s)
        return restartHere(app.arguments().value(2));
    TestSystemdRestart test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_systemd_restart.moc"
