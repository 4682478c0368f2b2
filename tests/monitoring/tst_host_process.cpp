// Facts of real processes: ourselves, children made for the purpose, and captured ones.
#include "HostFixture.h"
#include "core/monitoring/ProcessMonitor.h"
#include "core/monitoring/ProcessTree.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTest>
#include <csignal>
#include <ctime>
#include <sys/wait.h>
#include <unistd.h>

using namespace prunella;

namespace {

void spin(qint64 ms)
{
    QElapsedTimer timer;
    timer.start();
    while (timer.elapsed() < ms) { }
}

QByteArray statLine(int pid, int parent)
{
    return QByteArray::number(pid) + " (x) S " + QByteArray::number(parent)
        + " 1 1 0 -1 0 0 0 0 0 12 30 5 6 20 0 4 0 186793 3133440 383 1 0\n";
}

} // namespace

class HostProcessTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void knowsItself();
    void tellsThatAProcessIsGone();
    void seesAZombie();
    void findsTheTreeBelow();
    void findsTheTreeWithoutTheKernelsList();
    void measuresAService();
    void countsAChildStartedBetweenReadings();
    void hasNoSamplesWithoutAProcess();
};

void HostProcessTest::knowsItself()
{
    const auto facts = readProcessFacts(getpid());
    QVERIFY(facts);
    QCOMPARE(facts->pid, qint64(getpid()));
    QCOMPARE(facts->parent, qint64(getppid()));
    QCOMPARE(facts->state, QStringLiteral("running"));
    QVERIFY(facts->rssBytes > 1024 * 1024);
    QVERIFY(facts->threads >= 1);
    QVERIFY(facts->openFiles.value_or(0) >= 3);
    QVERIFY(facts->startTicks > 0);
    QVERIFY2(facts->command.contains(QStringLiteral("tst_host_process")), qPrintable(facts->command));
    const auto before = *facts->openFiles;
    QFile file(QStringLiteral("/dev/null"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(readProcessNumbers(getpid())->openFiles, std::optional(before + 1));
}

void HostProcessTest::tellsThatAProcessIsGone()
{
    const auto facts = readProcessFacts(999'999'999);
    QVERIFY(!facts);
    QCOMPARE(facts.error().code, ErrorCode::NotFound);
    HostFixture host;
    host.write("77/stat", "77 (cut");
    QCOMPARE(readProcessFacts(77, host.paths()).error().code, ErrorCode::Io);
    host.write("78/stat", statLine(78, 1));
    const auto captured = readProcessFacts(78, host.paths());
    QVERIFY(captured);
    QCOMPARE(captured->cpuTicks, quint64(42));
    QVERIFY(!captured->openFiles);
    QCOMPARE(captured->command, QStringLiteral("[x]"));
}

void HostProcessTest::seesAZombie()
{
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    siginfo_t info{};
    QCOMPARE(waitid(P_PID, id_t(child), &info, WEXITED | WNOWAIT), 0); // ended, not yet reaped
    const auto facts = readProcessFacts(child);
    QVERIFY(facts);
    QCOMPARE(facts->state, QStringLiteral("zombie"));
    QCOMPARE(facts->openFiles, std::optional<qint64>(0));
    waitpid(child, nullptr, 0);
    QVERIFY(!readProcessFacts(child));
}

void HostProcessTest::findsTheTreeBelow()
{
    QProcess shell; // two levels: the shell, and what it runs beside itself
    shell.start(QStringLiteral("bash"), {QStringLiteral("-c"), QStringLiteral("exec 3<&0; cat <&3 & cat <&3 & echo started; wait")});
    QVERIFY(shell.waitForStarted());
    QTRY_VERIFY(shell.bytesAvailable() > 0 || shell.waitForReadyRead(50));
    const auto tree = processTree(shell.processId());
    QCOMPARE(tree.size(), size_t(3));
    QCOMPARE(tree.front(), shell.processId());
    for (std::size_t i = 1; i < tree.size(); ++i)
        QCOMPARE(readProcessNumbers(tree[i])->parent, shell.processId());
    shell.kill();
    QVERIFY(shell.waitForFinished());
    for (std::size_t i = 1; i < tree.size(); ++i)
        kill(pid_t(tree[i]), SIGKILL);
    QVERIFY(processTree(shell.processId()).empty());
    QVERIFY(processTree(0).empty());
    QVERIFY(processTree(-5).empty());
}

void HostProcessTest::findsTheTreeWithoutTheKernelsList()
{
    HostFixture host;
    for (const auto &[pid, parent] : {std::pair(10, 1), {11, 10}, {12, 11}, {13, 1}, {14, 10}})
        host.write(qPrintable(QStringLiteral("%1/stat").arg(pid)), statLine(pid, parent));
    host.write("10/task/10/stat", statLine(10, 1));
    QCOMPARE(processTree(10, host.paths()), (std::vector<qint64>{10, 11, 14, 12}));
    QVERIFY(processTree(99, host.paths()).empty());
}

void HostProcessTest::measuresAService()
{
    const SystemClock clock;
    ProcessMonitor monitor(QStringLiteral("web"), 1000, [] { return std::vector<qint64>{getpid(), 999'999'999}; });
    auto samples = monitor.sample(clock.now());
    QCOMPARE(samples.size(), 5); // no rate yet
    QCOMPARE(valueOf(samples, "process_zombies{service=web}"), 0.0);
    QCOMPARE(valueOf(samples, "process_blocked{service=web}"), 0.0);
    QVERIFY(valueOf(samples, "process_rss{service=web}") > 1024 * 1024);
    QVERIFY(valueOf(samples, "process_threads{service=web}") >= 1);
    QVERIFY(valueOf(samples, "process_open_files{service=web}") >= 3);
    QCOMPARE(samples[0].component, QStringLiteral("web"));
    const auto used = [] { return 1000.0 * double(std::clock()) / CLOCKS_PER_SEC; };
    const double usedBefore = used();
    const qint64 before = clock.now().monotonicMs;
    spin(400);
    samples = monitor.sample(clock.now());
    // However busy the machine is: what the C library counted in the same time, in ticks of 10 ms.
    const double expected = 100 * (used() - usedBefore) / double(clock.now().monotonicMs - before);
    const double cpu = valueOf(samples, "process_cpu{service=web}");
    QVERIFY2(qAbs(cpu - expected) < 15, qPrintable(QStringLiteral("%1, expected %2").arg(cpu).arg(expected)));
}

void HostProcessTest::countsAChildStartedBetweenReadings()
{
    HostFixture host;
    const auto line = [](int pid, int ticks, int start) -> QByteArray {
        return QByteArray::number(pid) + " (x) S 1 1 1 0 -1 0 0 0 0 0 " + QByteArray::number(ticks) + " 0 0 0 20 0 1 0 "
            + QByteArray::number(start) + " 1 1 1 0\n";
    };
    const auto at = [](qint64 ms) { return Now{ms, ms, ms, {}}; };
    const qint64 ticks = clockTicksPerSecond();
    std::vector<qint64> pids{10};
    ProcessMonitor monitor(QStringLiteral("web"), 1000, [&pids] { return pids; }, host.paths());
    host.write("10/stat", line(10, 500, 1));
    QVERIFY(std::isnan(valueOf(monitor.sample(at(100'000)), "process_cpu{service=web}")));
    QVERIFY(!monitor.problem().isEmpty()); // no list of open files here
    pids = {10, 11, 12};
    host.write("10/stat", line(10, 500 + int(ticks) / 10, 1));
    host.write("11/stat", line(11, int(ticks) / 5, int(100 * ticks + ticks / 2))); // started half a second later
    host.write("12/stat", line(12, int(ticks) * 7, int(ticks)));                   // old, only now known to us
    QCOMPARE(valueOf(monitor.sample(at(101'000)), "process_cpu{service=web}"), 30.0);
    host.write("10/stat", line(10, 3, int(100 * ticks + ticks + 1))); // the number was given to another process
    pids = {10};
    QCOMPARE(valueOf(monitor.sample(at(102'000)), "process_cpu{service=web}"), 300.0 / double(ticks));
}

void HostProcessTest::hasNoSamplesWithoutAProcess()
{
    ProcessMonitor monitor(QStringLiteral("web"), 1000, [] { return std::vector<qint64>{}; });
    QVERIFY(monitor.sample(SystemClock().now()).isEmpty());
    QVERIFY(monitor.problem().isEmpty());
}

QTEST_GUILESS_MAIN(HostProcessTest)
#include "tst_host_process.moc"
