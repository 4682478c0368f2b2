// labels: sandbox
// increase_resources on real units: what systemd has, what the kernel has, what is in the files, before and after an undo.
#include "AsNobody.h"
#include "LimitCase.h"
#include "UnitRestart.h"
#include <QDir>
#include <QProcess>
#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr double mib = 1024 * 1024, gib = 1024 * mib;
const QString sleeper = u"ExecStart=/bin/sleep 1000\n"_s;
const QByteArray k256 = "268435456", k320 = "335544320";

QString controlFile(const QString &unit, const QString &setting, const QString &base = u"/run/systemd/system.control"_s)
{
    return u"%1/%2.d/50-%3.conf"_s.arg(base, unit, setting);
}

/// One action in a process of its own, which a failpoint may end: type, unit, subject, values, plan.
int actHere(const QStringList &arguments)
{
    LimitCase limits(ActionType::IncreaseResources, arguments.value(2));
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    limits.service.resources.files = LimitConfig{2, 65536};
    Preflight look;
    look.subject = arguments.value(3);
    look.plan = arguments.value(4);
    return limits.run(limits.intent(look)).status == ActionStatus::Completed ? 0 : 1;
}

} // namespace

class TestUnitLimits : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void memory();
    void runtimeValueComesBack();
    void persistent();
    void transientUnit();
    void cpu();
    void tasks();
    void startsWhatIsDown();
    void oldValueWhenItDoesNotStart();
    void killedForItsLimit();
    void usedMemoryStays();
    void killedMeanwhile_data();
    void killedMeanwhile();
    void changedSince();
    void nothingToRaise();
    void dropInThatWins();
    void whichResource();
    void notAuthorised();

private:
    static LimitCase started(const QString &unit, const QString &lines)
    {
        putUnit(unit, lines);
        systemctl({u"start"_s, unit});
        return LimitCase(ActionType::IncreaseResources, unit);
    }
};

void TestUnitLimits::memory()
{
    const QString unit = u"pr-memory.service"_s;
    LimitCase limits = started(unit, sleeper + u"MemoryMax=256M\nMemoryHigh=200M"_s);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    QCOMPARE(kernelWord(unit, u"memory.max"_s), k256);
    const QString pid = unitProperty(unit, u"MainPID"_s);
    const Preflight look = limits.look({}, u"killed_at_limit"_s);
    QVERIFY2(!look.objection, qPrintable(look.objection ? look.objection->detail : QString()));
    QVERIFY(look.subject == u"memory" && look.idempotent);
    QCOMPARE(look.valueBefore, QString::fromLatin1(k256));
    QCOMPARE(look.valueTarget, QString::fromLatin1(k320));
    const ActionRequest request = limits.intent(look);
    QCOMPARE(limits.describe(request), u"SetUnitProperties(\"pr-memory.service\", runtime, MemoryMax=335544320 (320 MiB, now 256 MiB), "
                                       "MemoryHigh=262144000 (250 MiB, now 200 MiB))"_s);
    for (int i = 0; i < 2; ++i) { // the same absolute request twice is the same as once
        COMPLETES(limits.run(request));
        QCOMPARE(unitProperty(unit, u"MemoryMax"_s), QString::fromLatin1(k320));
        QCOMPARE(unitProperty(unit, u"MemoryHigh"_s), u"262144000"_s);
        QCOMPARE(kernelWord(unit, u"memory.max"_s), k320);
        if (unifiedGroups())
            QCOMPARE(kernelWord(unit, u"memory.high"_s), "262144000");
    }
    systemctl({u"daemon-reload"_s}); // it stays
    QCOMPARE(kernelWord(unit, u"memory.max"_s), k320);

    const ActionRequest undo = limits.inverse(request);
    for (int i = 0; i < 2; ++i) {
        COMPLETES(limits.run(undo));
        QCOMPARE(kernelWord(unit, u"memory.max"_s), k256);
        QCOMPARE(unitProperty(unit, u"MemoryHigh"_s), u"209715200"_s);
        QCOMPARE(unitProperty(unit, u"DropInPaths"_s), QString()); // inherited again, not set anew
        QVERIFY(!QFileInfo::exists(u"/run/systemd/system.control/pr-memory.service.d"_s));
    }
    QCOMPARE(unitProperty(unit, u"MainPID"_s), pid); // nothing was restarted
    COMPLETES(limits.run(limits.inverse(undo)));     // and the undo has an inverse
    QCOMPARE(kernelWord(unit, u"memory.max"_s), k320);
}

