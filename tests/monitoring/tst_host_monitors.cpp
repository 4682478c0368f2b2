// The host's monitors on captured files and on this machine.
#include "HostFixture.h"
#include "core/monitoring/CpuMonitor.h"
#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/LoadMonitor.h"
#include "core/monitoring/MemoryMonitor.h"
#include "core/monitoring/NetworkMonitor.h"
#include "core/monitoring/PressureMonitor.h"

#include <QElapsedTimer>
#include <QSet>
#include <QTest>
#include <cmath>
#include <sys/resource.h>

using namespace prunella;

namespace {

Now at(qint64 ms)
{
    return {1'700'000'000'000 + ms, 1'000'000 + ms, 1'000'000 + ms, {}};
}

void spin(qint64 ms)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < ms) { }
}

double processCpuMs()
{
    rusage usage{};
    getrusage(RUSAGE_SELF, &usage);
    return double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 + double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

} // namespace

class HostMonitorsTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void measuresProcessors();
    void bearsCoresThatComeAndGo();
    void measuresMemoryAndLoad();
    void measuresPressureAndSaysWhenThereIsNone();
    void measuresNetwork();
    void saysWhatItCannotRead();
    void recoversWhenTheFileIsBack();
    void seesABusyLoopOnThisMachine();
    void isPlausibleOnThisMachine();
    void makesMonitorsFromTheConfiguration();
    void costsLittle();
};

void HostMonitorsTest::measuresProcessors()
{
    HostFixture host;
    CpuMonitor monitor(1000, host.paths());
    host.write("stat", "cpu 100 0 100 1000 0 0 0 0\ncpu0 50 0 50 500 0 0 0 0\ncpu1 50 0 50 500 0 0 0 0\nintr 1\n");
    QVERIFY(monitor.sample(at(0)).isEmpty());
    host.write("stat", "cpu 150 0 125 1100 25 0 0 0\ncpu0 100 0 50 550 0 0 0 0\ncpu1 50 0 75 550 25 0 0 0\nintr 1\n");
    const auto samples = monitor.sample(at(1000));
    QCOMPARE(samples.size(), 5);
    QCOMPARE(valueOf(samples, "cpu_usage"), 37.5);
    QCOMPARE(valueOf(samples, "cpu_iowait"), 12.5);
    QCOMPARE(valueOf(samples, "cpu_steal"), 0.0);
    QCOMPARE(valueOf(samples, "cpu_core_usage{core=0}"), 50.0);
    QCOMPARE(valueOf(samples, "cpu_core_usage{core=1}"), 25.0);
    QCOMPARE(samples[0].monotonicMs, at(1000).monotonicMs);
    QCOMPARE(samples[0].wallMs, at(1000).wallMs);
    QVERIFY(monitor.sample(at(1001)).isEmpty()); // too soon: the reading before stays the base
    host.write("stat", "cpu 200 0 125 1150 25 0 0 0\n");
    QCOMPARE(valueOf(monitor.sample(at(2000)), "cpu_usage"), 50.0);
}

void HostMonitorsTest::bearsCoresThatComeAndGo()
{
    HostFixture host;
    CpuMonitor monitor(1000, host.paths());
    host.write("stat", "cpu 900 0 0 900 0 0 0 0\ncpu0 300 0 0 300 0 0 0 0\ncpu1 300 0 0 300 0 0 0 0\ncpu2 300 0 0 300 0 0 0 0\n");
    QVERIFY(monitor.sample(at(0)).isEmpty());
    host.write("stat", "cpu 620 0 0 620 0 0 0 0\ncpu0 310 0 0 310 0 0 0 0\ncpu2 310 0 0 310 0 0 0 0\ncpu3 1 0 0 1 0 0 0 0\n");
    auto samples = monitor.sample(at(1000)); // the total went backwards; 1 is gone, 3 is new
    QVERIFY(std::isnan(valueOf(samples, "cpu_usage")));
    QCOMPARE(samples.size(), 2);
    QCOMPARE(valueOf(samples, "cpu_core_usage{core=2}"), 50.0);
    host.write("stat", "cpu 640 0 0 640 0 0 0 0\ncpu0 320 0 0 310 0 0 0 0\ncpu3 2 0 0 1 0 0 0 0\ncpu99999999 1 0 0 1 0 0 0 0\n");
    samples = monitor.sample(at(2000));
    QCOMPARE(valueOf(samples, "cpu_usage"), 50.0);
    QCOMPARE(valueOf(samples, "cpu_core_usage{core=3}"), 100.0);
}

