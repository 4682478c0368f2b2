// parsesRealLines holds lines that kernels wrote. The lines of the other tests are composed in the kernel's format.
#include "core/monitoring/KernelLog.h"

#include <QSignalSpy>
#include <QTest>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

// Linux 5.0 on, with "oom-kill:" before.
void addRowsSince5()
{
    QTest::newRow("5.3, global, no UID") << QStringList{
        u"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/user.slice/user-10383.slice/user@10383.service,task=oomprocs,pid=3035,uid=10383"_s,
        u"Out of memory: Killed process 3035 (oomprocs) total-vm:1056800kB, anon-rss:8kB, file-rss:4kB, shmem-rss:0kB"_s}
        << qint64(3035) << u"oomprocs"_s << u"/user.slice/user-10383.slice/user@10383.service"_s << qint64(12);
    QTest::newRow("5.x, a name with brackets, no group line") << QStringList{
        u"Out of memory: Killed process 15925 ((resolved)) total-vm:168424kB, anon-rss:4064kB, file-rss:3584kB, shmem-rss:0kB"_s}
        << qint64(15925) << u"(resolved)"_s << QString() << qint64(7648);
    QTest::newRow("no cpusets in the kernel, root group") << QStringList{
        u"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),global_oom,task_memcg=/,task=normal-priority,pid=23173,uid=0"_s,
        u"Out of memory: Killed process 23173 (normal-priority) total-vm:4228kB, anon-rss:88kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:52kB oom_score_adj:1000"_s}
        << qint64(23173) << u"normal-priority"_s << u"/"_s << qint64(88);
    QTest::newRow("6.6 (WSL), global, a user's unit") << QStringList{
        u"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=/,mems_allowed=0,global_oom,task_memcg=/user.slice/user-1000.slice/user@1000.service/session.slice/xdg-permission-store.service,task=xdg-permission-,pid=143948,uid=1000"_s,
        u"Out of memory: Killed process 143948 (xdg-permission-) total-vm:304148kB, anon-rss:320kB, file-rss:960kB, shmem-rss:0kB, UID:1000 pgtables:92kB oom_score_adj:200"_s}
        << qint64(143948) << u"xdg-permission-"_s
        << u"/user.slice/user-1000.slice/user@1000.service/session.slice/xdg-permission-store.service"_s << qint64(1280);
    QTest::newRow("6.18, unit with MemoryMax") << QStringList{
        u"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/system.slice/prunella-hog.service,task_memcg=/system.slice/prunella-hog.service,task=tail,pid=22992,uid=0"_s,
        u"Memory cgroup out of memory: Killed process 22992 (tail) total-vm:35476kB, anon-rss:32512kB, file-rss:1588kB, shmem-rss:0kB, UID:0 pgtables:108kB oom_score_adj:0"_s}
        << qint64(22992) << u"tail"_s << u"/system.slice/prunella-hog.service"_s << qint64(34100);
}

} // namespace

class tst_kernel_log : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void parsesRealLines_data();
    void parsesRealLines();
    void ignoresOtherLines_data();
    void ignoresOtherLines();
    void anotherVictimHasNoGroup();
    void oddNames();
    void oomGroupNamesAll();
    void unescapesRecords();
    void readsFromTheEnd();
    void unreadableIsTold();
    void endOfLogIsTold();
};

void tst_kernel_log::parsesRealLines_data()
{
    QTest::addColumn<QStringList>("lines");
    QTest::addColumn<qint64>("pid");
    QTest::addColumn<QString>("command");
    QTest::addColumn<QString>("group");
    QTest::addColumn<qint64>("rssKiB");

    // Captured: the last row on the machine where this was written, the others in public bug reports and mails.
    QTest::newRow("2.6.32 (RHEL 6), UID before the name") << QStringList{
        u"Task in /LXC011175068174 killed as a result of limit of /LXC011175068174 "_s,
        u"Memory cgroup out of memory: Kill process 215701 (java) score 854 or sacrifice child "_s,
        u"Killed process 215701, UID 679, (java) total-vm:11017300kB, anon-rss:7152432kB, file-rss:1232kB"_s}
        << qint64(215701) << u"java"_s << u"/LXC011175068174"_s << qint64(7153664);
    QTest::newRow("3.10 (RHEL 7), whole machine, UID after the name") << QStringList{
        u"Out of memory: Kill process 5372 (mongod) score 130 or sacrifice child"_s,
        u"Killed process 5372 (mongod), UID 0, total-vm:2539052kB, anon-rss:2117096kB, file-rss:0kB, shmem-rss:0kB"_s}
        << qint64(5372) << u"mongod"_s << QString() << qint64(2117096);
    QTest::newRow("4.x, the child is sacrificed") << QStringList{
        u"Task in /test killed as a result of limit of /test"_s,
        u"Memory cgroup out of memory: Kill process 3861 (bash) score 88 or sacrifice child"_s,
        u"Killed process 3876 (dd) total-vm:8484kB, anon-rss:1052kB, file-rss:1720kB, shmem-rss:0kB"_s}
        << qint64(3876) << u"dd"_s << u"/test"_s << qint64(2772);
    addRowsSince5();
}

void tst_kernel_log::parsesRealLines()
{
    QFETCH(QStringList, lines);
    OomLines oom;
    for (qsizetype i = 0; i + 1 < lines.size(); ++i)
        QVERIFY(!oom.feed(lines[i]));
    const auto kill = oom.feed(lines.constLast());
    QVERIFY(kill);
    QTEST(kill->pid, "pid");
    QTEST(kill->command, "command");
    QTEST(kill->controlGroup, "group");
    QTEST(kill->rssKiB, "rssKiB");
}

