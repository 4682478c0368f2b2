// labels: tsan
// The writer's own thread beside several callers. Under the thread sanitizer this sees all of StoreWriter and the journal
// code on both sides; Qt Sql and SQLite are not instrumented and only ever touched by the writer's thread.
#include "StoreFixture.h"
#include "tests/recovery/ThreadTest.h"

#include <atomic>
#include <thread>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

constexpr int callers = 4, perCaller = 40;

QList<MetricRow> rows(int caller, int number)
{
    MetricRow row;
    row.key = {u"cpu_usage"_s, {{u"caller"_s, QString::number(caller)}}};
    row.component = u"host"_s;
    row.value = number;
    row.at = 1'700'000'000'000 + number * 1000;
    return {row};
}

Transaction numbered(int caller, int number)
{
    Transaction transaction;
    transaction.state.insert(u"caller/%1"_s.arg(caller), QString::number(number));
    return transaction;
}

} // namespace

class TestStoreWriterThread : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void manyCallersAtOnce();
    void closedWhileCallersWrite();
};

void TestStoreWriterThread::manyCallersAtOnce()
{
    StoreFixture store;
    std::atomic<int> durable = 0, flushed = 0, healthAsked = 0;
    std::atomic<bool> ordered = true;
    store.writer->setHealthListener([](const StoreHealth &) {});
    std::vector<std::thread> threads;
    for (int c = 0; c < callers; ++c) {
        threads.emplace_back([&, c] {
            const auto last = std::make_shared<int>(-1); // of the writer's thread alone
            for (int i = 0; i < perCaller; ++i) {
                store.writer->commit(numbered(c, i), [&, last, i](const CommitResult &result) {
                    durable += result.state == CommitState::Durable;
                    ordered = ordered && *last == i - 1;
                    *last = i;
                });
                store.writer->append(rows(c, i));
                healthAsked += store.writer->health().journalOk;
                if (i % 10 == 0)
                    store.writer->flushSamples([&flushed] { ++flushed; });
            }
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QVERIFY(store.writer->stop(30'000));
    QCOMPARE(durable.load(), callers * perCaller);
    QCOMPARE(flushed.load(), callers * (perCaller / 10));
    QCOMPARE(healthAsked.load(), callers * perCaller);
    QVERIFY(ordered);
    store.close();
    for (int c = 0; c < callers; ++c)
        QCOMPARE(store.state().state.value(u"caller/%1"_s.arg(c)), QString::number(perCaller - 1));
    QCOMPARE(store.reader()->latestMetrics().value_or(QList<MetricRow>{}).size(), callers);
}

/// Each commit is answered once, whether it was still taken or not; what was called durable is there.
void TestStoreWriterThread::closedWhileCallersWrite()
{
    StoreFixture store;
    std::atomic<int> answered = 0, begun = 0;
    std::array<std::atomic<int>, callers> lastDurable{};
    std::vector<std::thread> threads;
    for (int c = 0; c < callers; ++c) {
        threads.emplace_back([&, c] {
            for (int i = 1; i <= perCaller; ++i) {
                ++begun;
                store.writer->commit(numbered(c, i), [&, c, i](const CommitResult &result) {
                    ++answered;
                    if (result.state == CommitState::Durable)
                        lastDurable[std::size_t(c)] = i;
                });
                store.writer->append(rows(c, i));
            }
        });
    }
    while (begun < callers * perCaller / 4)
        std::this_thread::yield();
    QVERIFY(store.writer->stop(30'000));
    for (std::thread &thread : threads)
        thread.join();
    QCOMPARE(answered.load(), callers * perCaller);
    store.close();
    for (int c = 0; c < callers; ++c)
        QCOMPARE(store.state().state.value(u"caller/%1"_s.arg(c)).toInt(), lastDurable[std::size_t(c)].load());
}

int main(int argc, char **argv)
{
    TestStoreWriterThread test;
    return prunella::testing::runThreadTest(&test, argc, argv);
}

#include "tst_store_writer_thread.moc"
