// labels: sandbox
// increase_resources of open files: drop-in, restart, /proc/PID/limits, and all back; with the system's and a user's manager.
#include "LimitCase.h"
#include "UnitRestart.h"
#include "core/recovery/SystemdRestart.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

const QString sleeper = u"ExecStart=/bin/sleep 1000\n"_s;

} // namespace

class TestOpenFilesLimit : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void raisedAndTakenBack();
    void secondRaise();
    void whatDoesNotStart();
    void userManager();

private:
    static LimitCase started(const QString &unit, const QString &lines)
    {
        putUnit(unit, lines);
        systemctl({u"start"_s, unit});
        return LimitCase(ActionType::IncreaseResources, unit);
    }
};

void TestOpenFilesLimit::raisedAndTakenBack()
{
    const QString unit = u"pr-files.service"_s, file = u"/run/systemd/system/pr-files.service.d/50-prunella-limits.conf"_s;
    LimitCase limits = started(unit, sleeper + u"LimitNOFILE=1000:4000"_s);
    limits.service.resources.files = LimitConfig{2, 65536};
    QTRY_COMPARE(openFilesLimit(unit), "1000");
    const Preflight look = limits.look({}, u"too_many_files"_s);
    QVERIFY2(!look.objection, qPrintable(look.objection ? look.objection->detail : QString()));
    const ActionRequest request = limits.intent(look);
    QCOMPARE(limits.describe(request), u"write LimitNOFILE=2000:4000 (now 1000:4000) to %1, then Manager.Reload() and RestartUnit(\"%2\", \"replace\")"_s.arg(file, unit));
    COMPLETES(limits.run(request));
    QTRY_COMPARE(openFilesLimit(unit), "2000");
    QVERIFY(fileBytes(file).endsWith("[Service]\nLimitNOFILE=2000:4000\n"));
    const QString pid = unitProperty(unit, u"MainPID"_s);
    COMPLETES(limits.run(request));
    QCOMPARE(unitProperty(unit, u"MainPID"_s), pid); // no second restart

    const ActionRequest undo = limits.inverse(request);
    QCOMPARE(limits.describe(undo), u"remove %1, LimitNOFILE=1000:4000 (now 2000:4000), then Manager.Reload() and RestartUnit(\"%2\", \"replace\")"_s.arg(file, unit));
    COMPLETES(limits.run(undo));
    QTRY_COMPARE(openFilesLimit(unit), "1000");
    QVERIFY(!QFileInfo::exists(QFileInfo(file).path()));
}

void TestOpenFilesLimit::secondRaise()
{
    const QString unit = u"pr-files-again.service"_s, file = u"/run/systemd/system/pr-files-again.service.d/50-prunella-limits.conf"_s;
    LimitCase limits = started(unit, sleeper + u"LimitNOFILE=1000:4000"_s);
    limits.service.resources.files = LimitConfig{2, 65536};
    COMPLETES(limits.run(limits.intent(limits.look())));
    putFile(file, fileBytes(file) + "# seen by anna\n");
    const QByteArray first = fileBytes(file);
    const ActionRequest second = limits.intent(limits.look());
    QCOMPARE(second.valueTarget, u"4000"_s);
    COMPLETES(limits.run(second));
    QTRY_COMPARE(openFilesLimit(unit), "4000");
    QVERIFY(fileBytes(file).endsWith("LimitNOFILE=4000:4000\n# seen by anna\n"));
    COMPLETES(limits.run(limits.inverse(second)));
    QTRY_COMPARE(openFilesLimit(unit), "2000");
    QCOMPARE(fileBytes(file), first);
}

void TestOpenFilesLimit::whatDoesNotStart()
{
    const QString unit = u"pr-files-bad.service"_s;
    LimitCase limits = started(unit, u"Type=oneshot\nRemainAfterExit=yes\nExecStart=/bin/sh -c 'test $(ulimit -Sn) -lt 1500'\nLimitNOFILE=1000:4000"_s);
    limits.service.resources.files = LimitConfig{2, 65536};
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    const ActionResult result = limits.run(limits.intent(limits.look()));
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"50-prunella-limits.conf is as before"_s), qPrintable(result.output));
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    QCOMPARE(unitProperty(unit, u"LimitNOFILESoft"_s), u"1000"_s);
    QVERIFY(!QFileInfo::exists(u"/run/systemd/system/pr-files-bad.service.d"_s));
}

void TestOpenFilesLimit::userManager()
{
    const QTemporaryDir dir;
    const QString runtime = dir.filePath(u"runtime"_s), unit = u"pr-user-limit.service"_s;
    qputenv("XDG_RUNTIME_DIR", QFile::encodeName(runtime));
    qputenv("DBUS_SESSION_BUS_ADDRESS", QFile::encodeName(u"unix:path="_s + runtime + u"/bus"_s));
    putFile(runtime + u"/systemd/user/"_s + unit, "[Service]\nExecStart=/bin/sleep 1000\nLimitNOFILE=1000:4000\nTasksMax=20\n");
    QProcess bus, manager;
    bus.start(u"dbus-daemon"_s, {u"--session"_s, u"--nofork"_s, u"--address=unix:path="_s + runtime + u"/bus"_s});
    QTRY_VERIFY(QFile::exists(runtime + u"/bus"_s));
    manager.start(u"/lib/systemd/systemd"_s, {u"--user"_s});
    QTRY_VERIFY_WITH_TIMEOUT(SystemdRestart(true).prepare().has_value(), 15'000);
    systemctl({u"--user"_s, u"start"_s, unit});
    LimitCase limits(ActionType::IncreaseResources, unit, Manager::SystemdUser);
    limits.service.resources.files = LimitConfig{2, 65536};
    const ActionRequest request = limits.intent(limits.look());
    QVERIFY(limits.describe(request).endsWith(u" on the user bus"));
    COMPLETES(limits.run(request));
    QTRY_COMPARE(openFilesLimit(unit, {u"--user"_s}), "2000");
    QVERIFY(QFile::exists(runtime + u"/systemd/user/pr-user-limit.service.d/50-prunella-limits.conf"_s));
    COMPLETES(limits.run(limits.inverse(request)));
    QTRY_COMPARE(openFilesLimit(unit, {u"--user"_s}), "1000");
    QVERIFY(!QFile::exists(runtime + u"/systemd/user/pr-user-limit.service.d"_s));
    limits.service.resources.tasks = LimitConfig{1.5, 100}; // whose controller belongs to the system's manager
    const Preflight look = limits.look({{u"resource"_s, u"tasks"_s}});
    if (look.objection)
        QVERIFY2(look.objection->detail.startsWith(u"the kernel does not enforce TasksMax for "_s), qPrintable(look.objection->detail));
    systemctl({u"--user"_s, u"stop"_s, unit});
    manager.terminate();
    QVERIFY(manager.waitForFinished());
    bus.terminate();
    QVERIFY(bus.waitForFinished());
    qunsetenv("DBUS_SESSION_BUS_ADDRESS");
    qunsetenv("XDG_RUNTIME_DIR");
}

QTEST_GUILESS_MAIN(TestOpenFilesLimit)
#include "tst_open_files_limit.moc"
