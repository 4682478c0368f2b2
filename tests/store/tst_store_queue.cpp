// labels: tsan
// The queue alone, with std threads and plain values: what the thread sanitizer can judge.
#include "core/store/WriteQueue.h"

#include <QObject>
#include <QTest>

#include <atomic>
#include <numeric>
#include <thread>

using namespace std::chrono_literals;
using Queue = prunella::store::WriteQueue<int, int>;

class TestStoreQueue : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void commitsComeAtOnceAndSamplesWait();
    void manySamplesAreHandedOut();
    void oldSamplesAreHandedOut();
    void theOldestAreDropped();
    void flushAndCloseHandOutEverything();
    void aClosedQueueTakesNothing();
    void idleAfterPatience();
    void commitsAreTakenBetweenSteps();
    void manyThreadsLoseNothing();
};

void TestStoreQueue::commitsComeAtOnceAndSamplesWait()
{
    Queue queue({100, 1h, 1000});
    QCOMPARE(queue.append(std::vector{1, 2, 3}), std::size_t(0));
    QVERIFY(!queue.commit(7));
    QVERIFY(!queue.commit(8));
    const auto work = queue.wait(1h);
    QCOMPARE(work.commits, (std::vector{7, 8}));
    QVERIFY(work.samples.empty());
    QVERIFY(!work.isIdle());
}

void TestStoreQueue::manySamplesAreHandedOut()
{
    Queue queue({4, 1h, 1000});
    queue.append(std::vector{1, 2, 3});
    QVERIFY(queue.wait(0ms).isIdle());
    queue.append(std::vector{4});
    QCOMPARE(queue.wait(1h).samples, (std::vector{1, 2, 3, 4}));
}

void TestStoreQueue::oldSamplesAreHandedOut()
{
    Queue queue({100, 20ms, 1000});
    queue.append(std::vector{1});
    QCOMPARE(queue.wait(1h).samples, std::vector{1});
}

void TestStoreQueue::theOldestAreDropped()
{
    Queue queue({100, 1h, 5});
    QCOMPARE(queue.append(std::vector{1, 2, 3}), std::size_t(0));
    QCOMPARE(queue.append(std::vector{4, 5, 6, 7}), std::size_t(2));
    queue.requestFlush();
    QCOMPARE(queue.wait(1h).samples, (std::vector{3, 4, 5, 6, 7}));
}

void TestStoreQueue::flushAndCloseHandOutEverything()
{
    Queue queue({100, 1h, 1000});
    queue.append(std::vector{1});
    queue.requestFlush();
    auto work = queue.wait(1h);
    QVERIFY(work.flush && !work.closed);
    QCOMPARE(work.samples, std::vector{1});
    queue.append(std::vector{2});
    QVERIFY(!queue.commit(3));
    queue.close();
    work = queue.wait(1h);
    QVERIFY(work.closed);
    QCOMPARE(work.samples, std::vector{2});
    QCOMPARE(work.commits, std::vector{3});
}

void TestStoreQueue::aClosedQueueTakesNothing()
{
    Queue queue({100, 1h, 1000});
    queue.close();
    QCOMPARE(queue.commit(5).value_or(0), 5);
    QCOMPARE(queue.append(std::vector{1, 2}), std::size_t(2));
    QVERIFY(queue.wait(1h).closed);
}

void TestStoreQueue::idleAfterPatience()
{
    Queue queue({100, 1h, 1000});
    queue.append(std::vector{1});
    QVERIFY(queue.wait(5ms).isIdle());
}

void TestStoreQueue::commitsAreTakenBetweenSteps()
{
    Queue queue({100, 1h, 1000});
    QVERIFY(queue.takeCommits().empty());
    QVERIFY(!queue.commit(1));
    QCOMPARE(queue.takeCommits(), std::vector{1});
    QVERIFY(queue.wait(0ms).isIdle());
}

void TestStoreQueue::manyThreadsLoseNothing()
{
    constexpr int perThread = 5000, threads = 4;
    Queue queue({64, 1ms, 1'000'000});
    std::atomic<int> refused = 0;
    std::vector<std::thread> producers;
    for (int t = 0; t < threads; ++t) {
        producers.emplace_back([&, t] {
            for (int i = 0; i < perThread; ++i) {
                refused += queue.commit(t * perThread + i).has_value();
                queue.append(std::vector{i});
                if (i % 100 == 0)
                    queue.requestFlush();
            }
        });
    }
    std::thread closer([&] {
        for (std::thread &producer : producers)
            producer.join();
        queue.close();
    });
    std::vector<int> commits, lastOf(threads, -1);
    long long samples = 0;
    bool ordered = true;
    for (bool closed = false; !closed;) {
        const auto work = queue.wait(10ms);
        for (const int value : work.commits) {
            int &last = lastOf[std::size_t(value / perThread)];
            ordered = ordered && value > last;
            last = value;
            commits.push_back(value);
        }
        samples += std::accumulate(work.samples.begin(), work.samples.end(), 0LL);
        closed = work.closed;
    }
    closer.join();
    QVERIFY(refused == 0 && ordered);
    QCOMPARE(commits.size(), std::size_t(threads * perThread));
    QCOMPARE(samples, threads * (perThread * (perThread - 1LL) / 2));
}

QTEST_GUILESS_MAIN(TestStoreQueue)
#include "tst_store_queue.moc"
