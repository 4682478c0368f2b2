// labels: tsan
#include "core/base/Mailbox.h"
#include "core/recovery/Runner.h"
#include "ThreadTest.h"

#include <QElapsedTimer>
#include <QTest>

#include <map>
#include <semaphore>

using namespace prunella;
using std::chrono::milliseconds;

namespace {

using Body = std::function<ActionResult(const ActionRequest &, CancelToken &)>;

class Scripted final : public RecoveryAction
{
public:
    explicit Scripted(Body body) : m_body(std::move(body)) {}
    ActionResult run(const ActionRequest &request, CancelToken &token) override { return m_body(request, token); }

private:
    Body m_body;
};

std::shared_ptr<RecoveryAction> action(Body body)
{
    return std::make_shared<Scripted>(std::move(body));
}

std::shared_ptr<RecoveryAction> quick()
{
    return action([](const ActionRequest &request, CancelToken &) { return completed(request, QStringLiteral("fine"), 42); });
}

/// Stays until it is cancelled, as an action that polls does.
std::shared_ptr<RecoveryAction> obedient()
{
    return action([](const ActionRequest &request, CancelToken &token) {
        token.wait(milliseconds(60'000));
        return cancelled(request, QStringLiteral("gave up"));
    });
}

ActionRequest request(const QString &id, const QString &target, int timeoutMs = 60'000)
{
    ActionRequest made;
    made.id = id;
    made.target = target;
    made.timeoutMs = timeoutMs;
    return made;
}

struct Inbox {
    Mailbox<ActionResult> box;
    Runner::Done done()
    {
        return [this](ActionResult result) { box.post(std::move(result)); };
    }
    ActionResult next()
    {
        auto result = box.waitOne(milliseconds(10'000));
        return result ? *result : ActionResult{QStringLiteral("nothing came"), ActionStatus::Unknown, FailureKind::None, {}, 0};
    }
};

} // namespace

class TestRunner : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void reportsTheResult();
    void oneActionATarget();
    void boundedThreads();
    void moreThreadsFromNowOn();
    void cancelWakesTheAction();
    void cancelBeforeTheStart();
    void timeIsOver();
    void hangingActionIsReportedAndStaysBusy();
    void lateSuccessIsASuccess();
    void stopIsBounded();
    void stopReportsEverything();
    void manyActionsEachOnce();
};

void TestRunner::reportsTheResult()
{
    Inbox inbox;
    Runner runner(2, inbox.done());
    QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web")), quick()));
    const ActionResult result = inbox.next();
    QCOMPARE(result.actionId, QStringLiteral("a"));
    QVERIFY(result.status == ActionStatus::Completed);
    QCOMPARE(result.newPid, 42);
    QVERIFY(!runner.isBusy(QStringLiteral("web"))); // at once: who hears of the end may start the next one
    QVERIFY(runner.start(request(QStringLiteral("b"), QStringLiteral("web")), quick()));
    QCOMPARE(inbox.next().actionId, QStringLiteral("b"));
}

void TestRunner::oneActionATarget()
{
    Inbox inbox;
    Runner runner(2, inbox.done());
    QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web")), obedient()));
    QVERIFY(!runner.start(request(QStringLiteral("b"), QStringLiteral("web")), quick()));
    QVERIFY(runner.isBusy(QStringLiteral("web")));
    QVERIFY(runner.start(request(QStringLiteral("c"), QStringLiteral("db")), quick()));
    QCOMPARE(inbox.next().actionId, QStringLiteral("c"));
    QCOMPARE(runner.running(), 1);
    QVERIFY(!runner.start(request(QStringLiteral("d"), QStringLiteral("x")), nullptr));
}

void TestRunner::boundedThreads()
{
    Inbox inbox;
    std::atomic<int> now{0}, most{0};
    std::counting_semaphore<> go(0);
    Runner runner(2, inbox.done());
    for (int i = 0; i < 6; ++i)
        QVERIFY(runner.start(request(QString::number(i), QString::number(i)), action([&](const ActionRequest &asked, CancelToken &) {
            const int running = ++now;
            for (int seen = most; seen < running && !most.compare_exchange_weak(seen, running);) {}
            go.acquire();
            --now;
            return completed(asked, {});
        })));
    QTRY_COMPARE(now.load(), 2);
    go.release(6);
    for (int i = 0; i < 6; ++i)
        QVERIFY(inbox.next().status == ActionStatus::Completed);
    QCOMPARE(most.load(), 2);
}

/// A reload allowed more at once: what waited for a thread gets one.
void TestRunner::moreThreadsFromNowOn()
{
    Inbox inbox;
    std::atomic<int> now{0};
    std::counting_semaphore<> go(0);
    Runner runner(1, inbox.done());
    for (int i = 0; i < 3; ++i)
        QVERIFY(runner.start(request(QString::number(i), QString::number(i)), action([&](const ActionRequest &asked, CancelToken &) {
            ++now;
            go.acquire();
            return completed(asked, {});
        })));
    QTRY_COMPARE(now.load(), 1);
    runner.grow(3);
    QTRY_COMPARE(now.load(), 3);
    runner.grow(1); // never fewer
    go.release(3);
    for (int i = 0; i < 3; ++i)
        QVERIFY(inbox.next().status == ActionStatus::Completed);
}

void TestRunner::cancelWakesTheAction()
{
    Inbox inbox;
    Runner runner(1, inbox.done());
    QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web")), obedient()));
    QElapsedTimer timer;
    timer.start();
    QVERIFY(runner.cancel(QStringLiteral("a")));
    QVERIFY(!runner.cancel(QStringLiteral("other")));
    const ActionResult result = inbox.next();
    QVERIFY(result.status == ActionStatus::Cancelled);
    QVERIFY(result.failure == FailureKind::Cancelled);
    QVERIFY(timer.elapsed() < 2000);
    QVERIFY(!runner.cancel(QStringLiteral("a")));
}

void TestRunner::cancelBeforeTheStart()
{
    Inbox inbox;
    Runner runner(1, inbox.done());
    QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web")), obedient()));
    std::atomic<bool> ran{false};
    QVERIFY(runner.start(request(QStringLiteral("b"), QStringLiteral("db")), action([&](const ActionRequest &asked, CancelToken &) {
        ran = true;
        return completed(asked, {});
    })));
    QVERIFY(runner.cancel(QStringLiteral("b")));
    QVERIFY(runner.cancel(QStringLiteral("a")));
    QCOMPARE(inbox.next().actionId, QStringLiteral("a"));
    const ActionResult second = inbox.next();
    QVERIFY(second.status == ActionStatus::Cancelled);
    QVERIFY(!ran);
}

void TestRunner::timeIsOver()
{
    Inbox inbox;
    Runner runner(1, inbox.done());
    QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web"), 50), obedient()));
    const ActionResult result = inbox.next();
    QVERIFY(result.status == ActionStatus::Failed);
    QVERIFY(result.failure == FailureKind::Timeout);
    QCOMPARE(result.output, QStringLiteral("gave up after 0.05 s: gave up"));
}

void TestRunner::hangingActionIsReportedAndStaysBusy()
{
    Inbox inbox;
    std::binary_semaphore release(0);
    Runner runner(1, inbox.done());
    QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web"), 50), action([&](const ActionRequest &asked, CancelToken &) {
        release.acquire(); // deaf to the token
        return completed(asked, {});
    })));
    const ActionResult result = inbox.next();
    QVERIFY(result.failure == FailureKind::Timeout);
    QVERIFY(runner.isBusy(QStringLiteral("web")));
    QVERIFY(!runner.start(request(QStringLiteral("b"), QStringLiteral("web")), quick()));
    release.release();
    QTRY_VERIFY(!runner.isBusy(QStringLiteral("web")));
    QVERIFY(!inbox.box.waitOne(milliseconds(20))); // reported once
}

