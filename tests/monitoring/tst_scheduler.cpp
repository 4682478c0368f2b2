// When monitors run, in which thread, and what becomes of their results.
#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/MonitorScheduler.h"

#include <QElapsedTimer>
#include <QSemaphore>
#include <QSignalSpy>
#include <QTest>
#include <atomic>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// Counts its samples; may wait for a semaphore in the middle of one.
class FakeMonitor final : public Monitor
{
public:
    FakeMonitor(const QString &name, qint64 intervalMs, bool blocks = false, bool obeys = true)
        : m_name(name), m_intervalMs(intervalMs), m_blocks(blocks), m_obeys(obeys)
    {
    }
    QString name() const override { return m_name; }
    qint64 intervalMs() const override { return m_intervalMs; }
    bool mayBlock() const override { return m_blocks; }
    QList<Sample> sample(const Now &now) override
    {
        if (inside.fetch_add(1) != 0)
            overlapped = true;
        ++begun;
        thread = QThread::currentThread();
        if (m_blocks)
            gate.acquire();
        setProblem(problemToTell);
        --inside;
        ++ended;
        if (!problem().isEmpty())
            return {};
        return {Sample{{m_name, {}}, double(now.monotonicMs), {}, u"host"_s, now.wallMs, now.monotonicMs}};
    }
    void cancel() override
    {
        ++cancels;
        if (m_obeys)
            gate.release(); // a sample under way ends now
    }

    QSemaphore gate;
    std::atomic<int> begun = 0, ended = 0, inside = 0, cancels = 0;
    std::atomic<bool> overlapped = false;
    std::atomic<QThread *> thread = nullptr;
    QString problemToTell; ///< set only while no sample is under way

private:
    QString m_name;
    qint64 m_intervalMs;
    bool m_blocks, m_obeys;
};

/// A scheduler with a manual clock, and what it signalled.
struct Rig {
    ManualClock clock;
    MonitorScheduler scheduler{clock};
    QSignalSpy samples{&scheduler, &MonitorScheduler::samplesReady};
    QSignalSpy failed{&scheduler, &MonitorScheduler::monitorFailed};
    QSignalSpy recovered{&scheduler, &MonitorScheduler::monitorRecovered};

    void advance(qint64 ms)
    {
        clock.advance(ms);
        scheduler.tick();
    }
    QStringList names(int index) const
    {
        QStringList list;
        for (const auto &sample : samples.at(index).at(0).value<QList<Sample>>())
            list.append(sample.key.metric);
        return list;
    }
};

std::shared_ptr<FakeMonitor> fake(const QString &name, qint64 intervalMs, bool blocks = false, bool obeys = true)
{
    return std::make_shared<FakeMonitor>(name, intervalMs, blocks, obeys);
}

} // namespace

class SchedulerTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void samplesAtOnceAndThenAligned();
    void makesUpForNothing();
    void groupsQuickMonitors();
    void neverRunsOneTwiceAtATime();
    void keepsQuickOnesGoingWhileOthersHang();
    void tellsFailuresOnce();
    void dropsResultsOfReplacedMonitors();
    void keepsMonitorsThatStay();
    void samplesNowOnRequest();
    void stopsAndStartsAgain();
    void stopsInTimeWithAHangingMonitor();
    void endsWaitingMonitorsAtStop();
    void mayBeChangedFromItsOwnSignals();
    void runsByItsTimer();
    void costsLittle();
};

void SchedulerTest::samplesAtOnceAndThenAligned()
{
    Rig rig; // its monotonic clock begins at 1 000 000
    rig.clock.advance(300);
    const auto monitor = fake(u"a"_s, 1000);
    rig.scheduler.setMonitors({monitor});
    rig.scheduler.start();
    QTRY_COMPARE(rig.samples.size(), 1);
    QCOMPARE(rig.samples.at(0).at(0).value<QList<Sample>>().at(0).value, 1'000'300.0);
    rig.advance(600);
    QCOMPARE(monitor->begun, 1);
    rig.advance(100); // 1 001 000
    QTRY_COMPARE(rig.samples.size(), 2);
    rig.advance(900);
    QCOMPARE(monitor->begun, 2);
    rig.advance(100);
    QTRY_COMPARE(rig.samples.size(), 3);
    QVERIFY(monitor->thread != QThread::currentThread());
}