void HostMonitorsTest::measuresMemoryAndLoad()
{
    HostFixture host;
    host.write("meminfo", "MemTotal: 1000 kB\nMemAvailable: 150 kB\nSwapTotal: 100 kB\nSwapFree: 80 kB\n");
    host.write("loadavg", "3.00 2.00 1.00 1/95 7257\n");
    MemoryMonitor memory(1000, host.paths());
    auto samples = memory.sample(at(0));
    QCOMPARE(valueOf(samples, "memory_usage"), 85.0);
    QCOMPARE(valueOf(samples, "memory_available"), 150.0 * 1024);
    QCOMPARE(valueOf(samples, "swap_usage"), 20.0);
    LoadMonitor load(1000, host.paths(), 4);
    samples = load.sample(at(0));
    QCOMPARE(valueOf(samples, "load_1"), 3.0);
    QCOMPARE(valueOf(samples, "load_5"), 2.0);
    QCOMPARE(valueOf(samples, "load_15"), 1.0);
    QCOMPARE(valueOf(samples, "load_per_core"), 0.75);
}

void HostMonitorsTest::measuresPressureAndSaysWhenThereIsNone()
{
    HostFixture host;
    PressureMonitor monitor(1000, host.paths());
    QCOMPARE(monitor.sample(at(0)).size(), 5);
    QVERIFY(monitor.problem().isEmpty());
    HostFixture other;
    other.remove("pressure/cpu");
    other.remove("pressure/memory");
    other.remove("pressure/io");
    PressureMonitor without(1000, other.paths());
    QVERIFY(without.sample(at(0)).isEmpty());
    QVERIFY(without.problem().contains(QStringLiteral("does not measure pressure")));
}

void HostMonitorsTest::measuresNetwork()
{
    HostFixture host;
    const QByteArray head = "Inter-| Receive | Transmit\n face |bytes packets errs drop fifo\n lo: 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5 5\n";
    NetworkMonitor monitor(1000, host.paths());
    host.write("net/dev", head + "eth0: 1000 1 0 0 0 0 0 0 2000 1 0 0 0 0 0 0\n");
    QVERIFY(monitor.sample(at(0)).isEmpty());
    host.write("net/dev", head + "eth0: 3000 1 1 2 0 0 0 0 8000 1 1 0 0 0 0 0\n wg0: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\n");
    auto samples = monitor.sample(at(2000));
    QCOMPARE(samples.size(), 4); // wg0 is new, lo does not count
    QCOMPARE(valueOf(samples, "network_receive{interface=eth0}"), 1000.0);
    QCOMPARE(valueOf(samples, "network_transmit{interface=eth0}"), 3000.0);
    QCOMPARE(valueOf(samples, "network_errors{interface=eth0}"), 1.0);
    QCOMPARE(valueOf(samples, "network_drops{interface=eth0}"), 1.0);
    host.write("net/dev", head + " wg0: 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9 9\neth0: 10 1 0 0 0 0 0 0 10 1 0 0 0 0 0 0\n");
    samples = monitor.sample(at(3000)); // other order; eth0 was replaced: its counters went back
    QCOMPARE(samples.size(), 4);
    QCOMPARE(valueOf(samples, "network_receive{interface=wg0}"), 0.0);
}

void HostMonitorsTest::saysWhatItCannotRead()
{
    HostFixture host;
    for (const char *file : {"stat", "meminfo", "loadavg", "net/dev"})
        host.write(file, "nothing of use");
    int silent = 0;
    for (const auto &monitor : hostMonitors({}, 1000, host.paths())) {
        static_cast<void>(monitor->sample(at(0)));
        silent += monitor->problem().isEmpty() ? 0 : 1;
    }
    QCOMPARE(silent, 4);
    for (const char *file : {"stat", "meminfo", "loadavg", "net/dev", "diskstats", "pressure/io"})
        host.remove(file);
    for (const auto &monitor : hostMonitors({}, 1000, host.paths())) {
        static_cast<void>(monitor->sample(at(0)));
        silent += monitor->problem().isEmpty() ? 0 : 1;
    }
    QCOMPARE(silent, 10);
}

void HostMonitorsTest::recoversWhenTheFileIsBack()
{
    HostFixture host;
    host.remove("meminfo");
    MemoryMonitor monitor(1000, host.paths());
    QVERIFY(monitor.sample(at(0)).isEmpty());
    QVERIFY(monitor.problem().contains(QStringLiteral("meminfo: No such file")));
    host.write("meminfo", captured("meminfo"));
    QCOMPARE(monitor.sample(at(1000)).size(), 2);
    QVERIFY(monitor.problem().isEmpty());
}

