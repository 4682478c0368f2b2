// labels: sandbox
// Somebody else is at work: real jobs of systemd, a real debugger, a real dpkg.
#include "Victim.h"
#include "core/recovery/WorkInProgress.h"
#include "tests/recovery/AsNobody.h"
#include "tests/recovery/UnitRestart.h"

#include <QDir>
#include <QElapsedTimer>
#include <QProcess>
#include <QRegularExpression>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

ServiceConfig serviceOf(const QString &unit)
{
    ServiceConfig service;
    service.name = u"web"_s;
    service.unit = unit;
    return service;
}

bool matches(const QString &text, const QString &pattern)
{
    const bool same = QRegularExpression(QRegularExpression::anchoredPattern(pattern)).match(text).hasMatch();
    if (!same)
        qWarning().noquote() << text;
    return same;
}

} // namespace

class TestWorkInProgress : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init() { m_path = m_dir.filePath(QString::fromLatin1(QTest::currentTestFunction())); }
    void nobodyIsAtWork();
    void aQueuedJob();
    void aJobThatStops();
    void systemdsOwnRestarts();
    void aDebugger();
    void aDebuggerOfTheUnitItself();
    void aStoppedProcess();
    void aPackageManager();
    void othersThanUnits();
    void patience();
    void withoutABus();
    void theBusWasRestarted(); // last: it shakes everything

private:
    void makeUnit(const QString &unit, const QString &start, const QString &more = {});
    QString look(const QString &unit);
    static QString lookAsNobody(const QString &unit);

    QTemporaryDir m_dir;
    QString m_path; ///< of a file that the test function may make
    WorkInProgress m_work;
};

void TestWorkInProgress::makeUnit(const QString &unit, const QString &start, const QString &more)
{
    QFile file(u"/run/systemd/system/"_s + unit);
    QVERIFY(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(QString(u"[Unit]\nStartLimitIntervalSec=0\n[Service]\nExecStart="_s + start + u'\n' + more + u'\n').toUtf8());
    file.close();
    systemctl({u"daemon-reload"_s});
}

/// The sentence; empty when nobody is at work.
QString TestWorkInProgress::look(const QString &unit)
{
    const auto found = m_work.look(serviceOf(unit));
    if (!found)
        return {};
    const bool asPromised = found->decision == Decision::Wait && found->reason == Reason::ChangedByOthers && found->retryAtMonotonicMs == 0;
    return asPromised ? found->detail : u"another decision: "_s + found->detail;
}

QString TestWorkInProgress::lookAsNobody(const QString &unit)
{
    const AsNobody nobody;
    const auto found = WorkInProgress().look(serviceOf(unit));
    return found ? found->detail : QString();
}

void TestWorkInProgress::nobodyIsAtWork()
{
    const QString unit = u"pw-plain.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_path}).join(u' '));
    QCOMPARE(look(unit), QString());
    systemctl({u"start"_s, unit});
    QList<qint64> running, dead;
    for (int i = 0; i < 200; ++i) {
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(look(unit), QString());
        running.append(timer.nsecsElapsed() / 1000);
    }
    QVERIFY(kill(pid_t(unitProperty(unit, u"MainPID"_s).toInt()), SIGKILL) == 0);
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), u"failed"_s);
    for (int i = 0; i < 200; ++i) {
        QElapsedTimer timer;
        timer.start();
        QCOMPARE(look(unit), QString());
        dead.append(timer.nsecsElapsed() / 1000);
    }
    std::sort(running.begin(), running.end());
    std::sort(dead.begin(), dead.end());
    qInfo("a look at a running unit: median %lld us, 95 %% %lld us; at a killed one: median %lld us, 95 %% %lld us", running[100], running[190],
          dead[100], dead[190]);
    QVERIFY(dead[100] < 50'000); // sanity only
    QCOMPARE(look(u"pw-nothing.service"_s), QString());
    QCOMPARE(look(u"no name"_s), QString());
}

void TestWorkInProgress::aQueuedJob()
{
    const QString unit = u"pw-slow.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_path}).join(u' '), u"ExecStartPre=/bin/sleep 100"_s);
    systemctl({u"start"_s, u"--no-block"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"SubState"_s), u"start-pre"_s);
    QVERIFY(matches(look(unit), u"systemd works on pw-slow\\.service for somebody else: job \\d+ \\(start, running\\)"_s));
    QCOMPARE(lookAsNobody(unit), look(unit)); // everybody may ask
    systemctl({u"stop"_s, unit});
    QCOMPARE(look(unit), QString());
}