void TestUnitLimits::runtimeValueComesBack()
{
    const QString unit = u"pr-runtime.service"_s, file = controlFile(unit, u"MemoryMax"_s);
    LimitCase limits = started(unit, sleeper + u"MemoryMax=256M"_s);
    limits.service.resources.memory = LimitConfig{1.5, 2 * gib};
    systemctl({u"set-property"_s, u"--runtime"_s, unit, u"MemoryMax=300M"_s});
    const QByteArray before = fileBytes(file) + "# a note\n"; // somebody's own
    putFile(file, before);
    systemctl({u"daemon-reload"_s});
    const Preflight look = limits.look({{u"resource"_s, u"memory"_s}});
    QCOMPARE(look.valueBefore, u"314572800"_s);
    COMPLETES(limits.run(limits.intent(look)));
    QCOMPARE(kernelWord(unit, u"memory.max"_s), "471859200");
    QVERIFY(fileBytes(file) != before);
    COMPLETES(limits.run(limits.inverse(limits.intent(look))));
    QCOMPARE(kernelWord(unit, u"memory.max"_s), "314572800");
    QCOMPARE(fileBytes(file), before);
}

void TestUnitLimits::persistent()
{
    const QString unit = u"pr-kept.service"_s, file = controlFile(unit, u"TasksMax"_s, u"/etc/systemd/system.control"_s);
    LimitCase limits = started(unit, sleeper + u"TasksMax=20"_s);
    limits.service.resources.tasks = LimitConfig{1.5, 100};
    limits.service.resources.persistent = true;
    const ActionRequest request = limits.intent(limits.look());
    QCOMPARE(limits.describe(request), u"SetUnitProperties(\"pr-kept.service\", persistent, TasksMax=30 (now 20))"_s);
    COMPLETES(limits.run(request));
    QVERIFY(fileBytes(file).contains("TasksMax=30"));
    // A runtime value would be lost when systemd reads its files again: that is seen beforehand.
    limits.service.resources.persistent = false;
    const Preflight look = limits.look();
    QVERIFY(look.objection && look.objection->detail.contains(file));
    COMPLETES(limits.run(limits.inverse(request)));
    QVERIFY(!QFileInfo::exists(file));
    QCOMPARE(kernelWord(unit, u"pids.max"_s), "20");
}

void TestUnitLimits::transientUnit()
{
    const QString unit = u"pr-transient.service"_s;
    QCOMPARE(QProcess::execute(u"systemd-run"_s, {u"--quiet"_s, u"--unit"_s, unit, u"-p"_s, u"MemoryMax=256M"_s, u"/bin/sleep"_s, u"1000"_s}), 0);
    LimitCase limits(ActionType::IncreaseResources, unit);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    const QStringList dropIns = QDir(u"/run/systemd/transient/%1.d"_s.arg(unit)).entryList(QDir::Files);
    const ActionRequest request = limits.intent(limits.look());
    COMPLETES(limits.run(request));
    QCOMPARE(kernelWord(unit, u"memory.max"_s), k320);
    COMPLETES(limits.run(limits.inverse(request)));
    QCOMPARE(kernelWord(unit, u"memory.max"_s), k256);
    QCOMPARE(QDir(u"/run/systemd/transient/%1.d"_s.arg(unit)).entryList(QDir::Files), dropIns);
}

void TestUnitLimits::cpu()
{
    const QString unit = u"pr-cpu.service"_s;
    LimitCase limits = started(unit, sleeper + u"CPUQuota=33.5%"_s);
    limits.service.resources.cpu = LimitConfig{1.5, 100};
    const Preflight look = limits.look({}, u"throttled_by_quota"_s);
    QCOMPARE(look.valueBefore, u"33.5"_s);
    QCOMPARE(look.valueTarget, u"51"_s);
    const ActionRequest request = limits.intent(look);
    QCOMPARE(limits.describe(request), u"SetUnitProperties(\"pr-cpu.service\", runtime, CPUQuotaPerSecUSec=510000 (51 %, now 33.5 %))"_s);
    COMPLETES(limits.run(request));
    QCOMPARE(kernelWord(unit, u"cpu.max"_s), "51000");
    COMPLETES(limits.run(limits.inverse(request)));
    QCOMPARE(kernelWord(unit, u"cpu.max"_s), "33500");
}