void HostMonitorsTest::seesABusyLoopOnThisMachine()
{
    const SystemClock clock;
    CpuMonitor monitor(1000);
    QVERIFY(monitor.sample(clock.now()).isEmpty());
    spin(400);
    const auto samples = monitor.sample(clock.now());
    double busiest = 0;
    for (const auto &sample : samples) {
        QVERIFY(sample.value >= 0 && sample.value <= 100);
        if (sample.key.metric == QStringLiteral("cpu_core_usage"))
            busiest = qMax(busiest, sample.value);
    }
    // The loop may be moved between cores: then each carries a part.
    QVERIFY2(busiest > 30, qPrintable(QString::number(busiest)));
    QVERIFY(valueOf(samples, "cpu_usage") > 30.0 / double(qMax<qsizetype>(1, samples.size() - 3)));
}

void HostMonitorsTest::isPlausibleOnThisMachine()
{
    const SystemClock clock;
    const auto monitors = hostMonitors({}, 1000);
    QList<Sample> samples;
    for (const auto &monitor : monitors)
        static_cast<void>(monitor->sample(clock.now()));
    spin(250);
    for (const auto &monitor : monitors)
        samples += monitor->sample(clock.now());
    QSet<SeriesKey> keys;
    for (const auto &sample : std::as_const(samples)) {
        const QByteArray what = sample.key.metric.toUtf8() + ' ' + QByteArray::number(sample.value);
        QVERIFY2(std::isfinite(sample.value) && sample.value >= 0, what.constData());
        QVERIFY2(sample.unit != QStringLiteral("%") || sample.value <= 100, what.constData());
        QCOMPARE(sample.component, QStringLiteral("host"));
        QVERIFY(!keys.contains(sample.key));
        keys.insert(sample.key);
    }
    for (const char *series : {"cpu_usage", "memory_usage", "memory_available", "disk_usage{path=/}", "load_1", "load_per_core"})
        QVERIFY2(std::isfinite(valueOf(samples, series)), series);
}

void HostMonitorsTest::makesMonitorsFromTheConfiguration()
{
    Config config;
    config.detection.monitoringIntervalMs = 7000;
    MonitorConfig command;
    command.type = QStringLiteral("command");
    command.name = QStringLiteral("queue_depth");
    command.command = QStringList{QStringLiteral("true")};
    MonitorConfig peer;
    peer.type = QStringLiteral("peer");
    peer.address = QStringLiteral("db:5432");
    peer.intervalMs = 500;
    MonitorConfig plugin;
    plugin.type = QStringLiteral("nagios");
    plugin.name = QStringLiteral("backup-age");
    MonitorConfig endpoint;
    endpoint.type = QStringLiteral("prometheus");
    endpoint.url = QStringLiteral("http://me:secret@127.0.0.1:9100/metrics");
    config.monitors = {command, peer, plugin, endpoint};
    const auto made = monitorsFor(config);
    QCOMPARE(made.size(), size_t(4));
    QCOMPARE(made[2]->name(), QStringLiteral("backup-age"));
    QCOMPARE(made[3]->name(), QStringLiteral("prometheus 127.0.0.1:9100")); // no password in a name
    QVERIFY(made[2]->mayBlock() && made[3]->mayBlock());
    QCOMPARE(made[0]->name(), QStringLiteral("queue_depth"));
    QCOMPARE(made[0]->intervalMs(), 7000);
    QCOMPARE(made[1]->name(), QStringLiteral("peer db:5432"));
    QCOMPARE(made[1]->intervalMs(), 500);
    for (const auto &monitor : hostMonitors(config))
        QCOMPARE(monitor->intervalMs(), 7000);
}

/// 200 values a second may cost 0.2 % of a core, which is 10 us a value. Sanitizers are slower by an order.
void HostMonitorsTest::costsLittle()
{
    const auto monitors = hostMonitors({}, 1000);
    constexpr int rounds = 1000;
    qsizetype values = 0;
    const double before = processCpuMs();
    for (int round = 0; round < rounds; ++round) {
        for (const auto &monitor : monitors)
            values += monitor->sample(at(round * 1000)).size();
    }
    const double perRound = (processCpuMs() - before) * 1000 / rounds, perValue = perRound * rounds / double(values);
    qInfo("%.1f values a round, %.1f us a round, %.2f us a value; 200 values a second: %.3f %% of a core",
          double(values) / rounds, perRound, perValue, perValue * 200 / 1e4);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    QVERIFY2(perValue < 10, "sampling became expensive");
#endif
}

QTEST_GUILESS_MAIN(HostMonitorsTest)
#include "tst_host_monitors.moc"
