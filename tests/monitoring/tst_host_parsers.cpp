// The kernel's files as captured on a machine, as other machines have them, and broken.
#include "HostFixture.h"
#include "core/monitoring/CpuTimes.h"
#include "core/monitoring/DiskCounters.h"
#include "core/monitoring/LoadAverage.h"
#include "core/monitoring/MemoryInfo.h"
#include "core/monitoring/NetworkCounters.h"
#include "core/monitoring/PressureStall.h"
#include "core/monitoring/ProcRates.h"
#include "core/monitoring/ProcessStat.h"

#include <QTest>
#include <limits>

using namespace prunella;

namespace {

std::string_view view(const QByteArray &text)
{
    return {text.data(), size_t(text.size())};
}

} // namespace

class HostParsersTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsProcessorTimes();
    void readsProcessorTimesOfOldKernels();
    void refusesBrokenProcessorTimes_data();
    void refusesBrokenProcessorTimes();
    void computesUsage();
    void bearsCountersThatGoBackwards();
    void readsMemory();
    void estimatesAvailableMemoryOnOldKernels();
    void refusesBrokenMemory();
    void readsLoadAndPressure();
    void readsNetworkCounters();
    void readsDiskCounters();
    void readsProcessStat();
    void countsWrapsAndResets();
    void neverMistakesACutFileForAWholeOne();
};

void HostParsersTest::readsProcessorTimes()
{
    CpuReading reading;
    const auto text = captured("stat");
    QVERIFY(parseCpu(view(text), reading));
    QCOMPARE(reading.total.ticks, (std::array<quint64, 8>{46097, 0, 9890, 941411, 758, 0, 73, 496}));
    QCOMPARE(reading.cores.size(), size_t(2));
    QCOMPARE(reading.cores[1].id, 1);
    QCOMPARE(reading.cores[1].times.ticks[3], quint64(463590));
}

void HostParsersTest::readsProcessorTimesOfOldKernels()
{
    CpuReading reading;
    QVERIFY(parseCpu("cpu 1 2 3 4\ncpu0 1 2 3 4\nintr 5\n", reading));
    QCOMPARE(reading.total.ticks, (std::array<quint64, 8>{1, 2, 3, 4, 0, 0, 0, 0}));
}

void HostParsersTest::refusesBrokenProcessorTimes_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::newRow("empty") << QByteArray();
    QTest::newRow("no total") << QByteArray("cpu0 1 2 3 4 5 6 7 8\n");
    QTest::newRow("too few") << QByteArray("cpu 1 2 3\n");
    QTest::newRow("no number") << QByteArray("cpu 1 2 x 4 5 6 7 8\n");
    QTest::newRow("negative") << QByteArray("cpu 1 2 -3 4 5 6 7 8\n");
    QTest::newRow("more than 64 bits") << QByteArray("cpu 1 2 99999999999999999999 4 5 6 7 8\n");
    QTest::newRow("no core number") << QByteArray("cpu 1 2 3 4\ncpux 1 2 3 4\n");
    QTest::newRow("cut off") << QByteArray("cpu 1 2 3 4 5 6 7");
}

void HostParsersTest::refusesBrokenProcessorTimes()
{
    QFETCH(QByteArray, text);
    CpuReading reading;
    QVERIFY(!parseCpu(view(text), reading));
}

void HostParsersTest::computesUsage()
{
    //                     user nice sys idle iowait irq softirq steal
    const CpuTimes before{{100, 0, 100, 1000, 10, 0, 0, 0}}, after{{130, 10, 120, 1020, 20, 0, 0, 10}};
    const auto usage = cpuUsage(before, after);
    QVERIFY(usage);
    QCOMPARE(usage->busy, 70.0);
    QCOMPARE(usage->iowait, 10.0);
    QCOMPARE(usage->steal, 10.0);
    QVERIFY(!cpuUsage(after, after));
}

