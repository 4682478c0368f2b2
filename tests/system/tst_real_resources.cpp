// labels: sandbox
// Memory that really leaks, a limit that really kills, a loop that really runs, a quota that really throttles, a disk
// that is really full.
#include "core/detection/Trend.h"
#include "core/monitoring/KernelLog.h"
#include "core/monitoring/ProcessMonitor.h"
#include "core/monitoring/UnitWatcher.h"
#include "tests/support/HttpServer.h"
#include "tests/system/RealCase.h"
#include "tests/system/RealUnit.h"

#include <QDir>
#include <QTcpServer>
#include <QTest>
#include <QTimer>

#include <csignal>
#include <fcntl.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 windowMs = 2000; // a course in two seconds where the engine looks at half an hour

/// Samples one metric of a unit twenty times a second, as systemd accounts it.
class Course : public QObject
{
public:
    Course(const QString &unit, const QString &metric)
        : m_watcher(false, std::make_shared<SystemClock>()), m_metric(metric), m_window(windowMs)
    {
        connect(&m_watcher, &UnitWatcher::samplesReady, this, [this](const QList<Sample> &samples) { take(samples); });
        connect(&m_timer, &QTimer::timeout, &m_watcher, &UnitWatcher::sampleResources);
        m_watcher.setUnits({{unit, u"victim"_s}});
        m_watcher.start();
        m_timer.start(50);
    }
    [[nodiscard]] SeriesFacts facts() const { return m_window.facts(m_unit, m_wallMs); }
    [[nodiscard]] TrendShape shape() const { return facts().shape; }

private:
    void take(const QList<Sample> &samples)
    {
        for (const Sample &sample : samples) {
            if (sample.key.metric != m_metric)
                continue;
            m_window.add(sample.monotonicMs, sample.value);
            m_unit = sample.unit;
            m_wallMs = sample.wallMs;
        }
    }
    UnitWatcher m_watcher;
    QTimer m_timer;
    QString m_metric, m_unit;
    TrendWindow m_window;
    qint64 m_wallMs = 0;
};

bool active(const UnitState &state) { return state.activeState == u"active"_s && !state.controlGroup.isEmpty(); }

const SeriesKey memoryKey{u"unit_memory"_s, {{u"service"_s, u"victim"_s}}};
const SeriesKey cpuKey{u"process_cpu"_s, {{u"service"_s, u"victim"_s}}};

/// Of the process, from /proc: not every kernel accounts processor time for control groups.
class ProcessorTime
{
public:
    explicit ProcessorTime(qint64 pid) : m_monitor(u"victim"_s, 1000, [pid] { return std::vector<qint64>{pid}; }) {}
    /// Since the last look.
    [[nodiscard]] SeriesFacts look()
    {
        SeriesFacts facts;
        for (const Sample &sample : m_monitor.sample(SystemClock().now())) {
            if (sample.key.metric == u"process_cpu"_s)
                facts.last = sample.value;
        }
        facts.unit = u"%"_s;
        return facts;
    }

private:
    ProcessMonitor m_monitor;
};

/// A file system of its own, of this size.
class SmallDisk
{
public:
    explicit SmallDisk(const QString &path, const QString &options) : m_path(path)
    {
        if (!QFile::exists(u"/run/out"_s) || !QDir().mkpath(path) || runProgram({u"mount"_s, u"-t"_s, u"tmpfs"_s, u"-o"_s, options, u"tmpfs"_s, path}) != 0)
            qFatal("cannot mount %s; run this test in tests/support/systemd-sandbox", qPrintable(path));
    }
    ~SmallDisk() { runProgram({u"umount"_s, u"-l"_s, m_path}); }
    Q_DISABLE_COPY_MOVE(SmallDisk)
    /// Writes this many MiB, or what there is room for.
    void fill(const QString &file, int mib) const
    {
        QDir().mkpath(QFileInfo(m_path + u'/' + file).path());
        QFile out(m_path + u'/' + file);
        if (!out.open(QIODevice::WriteOnly))
            qFatal("cannot write %s", qPrintable(out.fileName()));
        for (int i = 0; i < mib; ++i)
            out.write(QByteArray(1 << 20, 'x'));
    }

private:
    QString m_path;
};

