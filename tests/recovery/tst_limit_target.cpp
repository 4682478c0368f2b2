#include "core/recovery/LimitDropIn.h"
#include "core/recovery/LimitPlan.h"
#include "core/recovery/LimitTarget.h"
#include "core/recovery/UnitLimits.h"

#include <QDir>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr double mib = 1024 * 1024, gib = 1024 * mib;

void put(const QString &path, const QByteArray &bytes)
{
    QVERIFY(QDir().mkpath(QFileInfo(path).path()));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(bytes);
}

} // namespace

class TestLimitTarget : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void nextLimit_data();
    void nextLimit();
    void sentences();
    void hostRoom();
    void roomOfTheHost();
    void causes_data();
    void causes();
    void planIsKept();
    void inverse();
    void calls();
    void openFilesInADropIn();
    void dropInThatWins();
    void replacedInOneStep();
    void kernelFiles();
};

void TestLimitTarget::nextLimit_data()
{
    QTest::addColumn<QString>("subject");
    QTest::addColumn<double>("step");
    QTest::addColumn<double>("max");
    QTest::addColumn<double>("present");
    QTest::addColumn<double>("most");
    QTest::addColumn<double>("target"); // negative: the objection's number
    QTest::newRow("one step") << u"memory"_s << 1.25 << 2 * gib << 256 * mib << 100 * gib << 320 * mib;
    QTest::newRow("the configured most") << u"memory"_s << 1.25 << 300 * mib << 256 * mib << 100 * gib << 300 * mib;
    QTest::newRow("what the host has") << u"memory"_s << 1.25 << 2 * gib << 256 * mib << 280 * mib << 280 * mib;
    QTest::newRow("whole pages") << u"memory"_s << 1.25 << 2 * gib << 256 * mib << 280 * mib + 5 << 280 * mib;
    QTest::newRow("less than a page more") << u"memory"_s << 1.25 << 2 * gib << 256 * mib << 256 * mib + 4095 << -double(Reason::NoRoom);
    QTest::newRow("no room") << u"memory"_s << 1.25 << 2 * gib << 256 * mib << -5.0 << -double(Reason::NoRoom);
    QTest::newRow("at its most") << u"memory"_s << 1.25 << 256 * mib << 256 * mib << 100 * gib << -double(Reason::AtMaximum);
    QTest::newRow("beyond its most") << u"memory"_s << 1.25 << 128 * mib << 256 * mib << 100 * gib << -double(Reason::AtMaximum);
    QTest::newRow("percent") << u"cpu"_s << 1.5 << 200.0 << 50.0 << 200.0 << 75.0;
    QTest::newRow("whole percent") << u"cpu"_s << 1.5 << 200.0 << 33.5 << 200.0 << 51.0;
    QTest::newRow("cores") << u"cpu"_s << 1.5 << 800.0 << 180.0 << 200.0 << 200.0;
    QTest::newRow("all cores") << u"cpu"_s << 1.5 << 800.0 << 200.0 << 200.0 << -double(Reason::NoRoom);
    QTest::newRow("a small count grows by one") << u"tasks"_s << 1.25 << 100.0 << 3.0 << 1e6 << 4.0;
    QTest::newRow("files") << u"files"_s << 2.0 << 65536.0 << 1024.0 << 1048576.0 << 2048.0;
    QTest::newRow("weight") << u"cpu_weight"_s << 2.0 << 150.0 << 100.0 << 10000.0 << 150.0;
}

void TestLimitTarget::nextLimit()
{
    QFETCH(QString, subject);
    QFETCH(double, step);
    QFETCH(double, max);
    QFETCH(double, present);
    QFETCH(double, most);
    QFETCH(double, target);
    const auto next = prunella::nextLimit({subject, {step, max}, present, most});
    QCOMPARE(next ? *next : -double(next.error().reason), target);
    if (!next)
        QVERIFY(next.error().decision == Decision::Refuse && !next.error().detail.isEmpty());
}