void HostParsersTest::bearsCountersThatGoBackwards()
{
    // iowait is known to decrease
    const auto usage = cpuUsage({{0, 0, 0, 100, 50, 0, 0, 0}}, {{10, 0, 0, 110, 49, 0, 0, 0}});
    QVERIFY(usage);
    QCOMPARE(usage->busy, 50.0);
    QCOMPARE(usage->iowait, 0.0);
    // a core was taken out and put in again: all counters start anew
    QVERIFY(!cpuUsage({{900, 9, 900, 9000, 90, 9, 9, 9}}, {{1, 0, 1, 1, 0, 0, 0, 0}}));
    const auto most = std::numeric_limits<quint64>::max();
    const auto wrapped = cpuUsage({{most - 5, 0, 0, 100, 0, 0, 0, 0}}, {{5, 0, 0, 200, 0, 0, 0, 0}});
    QVERIFY(wrapped);
    QCOMPARE(wrapped->busy, 0.0);
}

void HostParsersTest::readsMemory()
{
    const auto text = captured("meminfo");
    const auto info = parseMemory(view(text));
    QVERIFY(info);
    QCOMPARE(info->total, quint64(24684096));
    QVERIFY(info->available > 1'000'000 && info->available < info->total);
    QVERIFY(!swapUsage(*info)); // this machine has none
    const MemoryInfo known{1000, 150, 200, 50};
    QCOMPARE(memoryUsage(known), 85.0);
    QCOMPARE(swapUsage(known), std::optional(75.0));
}

void HostParsersTest::estimatesAvailableMemoryOnOldKernels()
{
    const auto info = parseMemory("MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 50 kB\nCached: 250 kB\nSwapTotal: 0 kB\n");
    QVERIFY(info);
    QCOMPARE(info->available, quint64(400));
    // a container's view may claim more than there is
    QCOMPARE(parseMemory("MemTotal: 1000 kB\nMemAvailable: 2000 kB\n")->available, quint64(1000));
}

void HostParsersTest::refusesBrokenMemory()
{
    QVERIFY(!parseMemory(""));
    QVERIFY(!parseMemory("MemTotal: 0 kB\nMemAvailable: 0 kB\n"));
    QVERIFY(!parseMemory("MemTotal: 1000 kB\n"));
    QVERIFY(!parseMemory("MemTotal: 1000 kB\nMemAvailable: 10"));
    QVERIFY(!parseMemory("MemTotal: 1000 pages\nMemAvailable: 10 kB\n"));
    QVERIFY(!parseMemory("MemTotal: many kB\nMemAvailable: 10 kB\n"));
}

void HostParsersTest::readsLoadAndPressure()
{
    const auto load = parseLoad("0.49 10.16 0.06 1/95 7257\n");
    QVERIFY(load);
    QCOMPARE(load->one, 0.49);
    QCOMPARE(load->five, 10.16);
    QCOMPARE(load->fifteen, 0.06);
    QVERIFY(!parseLoad("0.49 0.16 0.0"));
    QVERIFY(!parseLoad("a b c 1/2 3\n"));
    QVERIFY(!parseLoad(""));
    const auto stall = parsePressure("some avg10=12.50 avg60=1.13 avg300=0.37 total=5332634\nfull avg10=3.00 avg60=0.00 avg300=0.00 total=0\n");
    QVERIFY(stall);
    QCOMPARE(stall->some, 12.5);
    QCOMPARE(stall->full, std::optional(3.0));
    const auto old = parsePressure("some avg10=0.10 avg60=1.13 avg300=0.37 total=5\n");
    QVERIFY(old && !old->full);
    QVERIFY(!parsePressure("some avg10=0.1"));
    QVERIFY(!parsePressure("some avg10=x avg60=0 avg300=0 total=0\n"));
}

void HostParsersTest::readsNetworkCounters()
{
    const auto text = captured("net/dev");
    auto rest = view(text);
    QByteArrayList names;
    NetworkCounters counters;
    while (takeNetworkCounters(rest, counters))
        names.append(QByteArray(counters.interface.data(), qsizetype(counters.interface.size())));
    QCOMPARE(names, (QByteArrayList{"lo", "ifb0", "ifb1", "eth0"}));
    rest = "eth0:1:   7 1 2 3 0 0 0 0 9 1 4 5 0 0 0 0\nbroken: 1 2\n wlan0:8 0 0 0 0 0 0 0 1 0 0 0 0 0 0 0\n";
    QVERIFY(takeNetworkCounters(rest, counters)); // an alias, no blank behind the colon
    QVERIFY(counters.interface == "eth0:1");
    QCOMPARE(counters.receivedBytes, quint64(7));
    QCOMPARE(counters.sentBytes, quint64(9));
    QCOMPARE(counters.errors, quint64(6));
    QCOMPARE(counters.drops, quint64(8));
    QVERIFY(takeNetworkCounters(rest, counters));
    QVERIFY(counters.interface == "wlan0");
    QVERIFY(!takeNetworkCounters(rest, counters));
}