Diagnosis judgeDisk(const QString &path, const QString &metric = u"disk_usage"_s)
{
    RealCase real(ErrorType::DiskFull, u"host"_s);
    real.lookAtHost();
    const SeriesKey key{metric, {{u"path"_s, path}}};
    SeriesFacts facts = real.input.series.value(key);
    if (!real.input.series.contains(key))
        facts.last = 99;
    facts.unit = u"%"_s;
    facts.shape = TrendShape::Spike; // it was empty when the test began
    real.over(key, facts);
    const Diagnosis found = real.diagnose();
    qInfo().noquote() << real.asked.join(u", "_s) << toText(found);
    return found;
}

} // namespace

class TestRealResources : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void leaks();
    void killedAtItsLimit();
    void pressesAgainstItsLimit();
    void runsInCircles();
    void throttledByItsQuota();
    void logsFillTheDisk();
    void deletedFileIsHeldOpen();
    void inodesAreUsedUp();
};

void TestRealResources::leaks()
{
    const RealUnit unit(u"leaking"_s, u"ExecStart=/usr/bin/perl -e 'while (1) { push @a, \"x\" x 400000; select(undef, undef, undef, 0.03) }'\n"
                                       "MemoryAccounting=yes\nMemoryMax=2G"_s);
    unit.start();
    RealCase real(ErrorType::MemoryLeak);
    real.lookAtUnit(unit.unit(), active);
    const Course course(unit.unit(), u"unit_memory"_s);
    QTRY_VERIFY_WITH_TIMEOUT(course.shape() == TrendShape::Leak, 15'000);
    real.over(memoryKey, course.facts());
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"service_leak"_s && found.confidence > 0.8, qPrintable(toText(found)));
    QVERIFY2(real.asked.contains(u"cgroup file_percent"_s), qPrintable(real.asked.join(u", "_s)));
}

void TestRealResources::killedAtItsLimit()
{
    KernelLog log(std::make_shared<SystemClock>());
    QList<OomKill> kills;
    connect(&log, &KernelLog::eventReady, this, [&](const RawEvent &event) {
        if (event.kind == RawEventKind::OomKilled)
            kills << event.oom;
    });
    log.start();
    QVERIFY2(log.isReading(), "the kernel log must be readable here");
    const RealUnit unit(u"limited"_s, u"ExecStart=/usr/bin/tail /dev/zero\nMemoryMax=32M\nMemorySwapMax=0"_s); // keeps a line without end
    unit.start();
    RealCase real(ErrorType::MemoryLeak);
    real.lookAtUnit(unit.unit(), [](const UnitState &state) { return state.activeState == u"failed"_s; });
    QTRY_VERIFY_WITH_TIMEOUT(!kills.isEmpty(), 10'000);
    real.input.oomKills = kills;
    real.lookAtHost();
    real.over(memoryKey, SeriesFacts{});
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"killed_at_limit"_s, qPrintable(toText(found)));
    QVERIFY(found.actions == (QList<ActionType>{ActionType::IncreaseResources, ActionType::RestartService}));
}

void TestRealResources::pressesAgainstItsLimit()
{
    const RealUnit unit(u"tight"_s, u"ExecStart=/usr/bin/perl -e 'push @a, \"x\" x 1048576 for 1 .. 91; select(undef, undef, undef, 1000)'\n"
                                     "MemoryAccounting=yes\nMemoryMax=100M\nMemorySwapMax=0"_s);
    unit.start();
    RealCase real(ErrorType::MemoryLeak);
    real.lookAtUnit(unit.unit(), active);
    const Course course(unit.unit(), u"unit_memory"_s);
    QTRY_VERIFY_WITH_TIMEOUT(course.facts().last > 90e6 && (course.shape() == TrendShape::Flat || course.shape() == TrendShape::Step), 15'000);
    real.over(memoryKey, course.facts());
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"at_own_limit"_s, qPrintable(toText(found)));
}