void TestUnitLimits::tasks()
{
    const QString unit = u"pr-tasks.service"_s;
    LimitCase limits = started(unit, sleeper + u"TasksMax=3"_s);
    limits.service.resources.tasks = LimitConfig{1.25, 5};
    for (const char *step : {"4", "5"}) {
        COMPLETES(limits.run(limits.intent(limits.look())));
        QCOMPARE(kernelWord(unit, u"pids.max"_s), step);
    }
    const Preflight look = limits.look();
    QVERIFY(look.objection && look.objection->reason == Reason::AtMaximum);
    QCOMPARE(look.objection->detail, u"TasksMax is 5 already, and 5 is the configured most"_s);
}

void TestUnitLimits::startsWhatIsDown()
{
    const QString unit = u"pr-down-limit.service"_s;
    LimitCase limits = started(unit, sleeper + u"MemoryMax=256M"_s);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    systemctl({u"kill"_s, u"-s"_s, u"KILL"_s, unit});
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), u"failed"_s);
    COMPLETES(limits.run(limits.intent(limits.look())));
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    QCOMPARE(kernelWord(unit, u"memory.max"_s), k320);
}

void TestUnitLimits::oldValueWhenItDoesNotStart()
{
    const QString unit = u"pr-no-start.service"_s;
    putUnit(unit, u"Type=oneshot\nExecStart=/bin/false\nMemoryMax=256M"_s);
    LimitCase limits(ActionType::IncreaseResources, unit);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    const ActionResult result = limits.run(limits.intent(limits.look()));
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY2(result.output.contains(u"the old values are back: MemoryMax=268435456 (256 MiB, was 320 MiB)"_s), qPrintable(result.output));
    QCOMPARE(unitProperty(unit, u"MemoryMax"_s), QString::fromLatin1(k256));
    QVERIFY(!QFileInfo::exists(controlFile(unit, u"MemoryMax"_s)));
}

/// What needs nearly 60 MiB and may have 40 is killed by the kernel; with 80 it lives.
void TestUnitLimits::killedForItsLimit()
{
    const QString unit = u"pr-oom.service"_s;
    putFile(u"/run/pr-oom.pl"_s, "$a = chr(120) x 27000000;\nsystem('systemd-notify', '--ready');\nsleep 1000;\n");
    LimitCase limits = started(unit, u"Type=notify\nNotifyAccess=all\nMemorySwapMax=0\nMemoryMax=40M\nTimeoutStartSec=20\nExecStart=/usr/bin/perl /run/pr-oom.pl"_s);
    limits.service.resources.memory = LimitConfig{2, 2 * gib};
    QTRY_COMPARE(unitProperty(unit, u"ActiveState"_s), u"failed"_s);
    const ActionResult result = limits.run(limits.intent(limits.look({}, u"killed_at_limit"_s)));
    COMPLETES(result);
    QCOMPARE(unitProperty(unit, u"ActiveState"_s), u"active"_s);
    QVERIFY(unitProperty(unit, u"MemoryCurrent"_s).toLongLong() > 40 * mib);
    systemctl({u"stop"_s, unit});
}

/// Version 1 does not lower a limit below what is in use; systemd says that it did. The verdict is the kernel's.
void TestUnitLimits::usedMemoryStays()
{
    if (unifiedGroups())
        return; // version 2 takes the memory away or kills
    const QString unit = u"pr-used.service"_s;
    putFile(u"/run/pr-used.pl"_s, "sleep 1 while !-e '/run/pr-used';\n$a = chr(120) x 45000000;\nopen F, '>/run/pr-used2';\nclose F;\nsleep 1000;\n");
    LimitCase limits = started(unit, u"MemorySwapMax=0\nMemoryMax=40M\nExecStart=/usr/bin/perl /run/pr-used.pl"_s);
    limits.service.resources.memory = LimitConfig{3, 2 * gib};
    const ActionRequest request = limits.intent(limits.look());
    COMPLETES(limits.run(request));
    putFile(u"/run/pr-used"_s, "go");
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(u"/run/pr-used2"_s), 15'000);
    const ActionResult undo = limits.run(limits.inverse(request));
    QVERIFY(undo.status == ActionStatus::Failed);
    QVERIFY2(undo.output.contains(u"but the kernel keeps 125829120 (120 MiB)"_s), qPrintable(undo.output));
    systemctl({u"stop"_s, unit});
}

