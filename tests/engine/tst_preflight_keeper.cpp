#include "core/engine/PreflightKeeper.h"

#include <QTest>
#include <QThreadPool>

#include <atomic>

using namespace prunella;
using namespace Qt::StringLiterals;

class TestPreflightKeeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup() { m_gate->close(); m_firstGate->close(); } ///< a test that failed leaves no look waiting
    void asksOnce();
    void listsAreKept();
    void forgets();
    void hangingLookWaits();
    void lateAnswerAfterForget();
    void oldFindingStands();
    void otherActionsNeedNone();

private:
    PreflightKeeper keeper(qint64 keptMs = 60'000, int waitMs = 5000);
    ManualClock m_clock;
    std::shared_ptr<std::atomic<int>> m_looks, m_ended;
    std::shared_ptr<Mailbox<int>> m_gate, m_firstGate = std::make_shared<Mailbox<int>>(); ///< the look waits for one of these, when it is closed to begin with
    std::atomic<bool> m_gated{false};
    ServiceConfig m_web;
};

static LookInput asked(const ServiceConfig &target, ActionType type, const QString &cause)
{
    LookInput input;
    input.target = target;
    input.type = type;
    input.causeId = cause;
    return input;
}

void TestPreflightKeeper::init()
{
    m_looks = std::make_shared<std::atomic<int>>(0);
    m_ended = std::make_shared<std::atomic<int>>(0);
    m_gate = std::make_shared<Mailbox<int>>();
    m_gated = false;
    m_web.name = u"web"_s;
}

PreflightKeeper TestPreflightKeeper::keeper(qint64 keptMs, int waitMs)
{
    return {[this, looks = m_looks, ended = m_ended](const LookInput &input) {
        const auto gate = m_gate;
        const int count = ++*looks;
        if (m_gated)
            (void)gate->waitOne();
        ++*ended;
        Preflight found;
        found.subject = input.target.name + input.causeId + QString::number(count);
        return found;
    }, {waitMs, 60'000, keptMs}};
}

void TestPreflightKeeper::asksOnce()
{
    PreflightKeeper keeper = this->keeper();
    QCOMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, u"a"_s), m_clock.now()).subject, u"weba1"_s);
    QCOMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, u"a"_s), m_clock.now()).subject, u"weba1"_s); // decision and question agree
    QCOMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, u"b"_s), m_clock.now()).subject, u"webb2"_s);
    m_clock.advance(1); // another decision
    QCOMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, u"a"_s), m_clock.now()).subject, u"weba3"_s);
}

/// A person who is asked has time to answer to the same list.
void TestPreflightKeeper::listsAreKept()
{
    PreflightKeeper keeper = this->keeper();
    QCOMPARE(keeper.look(asked(m_web, ActionType::FreeDiskSpace, {}), m_clock.now()).subject, u"web1"_s);
    m_clock.advance(60'000);
    QCOMPARE(keeper.look(asked(m_web, ActionType::FreeDiskSpace, {}), m_clock.now()).subject, u"web1"_s);
    m_clock.advance(1);
    QCOMPARE(keeper.look(asked(m_web, ActionType::FreeDiskSpace, {}), m_clock.now()).subject, u"web2"_s);
}

void TestPreflightKeeper::forgets()
{
    PreflightKeeper keeper = this->keeper();
    QCOMPARE(keeper.look(asked(m_web, ActionType::RunCommand, u"a"_s), m_clock.now()).subject, u"weba1"_s);
    keeper.forget(u"db"_s);
    QCOMPARE(keeper.look(asked(m_web, ActionType::RunCommand, u"a"_s), m_clock.now()).subject, u"weba1"_s);
    keeper.forget(u"web"_s);
    QCOMPARE(keeper.look(asked(m_web, ActionType::RunCommand, u"a"_s), m_clock.now()).subject, u"weba2"_s);
}

void TestPreflightKeeper::hangingLookWaits()
{
    PreflightKeeper keeper = this->keeper(60'000, 20);
    m_gated = true;
    for (int i = 0; i < 3; ++i) {
        const Preflight found = keeper.look(asked(m_web, ActionType::FreeDiskSpace, {}), m_clock.now());
        QVERIFY(found.objection && found.objection->decision == Decision::Wait);
        QCOMPARE(found.objection->retryAtMonotonicMs, m_clock.now().monotonicMs + 1000);
    }
    QCOMPARE(m_looks->load(), 1); // asked once, however long it takes
    m_gate->post(1);
    QTRY_COMPARE(keeper.look(asked(m_web, ActionType::FreeDiskSpace, {}), m_clock.now()).subject, u"web1"_s);
}

void TestPreflightKeeper::lateAnswerAfterForget()
{
    PreflightKeeper keeper = this->keeper(60'000, 20);
    m_gated = true;
    QVERIFY(keeper.look(asked(m_web, ActionType::AdjustTimeout, {}), m_clock.now()).objection);
    QTRY_COMPARE(m_looks->load(), 1);
    keeper.forget(u"web"_s); // something was done there meanwhile
    m_firstGate = std::exchange(m_gate, std::make_shared<Mailbox<int>>());
    QVERIFY(keeper.look(asked(m_web, ActionType::AdjustTimeout, {}), m_clock.now()).objection);
    QTRY_COMPARE(m_looks->load(), 2);
    m_firstGate->post(1);
    QTRY_COMPARE(m_ended->load(), 1);
    m_clock.advance(1);
    QVERIFY(keeper.look(asked(m_web, ActionType::AdjustTimeout, {}), m_clock.now()).objection); // the first answer is of before
    m_gate->post(1);
    QTRY_COMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, {}), m_clock.now()).subject, u"web2"_s);
}

void TestPreflightKeeper::oldFindingStands()
{
    PreflightKeeper keeper = this->keeper(1000, 20);
    QTRY_COMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, {}), m_clock.now()).subject, u"web1"_s);
    m_gated = true;
    m_clock.advance(1);
    QCOMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, {}), m_clock.now()).subject, u"web1"_s);
    m_gate->post(1);
    QTRY_COMPARE(keeper.look(asked(m_web, ActionType::AdjustTimeout, {}), m_clock.now()).subject, u"web2"_s);
}

void TestPreflightKeeper::otherActionsNeedNone()
{
    PreflightKeeper keeper = this->keeper();
    m_web.manager = Manager::Process; // nobody else's job, package or bus
    QVERIFY(!keeper.look(asked(m_web, ActionType::RestartService, {}), m_clock.now()).objection);
    QCOMPARE(m_looks->load(), 0);
}

QTEST_GUILESS_MAIN(TestPreflightKeeper)
#include "tst_preflight_keeper.moc"