void HostParsersTest::readsDiskCounters()
{
    const auto text = captured("diskstats");
    auto rest = view(text);
    DiskCounters counters;
    bool vda = false;
    while (takeDiskCounters(rest, counters))
        vda = vda || (counters.device == "vda" && counters.readBytes > 0 && counters.readBytes % 512 == 0);
    QVERIFY(vda);
    rest = "   8 0 sda 1 2 100 4 5 6 200 8 9 77 11\n 8 1 sda1 1 2 3 4\n x y z\n";
    QVERIFY(takeDiskCounters(rest, counters)); // eleven columns: kernels before 4.18
    QCOMPARE(counters.readBytes, quint64(51200));
    QCOMPARE(counters.writtenBytes, quint64(102400));
    QCOMPARE(counters.busyMs, quint64(77));
    QVERIFY(!takeDiskCounters(rest, counters));
}

void HostParsersTest::readsProcessStat()
{
    const std::string_view text = "7260 (a ) S 1 (b) R 7247 7247 4253 0 -1 4194304 100 0 0 0 12 30 5 6 20 0 4 0 186793 3133440 383 18446744073709551615 0\n";
    const auto stat = parseProcessStat(text);
    QVERIFY(stat);
    QCOMPARE(stat->pid, 7260);
    QVERIFY(stat->command == "a ) S 1 (b");
    QCOMPARE(stat->state, 'R');
    QCOMPARE(stat->parent, 7247);
    QCOMPARE(stat->cpuTicks, quint64(42));
    QCOMPARE(stat->threads, 4);
    QCOMPARE(stat->startTicks, quint64(186793));
    QCOMPARE(stat->rssPages, quint64(383));
    for (size_t size = 0; size < text.size(); ++size)
        QVERIFY(!parseProcessStat(text.substr(0, size)));
    QVERIFY(!parseProcessStat(") 1 ("));
    QVERIFY(processStateWord('Z') == "zombie");
    QVERIFY(processStateWord('?') == "unknown");
}

void HostParsersTest::countsWrapsAndResets()
{
    QCOMPARE(counterDelta(5, 8), std::optional<quint64>(3));
    QCOMPARE(counterDelta(4294967290u, 10), std::optional<quint64>(16)); // a counter of 32 bits
    QVERIFY(!counterDelta(5000, 10));                                    // a device that came anew
    QVERIFY(!counterDelta(quint64(1) << 40, 10));
    QCOMPARE(perSecond(0, 5000, 2000), std::optional(2500.0));
    QVERIFY(!perSecond(0, 5000, kLeastRateMs - 1));
    QVERIFY(!perSecond(0, 5000, -1000));
    QCOMPARE(percentOfTime(0, 500, 1000), std::optional(50.0));
    QCOMPARE(percentOfTime(0, 1010, 1000), std::optional(100.0)); // the kernel's clock is coarser than ours
}

void HostParsersTest::neverMistakesACutFileForAWholeOne()
{
    const auto stat = captured("stat"), memory = captured("meminfo"), load = captured("loadavg"), io = captured("pressure/io");
    CpuReading whole, part;
    QVERIFY(parseCpu(view(stat), whole));
    for (qsizetype size = 0; size < stat.size(); ++size) {
        if (parseCpu(view(stat).substr(0, size_t(size)), part))
            QVERIFY(part.total == whole.total && part.cores.size() <= whole.cores.size());
    }
    for (qsizetype size = 0; size < memory.size(); ++size) {
        if (const auto info = parseMemory(view(memory).substr(0, size_t(size))))
            QVERIFY(info->total == 24684096 && info->available > 1'000'000);
    }
    for (qsizetype size = 0; size < load.size(); ++size)
        QVERIFY(!parseLoad(view(load).substr(0, size_t(size))));
    const auto stall = parsePressure(view(io));
    for (qsizetype size = 0; size < io.size(); ++size) {
        if (const auto cut = parsePressure(view(io).substr(0, size_t(size))))
            QVERIFY(cut->some == stall->some);
    }
}

QTEST_GUILESS_MAIN(HostParsersTest)
#include "tst_host_parsers.moc"