void SchedulerTest::makesUpForNothing()
{
    Rig rig;
    const auto monitor = fake(u"a"_s, 1000);
    rig.scheduler.setMonitors({monitor});
    rig.scheduler.start();
    QTRY_COMPARE(rig.samples.size(), 1);
    rig.advance(10'500); // the machine was busy for ten intervals
    QTRY_COMPARE(rig.samples.size(), 2);
    rig.advance(400);
    rig.clock.jumpWall(-3'600'000);
    rig.clock.suspend(7'200'000);
    rig.scheduler.tick();
    QCOMPARE(monitor->begun, 2);
    rig.advance(100); // aligned again
    QTRY_COMPARE(rig.samples.size(), 3);
}

void SchedulerTest::groupsQuickMonitors()
{
    Rig rig;
    const auto a = fake(u"a"_s, 1000), b = fake(u"b"_s, 1000), c = fake(u"c"_s, 5000);
    rig.scheduler.setMonitors({a, b, c});
    rig.scheduler.start();
    QTRY_COMPARE(rig.samples.size(), 1);
    QCOMPARE(rig.names(0), (QStringList{u"a"_s, u"b"_s, u"c"_s}));
    rig.advance(1000);
    QTRY_COMPARE(rig.samples.size(), 2);
    QCOMPARE(rig.names(1), (QStringList{u"a"_s, u"b"_s}));
}

void SchedulerTest::neverRunsOneTwiceAtATime()
{
    Rig rig;
    const auto slow = fake(u"slow"_s, 1000, true);
    rig.scheduler.setMonitors({slow});
    rig.scheduler.start();
    QTRY_COMPARE(slow->begun, 1);
    for (int i = 0; i < 5; ++i)
        rig.advance(1000);
    rig.scheduler.sampleNow();
    QCOMPARE(rig.failed.size(), 1); // said once
    QVERIFY(rig.failed.at(0).at(1).toString().startsWith(u"overdue"_s));
    slow->gate.release();
    QTRY_COMPARE(rig.samples.size(), 1);
    QCOMPARE(rig.recovered.size(), 1);
    QCOMPARE(slow->begun, 1); // nothing was queued meanwhile
    rig.advance(1000);
    QTRY_COMPARE(slow->begun, 2);
    QVERIFY(!slow->overlapped);
}

void SchedulerTest::keepsQuickOnesGoingWhileOthersHang()
{
    Rig rig;
    std::vector<std::shared_ptr<Monitor>> monitors;
    for (int i = 0; i < 6; ++i)
        monitors.push_back(fake(u"hang%1"_s.arg(i), 1000, true));
    const auto quick = fake(u"quick"_s, 1000);
    monitors.push_back(quick);
    rig.scheduler.setMonitors(monitors);
    rig.scheduler.start();
    for (int i = 1; i <= 3; ++i) {
        QTRY_COMPARE(quick->ended, i);
        QTRY_COMPARE(rig.samples.size(), i);
        rig.advance(1000);
    }
    QCOMPARE(rig.failed.size(), 6);
}

void SchedulerTest::tellsFailuresOnce()
{
    Rig rig;
    const auto monitor = fake(u"a"_s, 1000);
    monitor->problemToTell = u"no file"_s;
    rig.scheduler.setMonitors({monitor});
    rig.scheduler.start();
    QTRY_COMPARE(rig.failed.size(), 1);
    QCOMPARE(rig.failed.at(0).at(1).toString(), u"no file"_s);
    const auto round = [&](int number) {
        rig.scheduler.sampleNow();
        QTRY_COMPARE(monitor->ended, number);
        const auto marker = fake(u"marker"_s, 1000); // once its sample is here, so is that of the round before
        rig.scheduler.setMonitors({monitor, marker});
        QTRY_COMPARE(rig.samples.size(), 1);
        rig.samples.clear();
    };
    round(2);
    QCOMPARE(rig.failed.size(), 1);
    monitor->problemToTell = u"no rights"_s;
    round(3);
    QCOMPARE(rig.failed.size(), 2);
    monitor->problemToTell.clear();
    rig.scheduler.sampleNow(u"a"_s);
    QTRY_COMPARE(rig.recovered.size(), 1);
    QCOMPARE(rig.failed.size(), 2);
}

void SchedulerTest::dropsResultsOfReplacedMonitors()
{
    Rig rig;
    const auto old = fake(u"old"_s, 1000, true);
    rig.scheduler.setMonitors({old});
    rig.scheduler.start();
    QTRY_COMPARE(old->begun, 1);
    const auto next = fake(u"new"_s, 1000);
    rig.scheduler.setMonitors({next}); // cancels the old one, which then delivers
    QTRY_COMPARE(rig.samples.size(), 1);
    QTRY_COMPARE(old->ended, 1);
    rig.advance(1000);
    QTRY_COMPARE(rig.samples.size(), 2);
    QCOMPARE(rig.names(0) + rig.names(1), (QStringList{u"new"_s, u"new"_s}));
}

void SchedulerTest::keepsMonitorsThatStay()
{
    Rig rig;
    const auto slow = fake(u"slow"_s, 1000, true), other = fake(u"other"_s, 1000);
    rig.scheduler.setMonitors({slow});
    rig.scheduler.start();
    QTRY_COMPARE(slow->begun, 1);
    rig.scheduler.setMonitors({slow, other});
    rig.scheduler.sampleNow();
    QTRY_COMPARE(other->ended, 1);
    QCOMPARE(slow->cancels, 0);
    QCOMPARE(slow->begun, 1);
    slow->gate.release();
    QTRY_COMPARE(rig.samples.size(), 2); // its result counts
    QVERIFY(!slow->overlapped);
}

void SchedulerTest::samplesNowOnRequest()
{
    Rig rig;
    const auto a = fake(u"a"_s, 60'000), b = fake(u"b"_s, 60'000);
    rig.scheduler.setMonitors({a, b});
    QVERIFY(!rig.scheduler.sampleNow()); // not started
    rig.scheduler.start();
    QTRY_COMPARE(rig.samples.size(), 1);
    QVERIFY(rig.scheduler.sampleNow(u"b"_s));
    QTRY_COMPARE(rig.samples.size(), 2);
    QCOMPARE(rig.names(1), QStringList{u"b"_s});
    QVERIFY(rig.scheduler.sampleNow());
    QTRY_COMPARE(rig.samples.size(), 3);
    QCOMPARE(rig.names(2).size(), 2);
    QVERIFY(!rig.scheduler.sampleNow(u"c"_s));
}

void SchedulerTest::stopsAndStartsAgain()
{
    Rig rig;
    const auto monitor = fake(u"a"_s, 1000);
    rig.scheduler.stop();
    rig.scheduler.setMonitors({monitor});
    for (int i = 1; i <= 20; ++i) {
        rig.scheduler.start();
        rig.scheduler.start();
        while (i % 2 == 0 && monitor->inside + monitor->ended == 0) { } // the result is then on its way
        monitor->ended = 0;
        rig.scheduler.stop(); // else the job is perhaps not even begun
        rig.scheduler.stop();
    }
    QCOMPARE(rig.samples.size(), 0);
    rig.scheduler.start(); // with all those results still in the queue
    QTRY_COMPARE(rig.samples.size(), 1);
    QCOMPARE(rig.samples.size(), 1); // nothing from before the stop
    QCOMPARE(rig.recovered.size(), 0);
    QVERIFY(!monitor->overlapped);
}

void SchedulerTest::stopsInTimeWithAHangingMonitor()
{
    const auto dead = fake(u"dead"_s, 1000, true, false);
    QElapsedTimer timer;
    {
        Rig rig;
        rig.scheduler.setMonitors({dead, fake(u"b"_s, 1000)});
        rig.scheduler.start();
        QTRY_COMPARE(dead->begun, 1);
        QTRY_COMPARE(rig.samples.size(), 1);
        timer.start();
        rig.scheduler.stop();
        QVERIFY2(timer.elapsed() < 2500, qPrintable(QString::number(timer.elapsed())));
        rig.scheduler.start(); // the others go on; the dead one is still under way
        QTRY_COMPARE(rig.samples.size(), 2);
        QCOMPARE(dead->begun, 1);
        rig.advance(1000);
        QTRY_COMPARE(rig.failed.size(), 1);
        timer.restart();
    }
    QVERIFY(timer.elapsed() < 2500);
    dead->gate.release(); // comes back after the scheduler is gone
    QTRY_COMPARE(dead->ended, 1);
    QTRY_COMPARE(dead.use_count(), 1);
}

void SchedulerTest::endsWaitingMonitorsAtStop()
{
    Rig rig;
    std::vector<std::shared_ptr<Monitor>> monitors;
    for (int i = 0; i < 5; ++i)
        monitors.push_back(fake(u"m%1"_s.arg(i), 1000, true));
    rig.scheduler.setMonitors(monitors);
    QElapsedTimer timer;
    timer.start();
    rig.scheduler.start();
    rig.scheduler.stop();
    QVERIFY2(timer.elapsed() < 1000, qPrintable(QString::number(timer.elapsed())));
}

void SchedulerTest::mayBeChangedFromItsOwnSignals()
{
    Rig rig;
    const auto bad = fake(u"bad"_s, 1000), good = fake(u"good"_s, 1000);
    bad->problemToTell = u"broken"_s;
    connect(&rig.scheduler, &MonitorScheduler::monitorFailed, &rig.scheduler, [&] { rig.scheduler.setMonitors({good}); });
    rig.scheduler.setMonitors({bad, fake(u"x"_s, 1000)});
    rig.scheduler.start();
    QTRY_VERIFY(good->ended > 0);
    connect(&rig.scheduler, &MonitorScheduler::samplesReady, &rig.scheduler, [&] { rig.scheduler.stop(); });
    rig.advance(1000);
    QTRY_VERIFY(!rig.scheduler.isRunning());
}

void SchedulerTest::runsByItsTimer()
{
    const SystemClock clock;
    MonitorScheduler scheduler(clock);
    QSignalSpy samples(&scheduler, &MonitorScheduler::samplesReady);
    scheduler.setMonitors({fake(u"a"_s, 50)});
    scheduler.start();
    QTRY_VERIFY(samples.size() >= 6);
    int aligned = 0;
    for (int i = 1; i < 6; ++i)
        aligned += samples.at(i).at(0).value<QList<Sample>>().at(0).monotonicMs % 50 < 20;
    QVERIFY2(aligned >= 3, qPrintable(QString::number(aligned))); // not all: the machine may be busy
}

/// Timer, queues and threads for all host monitors: must stay small beside the sampling itself.
void SchedulerTest::costsLittle()
{
    Rig rig;
    rig.scheduler.setMonitors(hostMonitors({}, 1000));
    rig.scheduler.start();
    QTRY_VERIFY(rig.samples.size() >= 1);
    rig.samples.clear();
    timespec before{}, after{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &before);
    constexpr int rounds = 500;
    qsizetype values = 0;
    for (int i = 0; i < rounds; ++i) {
        rig.advance(1000);
        while (rig.samples.isEmpty())
            QCoreApplication::processEvents(QEventLoop::WaitForMoreEvents);
        for (const auto &emitted : std::as_const(rig.samples))
            values += emitted.at(0).value<QList<Sample>>().size();
        rig.samples.clear();
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &after);
    const double us = double(after.tv_sec - before.tv_sec) * 1e6 + double(after.tv_nsec - before.tv_nsec) / 1e3;
    qInfo("%.1f values a round, %.1f us a round, %.2f us a value: 200 values a second cost %.3f %% of a core",
          double(values) / rounds, us / rounds, us / double(values), us / double(values) * 200 / 1e4);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
    QVERIFY(us / double(values) < 20);
#endif
}

QTEST_GUILESS_MAIN(SchedulerTest)
#include "tst_scheduler.moc"