void TestUnitLimits::killedMeanwhile_data()
{
    QTest::addColumn<QString>("resource");
    QTest::addColumn<QString>("point");
    QTest::newRow("memory") << u"memory"_s << u"limits_set"_s;
    QTest::newRow("files") << u"files"_s << u"file_changed"_s;
    QTest::newRow("files, not restarted yet") << u"files"_s << u"call_sent"_s;
}

void TestUnitLimits::killedMeanwhile()
{
#ifndef PRUNELLA_FAILPOINTS
    return; // a release build has none
#endif
    QFETCH(QString, resource);
    QFETCH(QString, point);
    const QString unit = u"pr-killed-%1.service"_s.arg(point.section(u'_', 0, 0));
    LimitCase limits = started(unit, sleeper + u"MemoryMax=256M\nLimitNOFILE=1000:4000"_s);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    limits.service.resources.files = LimitConfig{2, 65536};
    const ActionRequest request = limits.intent(limits.look({{u"resource"_s, resource}}));
    QProcess engine;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"PRUNELLA_KILL_AT"_s, point);
    engine.setProcessEnvironment(environment);
    engine.start(QCoreApplication::applicationFilePath(), {u"--act"_s, unit, resource, request.plan});
    QVERIFY(engine.waitForFinished());
    QCOMPARE(engine.exitStatus(), QProcess::CrashExit);
    QTRY_COMPARE(unitProperty(unit, u"Job"_s), QString());
    COMPLETES(limits.run(request)); // the next engine does it once more
    QTRY_COMPARE(resource == u"files" ? openFilesLimit(unit) : kernelWord(unit, u"memory.max"_s), resource == u"files" ? QByteArray("2000") : k320);
    COMPLETES(limits.run(limits.inverse(request)));
    QTRY_COMPARE(resource == u"files" ? openFilesLimit(unit) : kernelWord(unit, u"memory.max"_s), resource == u"files" ? QByteArray("1000") : k256);
    QCOMPARE(unitProperty(unit, u"DropInPaths"_s), QString());
}

void TestUnitLimits::changedSince()
{
    const QString unit = u"pr-changed.service"_s;
    LimitCase limits = started(unit, sleeper + u"MemoryMax=256M\nLimitNOFILE=1000:4000"_s);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    limits.service.resources.files = LimitConfig{2, 65536};
    const ActionRequest request = limits.intent(limits.look({{u"resource"_s, u"memory"_s}})), files = limits.intent(limits.look({{u"resource"_s, u"files"_s}}));
    systemctl({u"set-property"_s, u"--runtime"_s, unit, u"MemoryMax=1G"_s});
    const ActionResult result = limits.run(request);
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::Failed);
    QCOMPARE(result.output, u"MemoryMax of pr-changed.service is 1073741824 (1 GiB), not 268435456 (256 MiB) as when the action was decided; nothing was done"_s);
    QCOMPARE(kernelWord(unit, u"memory.max"_s), "1073741824");
    putFile(u"/run/systemd/system/pr-changed.service.d/50-prunella-limits.conf"_s, "[Service]\nLimitNOFILE=5000\n");
    const ActionResult other = limits.run(files);
    QVERIFY2(other.status == ActionStatus::Failed && other.output.contains(u"changed meanwhile by somebody else"_s), qPrintable(other.output));
    QTRY_COMPARE(openFilesLimit(unit), "1000");
    ActionRequest foreign = request; // a plan about somebody else's unit is not carried out
    foreign.plan.replace(unit, u"dbus.service"_s);
    QCOMPARE(limits.run(foreign).output, u"no action was made"_s);
}