void TestLimitTarget::sentences()
{
    QCOMPARE(prunella::nextLimit({u"memory"_s, {1.25, 2 * gib}, 2 * gib, 99 * gib}).error().detail, u"MemoryMax is 2 GiB already, and 2 GiB is the configured most"_s);
    QCOMPARE(prunella::nextLimit({u"cpu"_s, {1.5, 400}, 200, 200}).error().detail,
             u"CPUQuota is 200 %, and the host has no more to give: 200 % is the most that leaves its reserve"_s);
    QCOMPARE(limitText(u"memory"_s, 1536 * mib), u"1536 MiB"_s);
    QCOMPARE(limitText(u"memory"_s, 512 * 1024), u"512 KiB"_s);
    QCOMPARE(limitText(u"cpu"_s, 33.5), u"33.5 %"_s);
    QCOMPARE(limitText(u"tasks"_s, 100'000), u"100000"_s);
}

void TestLimitTarget::hostRoom()
{
    QTemporaryDir dir;
    put(dir.filePath(u"meminfo"_s), "MemTotal:       24684084 kB\nMemFree:        14807468 kB\nMemAvailable:   23385408 kB\n");
    put(dir.filePath(u"sys/kernel/pid_max"_s), "32768\n");
    put(dir.filePath(u"sys/kernel/threads-max"_s), "192730\n");
    put(dir.filePath(u"sys/fs/nr_open"_s), "1048576\n");
    put(dir.filePath(u"loadavg"_s), "4.11 3.78 2.86 4/145 6807\n");
    const HostRoom room = readHostRoom(dir.path());
    QCOMPARE(room.memoryTotal, 24684084LL * 1024);
    QCOMPARE(room.memoryAvailable, 23385408LL * 1024);
    QCOMPARE(room.tasksMost, 32768);
    QCOMPARE(room.tasksNow, 145);
    QCOMPARE(room.filesMost, 1048576);
    const HostRoom real = readHostRoom();
    QVERIFY(real.memoryTotal > real.memoryAvailable && real.memoryAvailable > 0 && real.cores > 0);
    QVERIFY(real.tasksMost > real.tasksNow && real.tasksNow > 0 && real.filesMost > 0);
    QVERIFY(std::isinf(mostMemory(readHostRoom(u"/nowhere"_s), 5))); // what is not known bounds nothing
}

void TestLimitTarget::roomOfTheHost()
{
    HostRoom room;
    room.memoryTotal = qint64(10 * gib);
    room.memoryAvailable = qint64(3 * gib);
    QCOMPARE(mostMemory(room, 256 * mib), 256 * mib + 2 * gib); // a tenth stays
    room.memoryTotal = qint64(gib);
    room.memoryAvailable = qint64(200 * mib);
    QCOMPARE(mostMemory(room, 0), 72 * mib); // 128 MiB at least
    room.cores = 4;
    QCOMPARE(mostCpu(room), 400.0);
    room.tasksMost = 1000;
    room.tasksNow = 500;
    QCOMPARE(mostTasks(room, 20), 420.0);
}

void TestLimitTarget::causes_data()
{
    QTest::addColumn<QString>("cause");
    QTest::addColumn<QString>("resource");
    for (const char *cause : {"killed_at_limit", "at_own_limit", "errors_for_memory", "needs_more_memory", "oom_kill", "own_out_of_memory", "leak_of_service"})
        QTest::newRow(cause) << QString::fromLatin1(cause) << u"memory"_s;
    for (const char *cause : {"throttled_by_quota", "throttled_and_failing"})
        QTest::newRow(cause) << QString::fromLatin1(cause) << u"cpu"_s;
    for (const char *cause : {"too_many_files", "errors_for_files"})
        QTest::newRow(cause) << QString::fromLatin1(cause) << u"files"_s;
    for (const char *cause : {"too_many_tasks", "fork_failed"})
        QTest::newRow(cause) << QString::fromLatin1(cause) << u"tasks"_s;
    for (const char *cause : {"data_grows", "data_fills_fast", "no_space"})
        QTest::newRow(cause) << QString::fromLatin1(cause) << u"disk"_s;
    for (const char *cause : {"", "port_taken", "mapped_file_gone", "program_missing", "connections_leak", "pool_leak"})
        QTest::newRow(*cause ? cause : "none") << QString::fromLatin1(cause) << QString();
}

void TestLimitTarget::causes()
{
    QFETCH(QString, cause);
    QFETCH(QString, resource);
    QCOMPARE(resourceOfCause(cause), resource);
}

void TestLimitTarget::planIsKept()
{
    const LimitPlan plan{false, true, false, {{u"web.service"_s, u"MemoryMax"_s, 268'435'456, noLimit, QByteArray("[Service]\nMemoryMax=1\xff\n")},
                                              {u"web.service"_s, u"TasksMax"_s, (1ULL << 60) + 1, 7, {}}}};
    const auto read = limitPlanFromJson(toJson(plan));
    QVERIFY(read && !read->runtime && read->transient && !read->restores);
    QCOMPARE(read->changes.size(), 2);
    QCOMPARE(read->changes[0].to, noLimit);
    QCOMPARE(*read->changes[0].dropInBefore, QByteArray("[Service]\nMemoryMax=1\xff\n"));
    QCOMPARE(read->changes[1].from, (1ULL << 60) + 1); // no double in between
    QVERIFY(!read->changes[1].dropInBefore);
    QVERIFY(!limitPlanFromJson(u"{}"_s) && !limitPlanFromJson(u"nonsense"_s));
    QVERIFY(!limitPlanFromJson(u"{\"changes\":[{\"unit\":\"a.service\",\"property\":\"MemoryMax\",\"from\":\"x\",\"to\":\"1\"}]}"_s));
}

void TestLimitTarget::inverse()
{
    ActionRequest done;
    done.subject = u"tasks"_s;
    done.valueBefore = u"10"_s;
    done.valueTarget = u"20"_s;
    done.plan = toJson({true, false, false, {{u"web.service"_s, u"TasksMax"_s, 10, 20, {}}}});
    const ActionRequest undo = inverseOfLimits(done);
    QCOMPARE(undo.valueBefore, u"20"_s);
    QCOMPARE(undo.valueTarget, u"10"_s);
    const auto plan = limitPlanFromJson(undo.plan);
    QVERIFY(plan && plan->restores && plan->changes[0].from == 20 && plan->changes[0].to == 10);
    QCOMPARE(inverseOfLimits(undo).plan, done.plan);
}

void TestLimitTarget::calls()
{
    ActionRequest request;
    request.subject = u"memory"_s;
    request.unit = u"web.service"_s;
    request.plan = toJson({true, false, false, {{u"web.service"_s, u"MemoryMax"_s, 268'435'456, 335'544'320, {}}}});
    QCOMPARE(describeLimits(request), u"SetUnitProperties(\"web.service\", runtime, MemoryMax=335544320 (320 MiB, now 256 MiB))"_s);
    request.stateBefore = u"failed/failed result=oom-kill"_s;
    QVERIFY(describeLimits(request).endsWith(u"), then RestartUnit(\"web.service\", \"replace\")"_s));
    const ActionRequest undo = inverseOfLimits(request);
    QCOMPARE(describeLimits(undo), u"SetUnitProperties(\"web.service\", runtime, MemoryMax=268435456 (256 MiB, now 320 MiB)), then remove "
                                    "/run/systemd/system.control/web.service.d/50-MemoryMax.conf, then Manager.Reload()"_s);
    request.stateBefore.clear();
    request.plan = toJson({false, false, false, {{u"web.service"_s, u"CPUQuotaPerSecUSec"_s, 500'000, 750'000, {}}}});
    QCOMPARE(describeLimits(request), u"SetUnitProperties(\"web.service\", persistent, CPUQuotaPerSecUSec=750000 (75 %, now 50 %))"_s);
    request.plan = toJson({true, false, false, {{u"web.service"_s, u"CPUWeight"_s, noLimit, 150, {}}}});
    QCOMPARE(describeLimits(request), u"SetUnitProperties(\"web.service\", runtime, CPUWeight=150 (now not set))"_s);
    request.subject = u"files"_s;
    request.plan = toJson({true, false, false, {{u"web.service"_s, u"LimitNOFILESoft"_s, 1024, 2048, {}}, {u"web.service"_s, u"LimitNOFILE"_s, 524288, 524288, {}}}});
    QCOMPARE(describeLimits(request), u"write LimitNOFILE=2048:524288 (now 1024:524288) to /run/systemd/system/web.service.d/50-prunella-limits.conf, "
                                       "then Manager.Reload() and RestartUnit(\"web.service\", \"replace\")"_s);
    request.plan.clear();
    QVERIFY(describeLimits(request).isEmpty());
}

void TestLimitTarget::openFilesInADropIn()
{
    QCOMPARE(withOpenFiles({}, 2048, noLimit).value_or(QByteArray()),
             "# Written by Prunella (increase_resources); removed again when that is undone.\n[Service]\nLimitNOFILE=2048:infinity\n");
    const QByteArray edited = "# mine\n[Service]\nNice=5\nLimitNOFILE=1024:4096\n";
    QCOMPARE(withOpenFiles(edited, 2048, 4096).value_or(QByteArray()), "# mine\n[Service]\nNice=5\nLimitNOFILE=2048:4096\n");
    QVERIFY(!withOpenFiles(QByteArray("[Service]\nNice=5\n"), 1, 2)); // somebody made something else of it
}

void TestLimitTarget::dropInThatWins()
{
    QTemporaryDir dir;
    const QString later = dir.filePath(u"99-limits.conf"_s), earlier = dir.filePath(u"10-limits.conf"_s), other = dir.filePath(u"99-other.conf"_s);
    put(later, "[Service]\n MemoryMax = 1G\n");
    put(earlier, "[Service]\nMemoryMax=1G\n");
    put(other, "[Service]\n#MemoryMax=1G\nMemoryMaxx=1\n");
    const QString ours = u"/run/systemd/system.control/web.service.d/50-MemoryMax.conf"_s;
    QCOMPARE(winningDropIn({earlier, later}, ours, u"MemoryMax"_s), later);
    QCOMPARE(winningDropIn({earlier, other, u"/nowhere/99.conf"_s}, ours, u"MemoryMax"_s), QString());
    QCOMPARE(winningDropIn({later}, ours, u"TasksMax"_s), QString());
    const QString kept = dir.filePath(u"50-prunella-limits.conf"_s); // not below /run, so it is taken before the one in /run
    put(kept, "[Service]\nLimitNOFILE=5\n");
    QCOMPARE(winningDropIn({kept}, limitsDropIn(false, true, u"web.service"_s), u"LimitNOFILE"_s), kept);
    QCOMPARE(winningDropIn({kept}, kept, u"LimitNOFILE"_s), QString());
}

void TestLimitTarget::replacedInOneStep()
{
    QTemporaryDir dir;
    const QString path = dir.filePath(u"web.service.d/50-a.conf"_s), folder = dir.filePath(u"web.service.d"_s);
    QVERIFY(replaceDropIn(path, {}, QByteArray("one")));
    QCOMPARE(readDropIn(path).value_or(DropInBytes()), DropInBytes("one"));
    QCOMPARE(QDir(folder).entryList(QDir::Files | QDir::Hidden), QStringList{u"50-a.conf"_s}); // no rest
    QVERIFY(replaceDropIn(path, {}, QByteArray("one"))); // done already
    const Status other = replaceDropIn(path, QByteArray("zero"), QByteArray("two"));
    QVERIFY(!other && other.error().code == ErrorCode::Busy);
    QCOMPARE(*readDropIn(path).value_or(DropInBytes()), "one");
    QVERIFY(replaceDropIn(path, QByteArray("one"), QByteArray("two")));
    QCOMPARE(*readDropIn(path).value_or(DropInBytes()), "two");
    QVERIFY(replaceDropIn(path, QByteArray("two"), {}));
    QVERIFY(!QFileInfo::exists(folder)); // made by it, taken away by it
    QVERIFY(replaceDropIn(path, QByteArray("two"), {}));
    put(folder + u"/other.conf"_s, "x");
    QVERIFY(replaceDropIn(path, {}, QByteArray("one")) && replaceDropIn(path, QByteArray("one"), {}));
    QVERIFY(QFileInfo::exists(folder + u"/other.conf"_s));
    QVERIFY(QFile::link(folder + u"/other.conf"_s, path)); // a link is not followed
    QVERIFY(!replaceDropIn(path, QByteArray("x"), QByteArray("two")));
    QCOMPARE(*readDropIn(folder + u"/other.conf"_s).value_or(DropInBytes()), "x");
}

void TestLimitTarget::kernelFiles()
{
    QTemporaryDir dir;
    const QString v1 = dir.filePath(u"v1"_s), v2 = dir.filePath(u"v2"_s), group = u"/system.slice/web.service"_s;
    put(v2 + u"/cgroup.controllers"_s, "cpu memory pids\n");
    put(v2 + group + u"/memory.max"_s, "268435456\n");
    put(v2 + group + u"/memory.high"_s, "max\n");
    put(v2 + group + u"/cpu.max"_s, "25000 50000\n");
    put(v2 + group + u"/pids.max"_s, "33\n");
    put(v2 + group + u"/cpu.weight"_s, "150\n");
    put(v2 + group + u"/io.weight"_s, "default 200\n");
    QCOMPARE(kernelLimit(u"MemoryMax"_s, group, v2), std::optional<quint64>(268435456));
    QCOMPARE(kernelLimit(u"MemoryHigh"_s, group, v2), std::optional<quint64>(noLimit));
    QCOMPARE(kernelLimit(u"CPUQuotaPerSecUSec"_s, group, v2), std::optional<quint64>(500'000));
    QCOMPARE(kernelLimit(u"TasksMax"_s, group, v2), std::optional<quint64>(33));
    QCOMPARE(kernelLimit(u"CPUWeight"_s, group, v2), std::optional<quint64>(150));
    QCOMPARE(kernelLimit(u"IOWeight"_s, group, v2), std::optional<quint64>(200));
    put(v1 + u"/memory"_s + group + u"/memory.limit_in_bytes"_s, "9223372036854771712\n");
    put(v1 + u"/cpu"_s + group + u"/cpu.cfs_quota_us"_s, "150000\n");
    put(v1 + u"/cpu"_s + group + u"/cpu.cfs_period_us"_s, "100000\n");
    put(v1 + u"/cpu"_s + group + u"/cpu.shares"_s, "2048\n");
    QCOMPARE(kernelLimit(u"MemoryMax"_s, group, v1), std::optional<quint64>(noLimit));
    QCOMPARE(kernelLimit(u"CPUQuotaPerSecUSec"_s, group, v1), std::optional<quint64>(1'500'000));
    QCOMPARE(kernelLimit(u"CPUWeight"_s, group, v1), std::optional<quint64>(200));
    QVERIFY(!kernelLimit(u"TasksMax"_s, group, v1));
    QVERIFY(!kernelEnforces(u"TasksMax"_s, group, v1) && kernelEnforces(u"TasksMax"_s, {}, v1));
    const auto files = openFilesOf(getpid());
    QVERIFY(files && files->first > 0 && files->second >= files->first && !openFilesOf(0));
}

QTEST_GUILESS_MAIN(TestLimitTarget)
#include "tst_limit_target.moc"