void TestWorkInProgress::aJobThatStops()
{
    const QString unit = u"pw-slowstop.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_path}).join(u' '), u"ExecStop=/bin/sleep 100"_s);
    systemctl({u"start"_s, unit});
    systemctl({u"stop"_s, u"--no-block"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), u"deactivating"_s);
    QVERIFY(matches(look(unit), u"systemd works on pw-slowstop\\.service for somebody else: job \\d+ \\(stop, running\\)"_s));
    systemctl({u"kill"_s, u"--signal=KILL"_s, unit});
    QTRY_COMPARE(look(unit), QString());
}

/// While it waits for Restart=, and while that start runs; a person's restart of the same unit is another thing.
void TestWorkInProgress::systemdsOwnRestarts()
{
    const QString unit = u"pw-auto.service"_s;
    makeUnit(unit, u"/bin/false"_s, u"Restart=always\nRestartSec=60"_s);
    systemctl({u"start"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"SubState"_s), u"auto-restart"_s);
    QCOMPARE(look(unit), QString());
    systemctl({u"stop"_s, unit});

    const QString slow = u"pw-autoslow.service"_s, flag = m_path + u".slow"_s;
    makeUnit(slow, victim({u"--stay"_s, m_path}).join(u' '),
             u"ExecStartPre=/bin/sh -c 'test ! -e %1 || exec sleep 100'\nRestart=always\nRestartSec=10ms"_s.arg(flag));
    systemctl({u"start"_s, slow});
    QVERIFY(QFile(flag).open(QIODevice::WriteOnly));
    QVERIFY(kill(pid_t(unitProperty(slow, u"MainPID"_s).toInt()), SIGKILL) == 0);
    QTRY_COMPARE(unitProperty(slow, u"SubState"_s), u"start-pre"_s);
    QVERIFY(unitProperty(slow, u"Job"_s).toInt() > 0);
    QCOMPARE(look(slow), QString());
    systemctl({u"restart"_s, u"--no-block"_s, slow});
    QTRY_VERIFY(!look(slow).isEmpty());
    QTRY_COMPARE(unitProperty(slow, u"SubState"_s), u"start-pre"_s);
    QVERIFY(matches(look(slow), u"systemd works on pw-autoslow\\.service for somebody else: job \\d+ \\((re)?start, running\\)"_s));
    systemctl({u"stop"_s, slow});
}