void TestRunner::lateSuccessIsASuccess()
{
    Inbox inbox;
    Runner runner(1, inbox.done());
    QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web"), 50), action([](const ActionRequest &asked, CancelToken &token) {
        token.wait(milliseconds(60'000));
        return completed(asked, QStringLiteral("just in time"));
    })));
    QVERIFY(inbox.next().status == ActionStatus::Completed);
}

void TestRunner::stopIsBounded()
{
    // Shared with a thread that outlives the runner.
    const auto release = std::make_shared<std::binary_semaphore>(0);
    const auto began = std::make_shared<std::binary_semaphore>(0);
    const auto ended = std::make_shared<std::binary_semaphore>(0);
    Inbox inbox;
    QElapsedTimer timer;
    {
        Runner runner(1, inbox.done());
        QVERIFY(runner.start(request(QStringLiteral("a"), QStringLiteral("web")), action([=](const ActionRequest &asked, CancelToken &) {
            began->release();
            release->acquire();
            ended->release();
            return completed(asked, {});
        })));
        QVERIFY(began->try_acquire_for(milliseconds(10'000)));
        timer.start();
        runner.stop(100);
        QVERIFY(timer.elapsed() < 3000);
        QVERIFY(inbox.next().failure == FailureKind::Cancelled);
        QVERIFY(!runner.start(request(QStringLiteral("b"), QStringLiteral("db")), quick()));
        runner.stop(100);
    }
    release->release();
    QVERIFY(ended->try_acquire_for(milliseconds(10'000)));
    QVERIFY(!inbox.box.waitOne(milliseconds(20)));
}

void TestRunner::stopReportsEverything()
{
    Inbox inbox;
    Runner runner(2, inbox.done());
    for (int i = 0; i < 5; ++i)
        QVERIFY(runner.start(request(QString::number(i), QString::number(i)), obedient()));
    runner.stop(5000);
    QCOMPARE(int(inbox.box.takeAll().size()), 5);
}

void TestRunner::manyActionsEachOnce()
{
    Inbox inbox;
    std::map<QString, int> reports;
    Runner runner(4, inbox.done());
    for (int i = 0; i < 400; ++i) {
        const QString id = QString::number(i);
        QVERIFY(runner.start(request(id, id, i % 7 == 0 ? 1 : 60'000), i % 5 == 0 ? obedient() : quick()));
        if (i % 5 == 0)
            runner.cancel(id);
    }
    for (int i = 0; i < 400; ++i)
        ++reports[inbox.next().actionId];
    QCOMPARE(int(reports.size()), 400);
    QCOMPARE(runner.running(), 0);
}

int main(int argc, char **argv)
{
    TestRunner test;
    return prunella::testing::runThreadTest(&test, argc, argv);
}
#include "tst_runner.moc"