void tst_kernel_log::ignoresOtherLines_data()
{
    QTest::addColumn<QString>("line");
    QTest::newRow("reaper") << u"oom_reaper: reaped process 15784 (python3), now anon-rss:0kB, file-rss:0kB, shmem-rss:0kB"_s;
    QTest::newRow("invoked") << u"CPU 2/KVM invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=872"_s;
    QTest::newRow("call trace") << u" oom_kill_process+0xe8/0x130"_s;
    QTest::newRow("a user's words") << u"my program says: Killed process (x)"_s;
    QTest::newRow("empty") << QString();
}

void tst_kernel_log::ignoresOtherLines()
{
    QFETCH(QString, line);
    QVERIFY(!OomLines().feed(line));
}

void tst_kernel_log::anotherVictimHasNoGroup()
{
    OomLines oom;
    QVERIFY(!oom.feed(u"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,task_memcg=/a,task=x,pid=7,uid=0"_s));
    const auto kill = oom.feed(u"Memory cgroup out of memory: Killed process 8 (y) total-vm:10kB, anon-rss:2kB, file-rss:0kB, shmem-rss:0kB, UID:0 pgtables:4kB oom_score_adj:0"_s);
    QVERIFY(kill);
    QCOMPARE(kill->controlGroup, QString());
}

void tst_kernel_log::oddNames()
{
    OomLines oom;
    QVERIFY(!oom.feed(u"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg=/a,b,task_memcg=/a,b,task=Web, (x),pid=7,uid=0"_s));
    const auto kill = oom.feed(u"Memory cgroup out of memory: Killed process 7 (Web, (x)) total-vm:10kB, anon-rss:2kB, file-rss:1kB, shmem-rss:4kB, UID:0 pgtables:4kB oom_score_adj:0"_s);
    QVERIFY(kill);
    QCOMPARE(kill->command, u"Web, (x)"_s);
    QCOMPARE(kill->controlGroup, u"/a,b"_s);
    QCOMPARE(kill->rssKiB, 7);
}

void tst_kernel_log::oomGroupNamesAll()
{
    OomLines oom;
    QVERIFY(!oom.feed(u"Tasks in /system.slice/web.service are going to be killed due to memory.oom.group set"_s));
    for (const int pid : {11, 12}) {
        const auto kill = oom.feed(u"Memory cgroup out of memory: Killed process %1 (web) total-vm:10kB, anon-rss:2kB, file-rss:0kB, shmem-rss:0kB"_s.arg(pid));
        QVERIFY(kill);
        QCOMPARE(kill->controlGroup, u"/system.slice/web.service"_s);
    }
}

void tst_kernel_log::unescapesRecords()
{
    QCOMPARE(kmsgMessage("6,1234,5678,-;a\\x5cx2d b\n SUBSYSTEM=x\n").value(), u"a\\x2d b"_s);
    QCOMPARE(kmsgMessage("6,1,2,-;\\x4").value(), u"\\x4"_s);
    QVERIFY(!kmsgMessage("no record"));
}

// A pipe stands in for the device: it is read in the same way, and a test must not write into the machine's log.
void tst_kernel_log::readsFromTheEnd()
{
    QTemporaryDir dir;
    const QByteArray path = dir.filePath(u"kmsg"_s).toLocal8Bit();
    QCOMPARE(::mkfifo(path.constData(), 0600), 0);
    const int writer = ::open(path.constData(), O_RDWR | O_CLOEXEC);
    KernelLog log(std::make_shared<ManualClock>(), QString::fromLocal8Bit(path));
    QList<RawEvent> events;
    connect(&log, &KernelLog::eventReady, this, [&](const RawEvent &event) { events.append(event); });
    log.start();
    QVERIFY(log.isReading());
    const QByteArray one = "6,1,1,-;Out of memory: Killed process 9 (x) total-vm:1kB, anon-rss:3kB, file-rss:1kB, shmem-rss:0kB\n";
    QCOMPARE(::write(writer, one.constData(), size_t(one.size())), one.size());
    log.drain(); // at once, without the event loop
    QCOMPARE(events.size(), 1);
    QVERIFY(events[0].kind == RawEventKind::OomKilled);
    QCOMPARE(events[0].oom.rssKiB, 4);
    QCOMPARE(events[0].oom.wallMs, 1'700'000'000'000);
    QCOMPARE(::write(writer, one.constData(), size_t(one.size())), one.size());
    QTRY_COMPARE(events.size(), 2); // and by itself
    ::close(writer);
}

void tst_kernel_log::unreadableIsTold()
{
    KernelLog log(std::make_shared<ManualClock>(), u"/nowhere/kmsg"_s);
    QList<RawEvent> events;
    connect(&log, &KernelLog::eventReady, this, [&](const RawEvent &event) { events.append(event); });
    log.start();
    log.start();
    QCOMPARE(events.size(), 1); // once
    QVERIFY(events[0].kind == RawEventKind::SourceLost);
    QCOMPARE(events[0].text, u"kernel log not readable: /nowhere/kmsg: No such file or directory"_s);
    log.drain();
}

void tst_kernel_log::endOfLogIsTold()
{
    KernelLog log(std::make_shared<ManualClock>(), u"/dev/null"_s); // ends at once
    QList<RawEvent> events;
    connect(&log, &KernelLog::eventReady, this, [&](const RawEvent &event) { events.append(event); });
    log.start();
    log.drain();
    QCOMPARE(events.size(), 1);
    QVERIFY(events[0].kind == RawEventKind::SourceLost);
    QVERIFY(!log.isReading());
}

QTEST_GUILESS_MAIN(tst_kernel_log)
#include "tst_kernel_log.moc"