void TestRealResources::runsInCircles()
{
    QTcpServer silent; // as the listener of a program that never comes back to it
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    silent.pauseAccepting();
    const RealUnit unit(u"looping"_s, u"ExecStart=/usr/bin/perl -e '1 while 1'\nCPUAccounting=yes"_s);
    unit.start();
    RealCase real(ErrorType::CpuSpike);
    real.lookAtUnit(unit.unit(), active);
    HealthCheckConfig check;
    check.url = u"http://127.0.0.1:%1/"_s.arg(silent.serverPort());
    check.timeoutMs = 300;
    real.check(check);
    ProcessorTime time(real.subject.pid);
    SeriesFacts used;
    const auto busy = [&] { return used.last > 30 || (used = time.look()).last > 30; }; // of a core; the test's machine may be busy
    QTRY_VERIFY_WITH_TIMEOUT(busy(), 15'000);
    real.over(cpuKey, used);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"runaway_service"_s && found.confidence > 0.8, qPrintable(toText(found)));
    QVERIFY(found.actions == QList<ActionType>{ActionType::RestartService});
}

void TestRealResources::throttledByItsQuota()
{
    test::HttpServer server;
    server.reply(200);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const RealUnit unit(u"throttled"_s, u"ExecStart=/usr/bin/perl -e '1 while 1'\nCPUAccounting=yes\nCPUQuota=10%"_s);
    unit.start();
    RealCase real(ErrorType::CpuSpike);
    real.lookAtUnit(unit.unit(), active);
    HealthCheckConfig check;
    check.url = server.url();
    QVERIFY(real.check(check).ok);
    ProcessorTime time(real.subject.pid);
    SeriesFacts used;
    const auto runs = [&] { return used.last > 0 || (used = time.look()).last > 0; };
    QTRY_VERIFY_WITH_TIMEOUT(runs(), 15'000);
    real.over(cpuKey, used);
    Diagnosis found;
    const auto throttled = [&] { return found.causeId == u"throttled_by_quota"_s || (found = real.diagnose()).causeId == u"throttled_by_quota"_s; };
    QTRY_VERIFY2_WITH_TIMEOUT(throttled(), qPrintable(toText(found)), 10'000); // the kernel counts periods of 100 ms
    QVERIFY(found.actions == QList<ActionType>{ActionType::IncreaseResources});
}

void TestRealResources::logsFillTheDisk()
{
    const SmallDisk disk(u"/srv/small-logs"_s, u"size=16m"_s);
    disk.fill(u"data/base"_s, 2);
    disk.fill(u"log/web.log"_s, 14);
    const Diagnosis found = judgeDisk(u"/srv/small-logs"_s);
    QVERIFY2(found.causeId == u"logs_grow"_s, qPrintable(toText(found)));
    QVERIFY(found.actions == QList<ActionType>{ActionType::FreeDiskSpace});
    QVERIFY(QFile::remove(u"/srv/small-logs/log/web.log"_s));
    disk.fill(u"data/import"_s, 14); // the same disk, as full, by another directory
    const Diagnosis data = judgeDisk(u"/srv/small-logs"_s);
    QVERIFY2(data.causeId == u"data_grows"_s, qPrintable(toText(data)));
}

void TestRealResources::deletedFileIsHeldOpen()
{
    const SmallDisk disk(u"/srv/small-open"_s, u"size=16m"_s);
    disk.fill(u"log/web.log"_s, 15);
    const int held = open("/srv/small-open/log/web.log", O_RDONLY | O_CLOEXEC);
    QVERIFY(held >= 0);
    QVERIFY(QFile::remove(u"/srv/small-open/log/web.log"_s));
    const Diagnosis found = judgeDisk(u"/srv/small-open"_s);
    close(held);
    QVERIFY2(found.causeId == u"deleted_but_open"_s, qPrintable(toText(found)));
}

void TestRealResources::inodesAreUsedUp()
{
    const SmallDisk disk(u"/srv/small-inodes"_s, u"size=16m,nr_inodes=40"_s);
    for (int i = 0;; ++i) {
        QFile file(u"/srv/small-inodes/session-%1"_s.arg(i));
        if (!file.open(QIODevice::WriteOnly))
            break;
    }
    const Diagnosis found = judgeDisk(u"/srv/small-inodes"_s);
    QVERIFY2(found.causeId == u"files_pile_up"_s, qPrintable(toText(found)));
}

QTEST_GUILESS_MAIN(TestRealResources)
#include "tst_real_resources.moc"
