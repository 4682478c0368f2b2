// From kill -9 to running again: Prunella, durable journal included, beside systemd's own Restart=always, RestartSec=0.
// Both in the same run, by turns. usage (on a quiet machine, release build):
//   tests/support/systemd-sandbox env ROUNDS=20 build/release/bin/bench_recovery_latency
#include "tests/system/EngineProcess.h"
#include "tests/system/Incidents.h"
#include "tests/system/VictimUnit.h"

#include <QTest>

#include <algorithm>
#include <csignal>
#include <ctime>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

qint64 monotonicUs()
{
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1'000'000LL + now.tv_nsec / 1000;
}

double medianMs(QList<qint64> us)
{
    std::sort(us.begin(), us.end());
    const auto half = us.size() / 2;
    return (us.size() % 2 == 1 ? double(us[half]) : double(us[half - 1] + us[half]) / 2) / 1000;
}

const QString noLimit = u"StartLimitIntervalSec=0"_s; // so many crashes in seconds are the purpose here

} // namespace

class BenchRecoveryLatency : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void killToRunning_data();
    void killToRunning();

private:
    void killOnce(const VictimUnit &victim, const QByteArray &word, QList<qint64> &times);
};

void BenchRecoveryLatency::killOnce(const VictimUnit &victim, const QByteArray &word, QList<qint64> &times)
{
    const qint64 pid = victim.mainPid();
    QVERIFY2(pid > 0, qPrintable(victim.property(u"ActiveState"_s)));
    const int before = countLines(victim.log(), word);
    const qint64 killed = monotonicUs();
    QCOMPARE(::kill(pid_t(pid), SIGKILL), 0);
    QTRY_COMPARE(countLines(victim.log(), word), before + 1);
    times.append(lastLineUs(victim.log(), word) - killed); // the victim's own word, whenever we looked
}

void BenchRecoveryLatency::killToRunning_data()
{
    QTest::addColumn<QStringList>("arguments");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("plain process") << QStringList{} << u"Type=simple"_s << QByteArray("start");
    QTest::newRow("Type=notify, ready after 200 ms") << QStringList{u"--ready-after"_s, u"200"_s} << u"Type=notify"_s << QByteArray("ready");
}

void BenchRecoveryLatency::killToRunning()
{
    QFETCH(const QStringList, arguments);
    QFETCH(const QString, type);
    QFETCH(const QByteArray, word);
    const int rounds = std::max(1, qEnvironmentVariable("ROUNDS", u"20"_s).toInt());
    const QString dir = outDirectory(u"latency"_s);
    const VictimUnit own(u"bench-own"_s, dir, arguments, type, noLimit);
    const VictimUnit theirs(u"bench-systemd"_s, dir, arguments, type + u"\nRestart=always\nRestartSec=0"_s, noLimit);
    own.start();
    theirs.start();
    EngineProcess engine(dir, engineConfig(own.service(), u"automatic"_s, u"max_retry_attempts: 100, circuit_breaker_enabled: false"_s,
                                           u"  guards: {cool_down: 0s, max_actions_per_hour: 10000}\n"_s));
    QVERIFY2(engine.start() && engine.knows(own.name()), qPrintable(engine.eventsText()));
    QList<qint64> prunella, systemd;
    for (int round = 1; round <= rounds; ++round) {
        killOnce(theirs, word, systemd);
        killOnce(own, word, prunella);
        QVERIFY2(engine.sees(u"resolved"_s, own.name(), 10'000, round), qPrintable(engine.eventsText()));
    }
    QCOMPARE(prunella.size(), rounds);
    QCOMPARE(systemd.size(), rounds);
    const double ours = medianMs(prunella), base = medianMs(systemd);
    std::printf("%-32s prunella %8.2f ms   Restart=always %8.2f ms   ratio %.2f   (medians of %d)\n", QTest::currentDataTag(), ours, base,
                ours / base, rounds);
    constexpr int enough = 20; // fewer say nothing
    if (rounds >= enough)
        QVERIFY2(ours <= 1.5 * base, "slower than the goal: at most 1.5 times systemd's own restart");
}

QTEST_GUILESS_MAIN(BenchRecoveryLatency)
#include "bench_recovery_latency.moc"
