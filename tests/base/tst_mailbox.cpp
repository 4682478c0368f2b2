// labels: tsan
// Values from any thread to one owner, with std threads and plain values: what the thread sanitizer can judge.
#include "core/base/Mailbox.h"

#include <QObject>
#include <QTest>

#include <atomic>
#include <thread>

using namespace std::chrono_literals;
using Box = prunella::Mailbox<int>;

class TestMailbox : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void inTheOrderPosted();
    void wakesOnceWhenFilled();
    void nothingWhenTheTimeIsOver();
    void closedTakesNothingAndGivesTheRest();
    void closeEndsAWait();
    void ownersMayPostFromTheWake();
    void valuesThatCannotBeCopied();
    void manyWritersOneReader();
    void wakesReachAnOwnerThatTakesAll();
    void closedWhilePosting();
};

void TestMailbox::inTheOrderPosted()
{
    Box box;
    for (int i = 1; i <= 3; ++i)
        QVERIFY(box.post(i));
    QCOMPARE(box.waitOne().value_or(0), 1);
    QCOMPARE(box.takeAll(), (std::vector{2, 3}));
    QVERIFY(box.takeAll().empty());
}

void TestMailbox::wakesOnceWhenFilled()
{
    int woken = 0;
    Box box([&woken] { ++woken; });
    box.post(1);
    box.post(2);
    QCOMPARE(woken, 1);
    (void)box.takeAll();
    box.post(3);
    QCOMPARE(woken, 2);
    (void)box.waitOne();
    box.post(4);
    QCOMPARE(woken, 3);
}

void TestMailbox::nothingWhenTheTimeIsOver()
{
    Box box;
    QVERIFY(!box.waitOne(5ms));
    QVERIFY(!box.waitOne(0ms));
    box.post(1);
    QCOMPARE(box.waitOne(0ms).value_or(0), 1);
}

void TestMailbox::closedTakesNothingAndGivesTheRest()
{
    int woken = 0;
    Box box([&woken] { ++woken; });
    QVERIFY(!box.isClosed());
    box.post(1);
    box.close();
    QVERIFY(box.isClosed());
    QVERIFY(!box.post(2));
    QCOMPARE(woken, 1);
    QCOMPARE(box.waitOne().value_or(0), 1);
    QVERIFY(!box.waitOne()); // at once, however long it might wait
    box.close(); // twice is no fault
}

void TestMailbox::closeEndsAWait()
{
    Box box;
    std::atomic<bool> ended = false;
    std::thread waiting([&] { ended = !box.waitOne().has_value(); });
    box.close();
    waiting.join();
    QVERIFY(ended);
}

void TestMailbox::ownersMayPostFromTheWake()
{
    Box *self = nullptr;
    Box box([&self] {
        if (self) // outside the lock, or this would never return
            std::exchange(self, nullptr)->post(2);
    });
    self = &box;
    box.post(1);
    QCOMPARE(box.takeAll(), (std::vector{1, 2}));
}

void TestMailbox::valuesThatCannotBeCopied()
{
    prunella::Mailbox<std::unique_ptr<int>> box;
    box.post(std::make_unique<int>(7));
    box.post(std::make_unique<int>(8));
    const auto one = box.waitOne();
    QVERIFY(one && **one == 7);
    QCOMPARE(*box.takeAll().front(), 8);
}

namespace {

constexpr int writers = 8, perWriter = 5000;

/// Starts the writers; each posts its own ascending numbers until it is refused, and counts what was taken.
std::vector<std::thread> startWriters(Box &box, std::atomic<int> &taken, std::atomic<int> &ended)
{
    std::vector<std::thread> threads;
    for (int w = 0; w < writers; ++w) {
        threads.emplace_back([&box, &taken, &ended, w] {
            for (int i = 0; i < perWriter && box.post(w * perWriter + i); ++i)
                ++taken;
            ++ended;
        });
    }
    return threads;
}

/// Every value once, and those of one writer in their order.
class Seen
{
public:
    void add(int value)
    {
        int &last = m_lastOf[std::size_t(value / perWriter)];
        m_ordered = m_ordered && value == last + 1;
        last = value;
        ++m_count;
    }
    [[nodiscard]] bool isOrdered() const { return m_ordered; }
    [[nodiscard]] int count() const { return m_count; }

private:
    std::vector<int> m_lastOf = [] {
        std::vector<int> before;
        for (int w = 0; w < writers; ++w)
            before.push_back(w * perWriter - 1);
        return before;
    }();
    bool m_ordered = true;
    int m_count = 0;
};

} // namespace

void TestMailbox::manyWritersOneReader()
{
    Box box;
    std::atomic<int> taken = 0, ended = 0;
    auto threads = startWriters(box, taken, ended);
    Seen seen;
    while (seen.count() < writers * perWriter) {
        const auto value = box.waitOne(10s);
        QVERIFY2(value, "a value or its wake was lost");
        seen.add(*value);
    }
    for (std::thread &thread : threads)
        thread.join();
    QVERIFY(seen.isOrdered());
    QCOMPARE(taken, writers * perWriter);
    QVERIFY(box.takeAll().empty());
}

/// The owner looks only when woken, as one with an event loop does: no value may be left without a wake.
void TestMailbox::wakesReachAnOwnerThatTakesAll()
{
    prunella::Mailbox<bool> wakes;
    Box box([&wakes] { wakes.post(true); });
    std::atomic<int> taken = 0, ended = 0;
    auto threads = startWriters(box, taken, ended);
    Seen seen;
    while (seen.count() < writers * perWriter) {
        QVERIFY2(wakes.waitOne(10s), "filled without a wake");
        for (const int value : box.takeAll())
            seen.add(value);
    }
    for (std::thread &thread : threads)
        thread.join();
    QVERIFY(seen.isOrdered());
    QCOMPARE(seen.count(), writers * perWriter);
}

/// What was taken before the close is there, what was refused is not.
void TestMailbox::closedWhilePosting()
{
    for (int round = 0; round < 20; ++round) {
        Box box;
        std::atomic<int> taken = 0, ended = 0;
        auto threads = startWriters(box, taken, ended);
        std::thread closer([&] {
            while (taken < 200 * (round + 1) && ended < writers)
                std::this_thread::yield();
            box.close();
        });
        Seen seen;
        while (const auto value = box.waitOne())
            seen.add(*value);
        closer.join();
        for (std::thread &thread : threads)
            thread.join();
        for (const int value : box.takeAll()) // posted between the reader's last look and the close
            seen.add(value);
        QVERIFY(seen.isOrdered());
        QCOMPARE(seen.count(), taken.load());
    }
}

QTEST_GUILESS_MAIN(TestMailbox)
#include "tst_mailbox.moc"