void TestWorkInProgress::aDebugger()
{
    const QString unit = u"pw-debugged.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_path}).join(u' '));
    systemctl({u"start"_s, unit});
    const QString pid = unitProperty(unit, u"MainPID"_s);
    QProcess gdb;
    gdb.start(u"gdb"_s, {u"-nx"_s, u"-q"_s, u"-iex"_s, u"set auto-solib-add off"_s, u"-p"_s, pid});
    QVERIFY2(gdb.waitForStarted(), "gdb is missing: apt-get install gdb");
    QTRY_VERIFY_WITH_TIMEOUT(!look(unit).isEmpty(), 30'000);
    const QString expected = u"process %1 (tst_work_in_pro) of pw-debugged.service is being traced by gdb (process %2) of root"_s
                                 .arg(pid).arg(gdb.processId());
    QCOMPARE(look(unit), expected);
    gdb.write("continue\n"); // a process that runs under a debugger is worked on as well
    QTRY_COMPARE(look(unit), expected);
    gdb.terminate();
    gdb.kill();
    QVERIFY(gdb.waitForFinished());
    QTRY_COMPARE(look(unit), QString()); // the kernel lets go of what its tracer leaves
    systemctl({u"stop"_s, unit});
}

void TestWorkInProgress::aDebuggerOfTheUnitItself()
{
    const QString unit = u"pw-under.service"_s;
    makeUnit(unit, u"/usr/bin/gdb -nx -q -batch -ex run --args /bin/sleep 1000"_s);
    systemctl({u"start"_s, unit});
    const QByteArray tracer = "TracerPid:\t" + unitProperty(unit, u"MainPID"_s).toLatin1() + '\n';
    const auto tracedOnes = [&] { // sleep runs under gdb
        int count = 0;
        for (const QString &folder : QDir(u"/proc"_s).entryList(QDir::Dirs)) {
            QFile status(u"/proc/%1/status"_s.arg(folder));
            if (status.open(QIODevice::ReadOnly))
                count += status.readAll().contains(tracer) ? 1 : 0;
        }
        return count;
    };
    QTRY_VERIFY_WITH_TIMEOUT(tracedOnes() == 1, 30'000);
    QCOMPARE(look(unit), QString());
    systemctl({u"stop"_s, unit});
}

void TestWorkInProgress::aStoppedProcess()
{
    const QString unit = u"pw-stopped.service"_s;
    makeUnit(unit, victim({u"--stay"_s, m_path}).join(u' '));
    systemctl({u"start"_s, unit});
    const QString pid = unitProperty(unit, u"MainPID"_s);
    QVERIFY(kill(pid_t(pid.toInt()), SIGSTOP) == 0);
    QCOMPARE(look(unit), QString()); // a program that hangs is healed like any other
    QVERIFY(kill(pid_t(pid.toInt()), SIGCONT) == 0);
    systemctl({u"stop"_s, unit});
}

/// dpkg installs a package whose preinst takes its time.
void TestWorkInProgress::aPackageManager()
{
    const QString unit = u"pw-plain.service"_s, root = m_path + u".package"_s, busy = m_path + u".busy"_s;
    QVERIFY(QDir().mkpath(root + u"/DEBIAN"_s));
    QFile control(root + u"/DEBIAN/control"_s), preinst(root + u"/DEBIAN/preinst"_s);
    QVERIFY(control.open(QIODevice::WriteOnly) && preinst.open(QIODevice::WriteOnly) && QFile(busy).open(QIODevice::WriteOnly));
    control.write("Package: prunella-nothing\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: nothing\n");
    preinst.write(QString(u"#!/bin/sh\nwhile test -e %1; do sleep 0.05; done\n"_s.arg(busy)).toUtf8());
    preinst.setPermissions(preinst.permissions() | QFile::ExeOwner | QFile::ReadGroup | QFile::ExeGroup | QFile::ReadOther | QFile::ExeOther);
    control.close();
    preinst.close();
    QCOMPARE(QProcess::execute(u"dpkg-deb"_s, {u"--root-owner-group"_s, u"--build"_s, root, root + u".deb"_s}), 0);
    QCOMPARE(look(unit), QString());
    QProcess dpkg;
    dpkg.start(u"dpkg"_s, {u"--install"_s, root + u".deb"_s});
    QVERIFY(dpkg.waitForStarted());
    const QString expected = u"dpkg (process %1) of root is changing packages (it holds /var/lib/dpkg/lock-frontend)"_s.arg(dpkg.processId());
    QTRY_COMPARE(look(unit), expected);
    QString asNobody;
    {
        const AsNobody nobody;
        asNobody = packageWork({});
    }
    QCOMPARE(asNobody, expected);
    QVERIFY(QFile::remove(busy));
    QVERIFY(dpkg.waitForFinished());
    QVERIFY2(dpkg.exitCode() == 0, dpkg.readAllStandardError().constData());
    QCOMPARE(look(unit), QString());
}

void TestWorkInProgress::othersThanUnits()
{
    ServiceConfig process = serviceOf(u"pw-plain.service"_s);
    process.manager = Manager::Process;
    QVERIFY(!m_work.look(process));
    QVERIFY(!m_work.look(serviceOf({})));
}

void TestWorkInProgress::patience()
{
    const RecoveryDecision found{Decision::Wait, Reason::ChangedByOthers, u"gdb is at it"_s, 4711};
    const RecoveryDecision waits = withPatience(found, longestWorkMs - 1), asks = withPatience(found, longestWorkMs);
    QVERIFY(waits.decision == Decision::Wait && waits.detail == found.detail && waits.retryAtMonotonicMs == 4711);
    QVERIFY(asks.decision == Decision::Ask && asks.reason == Reason::ChangedByOthers && asks.retryAtMonotonicMs == 0);
    QCOMPARE(asks.detail, u"gdb is at it; after ten minutes of waiting a person decides"_s);
}

void TestWorkInProgress::withoutABus()
{
    qputenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/no/bus");
    const auto found = WorkInProgress().look(serviceOf(u"pw-plain.service"_s));
    qunsetenv("DBUS_SYSTEM_BUS_ADDRESS");
    QVERIFY(!found);
}

void TestWorkInProgress::theBusWasRestarted()
{
    const QString unit = u"pw-slow.service"_s;
    QCOMPARE(look(unit), QString());
    systemctl({u"restart"_s, u"dbus.service"_s}); // the kept connection is dead now
    systemctl({u"start"_s, u"--no-block"_s, unit});
    QTRY_VERIFY(look(unit).startsWith(u"systemd works on pw-slow.service for somebody else"_s));
    systemctl({u"stop"_s, unit});
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (const int status = prunella::testing::runVictim(app.arguments()); status >= 0)
        return status;
    TestWorkInProgress test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_work_in_progress.moc"