void TestUnitLimits::nothingToRaise()
{
    const QString unit = u"pr-free.service"_s;
    LimitCase limits = started(unit, sleeper);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    const Preflight look = limits.look();
    QVERIFY(look.objection && look.objection->reason == Reason::NoAction);
    QCOMPARE(look.objection->detail, u"MemoryMax of pr-free.service is infinity: there is no limit that could be raised"_s);
    const Preflight files = limits.look({{u"resource"_s, u"files"_s}});
    QVERIFY(files.objection && files.objection->detail == u"resources.files of web is not configured");
    limits.service.unit = u"pr-nothing.service"_s;
    QCOMPARE(limits.look().objection->detail, u"there is no unit pr-nothing.service: install it or correct `unit`"_s);
    limits.service.unit = unit; // a limit beyond what the host has: the room is the host's
    systemctl({u"set-property"_s, u"--runtime"_s, unit, u"MemoryMax=900T"_s});
    limits.service.resources.memory->max = 1e15;
    QVERIFY(limits.look().objection && limits.look().objection->reason == Reason::NoRoom);
}

void TestUnitLimits::dropInThatWins()
{
    const QString unit = u"pr-wins.service"_s, file = u"/run/systemd/system/pr-wins.service.d/90-own.conf"_s;
    putFile(file, "[Service]\nMemoryMax=256M\nLimitNOFILE=1000\n");
    LimitCase limits = started(unit, sleeper);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    limits.service.resources.files = LimitConfig{2, 65536};
    QCOMPARE(limits.look().objection->detail, u"MemoryMax of %1 is set by %2, which wins over what would be set: change it there"_s.arg(unit, file));
    QCOMPARE(limits.look({{u"resource"_s, u"files"_s}}).objection->detail,
             u"LimitNOFILE of %1 is set by %2, which wins over what would be set: change it there"_s.arg(unit, file));
}

void TestUnitLimits::whichResource()
{
    const QString unit = u"pr-which.service"_s;
    LimitCase limits = started(unit, sleeper + u"MemoryMax=1G\nTasksMax=20\nLimitNOFILE=1000:4000"_s);
    limits.service.resources.memory = LimitConfig{1.25, gib};
    limits.service.resources.tasks = LimitConfig{1.5, 100};
    limits.service.resources.files = LimitConfig{2, 65536};
    QCOMPARE(limits.look().subject, u"tasks"_s); // the first that can still be raised
    QCOMPARE(limits.look({}, u"errors_for_files"_s).subject, u"files"_s);
    QVERIFY(limits.look({}, u"at_own_limit"_s).objection->reason == Reason::AtMaximum);
    QVERIFY(limits.look({}, u"data_grows"_s).objection.has_value()); // no limit of a unit helps a full disk
    QVERIFY(limits.look({{u"resource"_s, u"disk"_s}}).objection.has_value());
}

void TestUnitLimits::notAuthorised()
{
    const QString unit = u"pr-rights.service"_s;
    LimitCase limits = started(unit, sleeper + u"MemoryMax=256M\nLimitNOFILE=1000:4000"_s);
    limits.service.resources.memory = LimitConfig{1.25, 2 * gib};
    limits.service.resources.files = LimitConfig{2, 65536};
    const ActionRequest request = limits.intent(limits.look());
    const ActionRequest files = limits.intent(limits.look({{u"resource"_s, u"files"_s}}));
    std::optional<ActionResult> memory, open;
    Preflight look;
    {
        const AsNobody nobody;
        memory = limits.run(request);
        open = limits.run(files);
        look = limits.look({{u"resource"_s, u"files"_s}});
    }
    QVERIFY2(memory->failure == FailureKind::NotAuthorised, qPrintable(memory->output));
    QCOMPARE(memory->output, u"not authorised by polkit for unit pr-rights.service: a polkit rule must allow "
                             "org.freedesktop.systemd1.manage-units to the user of the engine"_s);
    QVERIFY2(open->failure == FailureKind::NotAuthorised, qPrintable(open->output));
    QVERIFY(look.objection && look.objection->reason == Reason::NotAuthorised); // known beforehand
    QCOMPARE(kernelWord(unit, u"memory.max"_s), k256);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--act"_s)
        return actHere(app.arguments());
    TestUnitLimits test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_unit_limits.moc"
