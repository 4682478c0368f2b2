// Every guard of the policy by table: when it objects and when not, its boundary, what an approval overrules; the guards'
// order; the backoff. How the guards act inside the loop is in tests/engine/tst_pipeline_guards.cpp.
#include "core/recovery/Policy.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

using Change = void (*)(PolicyInput &);
constexpr qint64 nowMs = 1'000'000;

Now at(qint64 monotonicMs = nowMs)
{
    Now now;
    now.wallMs = 1'700'000'000'000;
    now.monotonicMs = monotonicMs;
    return now;
}

/// Nothing speaks against it.
PolicyInput allowed()
{
    PolicyInput in;
    in.target = u"web"_s;
    in.mode = Mode::Automatic;
    in.confidence = 0.9;
    in.services = 4;
    return in;
}

/// One guard that objects, told by the least change of `allowed()` that makes it object.
struct Objecting {
    const char *name;
    Change change;
    Change justNot;       ///< the nearest input to which it does not object
    Decision decision;
    Reason reason;
    bool overruled;       ///< by an approval
    qint64 retryAt;       ///< monotonic ms; 0: no time
    const char *text;
};

// In the order in which the guards are asked.
const Objecting table[] = {
    {"supported", [](PolicyInput &in) { in.supported = false; }, [](PolicyInput &) {}, Decision::Refuse, Reason::NotSupported, false, 0,
     "restart_service cannot be done for web"},
    {"observing", [](PolicyInput &in) { in.mode = Mode::Observe; }, [](PolicyInput &) {}, Decision::Refuse, Reason::ModeObserve, false, 0,
     "the mode is observe: nothing is done by itself"},
    {"switchedOff", [](PolicyInput &in) { in.switchedOffBy = u"rollback_enabled"_s; }, [](PolicyInput &) {}, Decision::Refuse, Reason::SwitchedOff,
     false, 0, "restart_service is not done for web: rollback_enabled is false"},
    {"preflight", [](PolicyInput &in) { in.preflight = RecoveryDecision{Decision::Refuse, Reason::NotAuthorised, u"no right"_s, 0}; }, [](PolicyInput &) {},
     Decision::Refuse, Reason::NotAuthorised, false, 0, "no right"},
    {"paused", [](PolicyInput &in) { in.paused = true; in.pausedUntilMs = nowMs + 1500; }, [](PolicyInput &in) { in.pausedUntilMs = nowMs + 1500; },
     Decision::Wait, Reason::Paused, true, nowMs + 1500, "automation for web is paused for another 1.5 s"},
    {"maintenance", [](PolicyInput &in) { in.maintenanceUntilMs = nowMs + 7; }, [](PolicyInput &in) { in.maintenanceUntilMs = 0; },
     Decision::Wait, Reason::Maintenance, true, nowMs + 7, "a maintenance window is open for web"},
    {"flapping", [](PolicyInput &in) { in.flapping = true; }, [](PolicyInput &) {}, Decision::Wait, Reason::Flapping, true, nowMs + 60'000,
     "web changes its state too often to act on"},
    {"startLimit", [](PolicyInput &in) { in.startLimitHit = true; }, [](PolicyInput &) {}, Decision::Refuse, Reason::StartLimit, true, 0,
     "systemd's start limit of web is reached; only a person resets it"},
    {"attempts", [](PolicyInput &in) { in.attempts = 3; }, [](PolicyInput &in) { in.attempts = 2; }, Decision::Refuse, Reason::AttemptsExhausted,
     true, 0, "3 of 3 attempts of restart_service on web within 3600 s"},
    {"managerRestarting", [](PolicyInput &in) { in.managerRestarting = true; }, [](PolicyInput &) {}, Decision::Wait, Reason::ManagerRestarting,
     false, nowMs + 1000, "systemd is already starting web"},
    {"targetBusy", [](PolicyInput &in) { in.targetBusy = true; }, [](PolicyInput &) {}, Decision::Wait, Reason::TargetBusy, false, nowMs + 1000,
     "another action runs on web"},
    {"changedByOthers", [](PolicyInput &in) { in.changedBy = u"gdb looks at web"_s; in.changedSinceMs = nowMs; }, [](PolicyInput &in) { in.changedSinceMs = nowMs; },
     Decision::Wait, Reason::ChangedByOthers, true, nowMs + 5000, "gdb looks at web"},
    {"journal", [](PolicyInput &in) { in.journalLost = true; }, [](PolicyInput &) {}, Decision::Ask, Reason::JournalLost, true, 0,
     "the action cannot be written down anywhere before it is done"},
    {"damaged", [](PolicyInput &in) { in.storeDamaged = true; }, [](PolicyInput &) {}, Decision::Ask, Reason::StoreDamaged, true, 0,
     "the database was damaged and replaced; a person must acknowledge it first"},
    {"dependencyFirst", [](PolicyInput &in) { in.brokenNeed = u"db"_s; in.needWhy = u"does not run"_s; }, [](PolicyInput &in) { in.needIsLeft = true; }, Decision::Wait,
     Reason::DependencyFirst, true, nowMs + 5000, "db, which web needs, does not run and comes first"},
    {"breaker", [](PolicyInput &in) { in.failuresInRow = 3; in.breakerUntilMs = nowMs + 60'000; }, [](PolicyInput &in) { in.failuresInRow = 2; in.breakerUntilMs = nowMs + 60'000; },
     Decision::Wait, Reason::BreakerOpen, true, nowMs + 60'000, "the circuit breaker is open: restart_service failed 3 times in a row on web; one trial in 60 s"},
    {"mode", [](PolicyInput &in) { in.mode = Mode::Approve; }, [](PolicyInput &) {}, Decision::Ask, Reason::ModeApprove, true, 0,
     "the mode is approve: a person decides"},
    {"hintAlone", [](PolicyInput &in) { in.hintAlone = true; }, [](PolicyInput &) {}, Decision::Ask, Reason::HintAlone, true, 0,
     "an anomaly or a pattern alone never starts an action"},
    {"confidence", [](PolicyInput &in) { in.confidence = 0.799; }, [](PolicyInput &in) { in.confidence = 0.8; }, Decision::Ask,
     Reason::LowConfidence, true, 0, "confidence 0.80 is under 0.80"},
    {"unhealthyFraction", [](PolicyInput &in) { in.unhealthyServices = 3; }, [](PolicyInput &in) { in.unhealthyServices = 2; }, Decision::Ask,
     Reason::TooManyUnhealthy, true, 0, "3 of 4 services are sick: the cause is probably elsewhere"},
    {"rate", [](PolicyInput &in) { in.actionsLastHour = 20; }, [](PolicyInput &in) { in.actionsLastHour = 19; }, Decision::Ask, Reason::RateLimit,
     true, 0, "20 actions in the last hour, 20 are allowed"},
    {"coolDown", [](PolicyInput &in) { in.coolDownUntilMs = nowMs + 1; }, [](PolicyInput &in) { in.coolDownUntilMs = nowMs; }, Decision::Wait,
     Reason::CoolDown, true, nowMs + 1, "web was acted on a moment ago; 0.001 s of its cool-down are left"},
    {"concurrent", [](PolicyInput &in) { in.running = 2; }, [](PolicyInput &in) { in.running = 1; }, Decision::Wait, Reason::TooManyRunning, false,
     nowMs + 1000, "2 actions are running, 2 may at once"},
    {"backoff", [](PolicyInput &in) { in.backoffUntilMs = nowMs + 2000; in.attempts = 1; }, [](PolicyInput &in) { in.backoffUntilMs = nowMs; },
     Decision::Wait, Reason::Backoff, true, nowMs + 2000, "waits 2 s before attempt 2 of 3"},
};
constexpr int guardCount = int(std::size(table));

PolicyInput changed(Change change, bool approved = false)
{
    PolicyInput in = allowed();
    in.approved = approved;
    change(in);
    return in;
}

void same(const RecoveryDecision &seen, const Objecting &wanted)
{
    QCOMPARE(int(seen.decision), int(wanted.decision));
    QCOMPARE(toString(seen.reason), toString(wanted.reason));
    QCOMPARE(seen.detail, QString::fromLatin1(wanted.text));
    QCOMPARE(seen.retryAtMonotonicMs, wanted.retryAt);
}

} // namespace

class TestPolicy : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void guard_data();
    void guard();
    void nothingSpeaksAgainstIt();
    void order_data();
    void order();
    void ceilingCountsLikeTheMode();
    void pauseWithoutEnd();
    void smallGroupsHaveNoFraction();
    void fractionOfTheConfiguration();
    void attemptsOfTheConfiguration();
    void anApprovalIsForEverythingAPersonMayDecide();
    void backoffGrows_data();
    void backoffGrows();
    void breakerStates();
    void othersForTooLong();
    void shadow();
};

void TestPolicy::breakerStates()
{
    PolicyInput in = allowed();
    in.failuresInRow = 3;
    in.breakerUntilMs = nowMs + 1;
    QCOMPARE(int(breakerOf(in, at())), int(Breaker::Open));
    QCOMPARE(int(breakerOf(in, at(nowMs + 1))), int(Breaker::HalfOpen));
    QCOMPARE(int(decide(in, at(nowMs + 1)).decision), int(Decision::Run));
    in.breakerEnabled = false;
    QCOMPARE(int(breakerOf(in, at())), int(Breaker::Closed));
}

void TestPolicy::othersForTooLong()
{
    PolicyInput in = allowed();
    in.changedBy = u"gdb looks at web"_s;
    in.changedSinceMs = nowMs - 600'000;
    QCOMPARE(int(decide(in, at()).decision), int(Decision::Ask));
    QCOMPARE(int(decide(in, at(nowMs - 1)).decision), int(Decision::Wait));
}

/// What must wait waits, what must not be is refused, as ever; only what would be done or asked is not.
void TestPolicy::shadow()
{
    PolicyInput in = allowed();
    in.shadow = true;
    QCOMPARE(toString(decide(in, at()).reason), u"shadow"_s);
    QCOMPARE(int(decide(in, at()).decision), int(Decision::Refuse));
    in.targetBusy = true;
    QCOMPARE(toString(decide(in, at()).reason), u"target_busy"_s);
    in.targetBusy = false;
    in.approved = true;
    QCOMPARE(int(decide(in, at()).decision), int(Decision::Run));
}

void TestPolicy::guard_data()
{
    QTest::addColumn<int>("row");
    QCOMPARE(guards().size(), std::size(table)); // a new guard needs its row
    for (int i = 0; i < guardCount; ++i)
        QTest::newRow(table[i].name) << i;
}

void TestPolicy::guard()
{
    QFETCH(int, row);
    const Objecting &wanted = table[row];
    const Guard self = guards()[std::size_t(row)];
    const auto objection = self(changed(wanted.change), at());
    QVERIFY(objection);
    same(*objection, wanted);
    QVERIFY(!self(changed(wanted.justNot), at()));
    same(decide(changed(wanted.change), at()), wanted);
    QCOMPARE(int(decide(changed(wanted.justNot), at()).decision), int(Decision::Run));

    QCOMPARE(self(changed(wanted.change, true), at()).has_value(), !wanted.overruled);
    const auto approved = decide(changed(wanted.change, true), at());
    QCOMPARE(toString(approved.reason), toString(wanted.overruled ? Reason::Approved : wanted.reason));

    for (int other = 0; other < guardCount; ++other) // it looks at its own matter only
        QCOMPARE(guards()[std::size_t(other)](changed(wanted.change), at()).has_value(), other == row);
}

void TestPolicy::nothingSpeaksAgainstIt()
{
    const auto automatic = decide(allowed(), at());
    QCOMPARE(int(automatic.decision), int(Decision::Run));
    QCOMPARE(toString(automatic.reason), toString(Reason::Allowed));
    QCOMPARE(automatic.detail, u"automatic, confidence 0.90, attempt 1 of 3"_s);
    const auto approved = decide(changed([](PolicyInput &) {}, true), at());
    QCOMPARE(int(approved.decision), int(Decision::Run));
    QCOMPARE(toString(approved.reason), toString(Reason::Approved));
    QCOMPARE(approved.detail, u"a person approved it"_s);
}

void TestPolicy::order_data()
{
    QTest::addColumn<int>("first");
    for (int i = 0; i + 1 < guardCount; ++i)
        QTest::newRow(table[i].name) << i;
}

/// With this guard and any later one objecting, the earlier one's word is given.
void TestPolicy::order()
{
    QFETCH(int, first);
    for (int later = first + 1; later < guardCount; ++later) {
        PolicyInput in = allowed();
        table[later].change(in);
        table[first].change(in);
        if (!guards()[std::size_t(later)](in, at()))
            continue; // the two changes exclude one another (observe and approve)
        QCOMPARE(toString(decide(in, at()).reason), toString(table[first].reason));
    }
}

void TestPolicy::ceilingCountsLikeTheMode()
{
    QCOMPARE(toString(decide(changed([](PolicyInput &in) { in.ceiling = Mode::Observe; }), at()).reason), toString(Reason::ModeObserve));
    QCOMPARE(toString(decide(changed([](PolicyInput &in) { in.ceiling = Mode::Observe; }, true), at()).reason), toString(Reason::ModeObserve));
    const auto asked = decide(changed([](PolicyInput &in) { in.ceiling = Mode::Approve; }), at());
    QCOMPARE(int(asked.decision), int(Decision::Ask));
    QCOMPARE(toString(asked.reason), toString(Reason::CeilingLower));
    QCOMPARE(toString(decide(changed([](PolicyInput &in) { in.ceiling = Mode::Approve; }, true), at()).reason), toString(Reason::Approved));
    const auto both = decide(changed([](PolicyInput &in) { in.mode = in.ceiling = Mode::Approve; }), at());
    QCOMPARE(toString(both.reason), toString(Reason::ModeApprove));
    const auto under = decide(changed([](PolicyInput &in) { in.mode = Mode::Observe; in.ceiling = Mode::Automatic; }), at());
    QCOMPARE(toString(under.reason), toString(Reason::ModeObserve)); // a ceiling never lifts
}

void TestPolicy::pauseWithoutEnd()
{
    const auto waits = decide(changed([](PolicyInput &in) { in.paused = true; }), at());
    QCOMPARE(int(waits.decision), int(Decision::Wait));
    QCOMPARE(waits.retryAtMonotonicMs, 0);
    QCOMPARE(waits.detail, u"automation for web is paused until resumed"_s);
}

void TestPolicy::smallGroupsHaveNoFraction()
{
    PolicyInput in = allowed();
    in.services = in.unhealthyServices = 3;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::Allowed));
    in.services = in.unhealthyServices = 4;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::TooManyUnhealthy));
}

void TestPolicy::fractionOfTheConfiguration()
{
    PolicyInput in = allowed();
    in.services = 10;
    in.maxUnhealthyFraction = 0.2;
    in.unhealthyServices = 2;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::Allowed));
    in.unhealthyServices = 3;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::TooManyUnhealthy));
    in.maxUnhealthyFraction = 1;
    in.unhealthyServices = 10;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::Allowed));
}

void TestPolicy::attemptsOfTheConfiguration()
{
    PolicyInput in = allowed();
    in.maxAttempts = 0; // never by itself
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::AttemptsExhausted));
    in.maxAttempts = 1;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::Allowed));
    in.attempts = 5; // the configuration was lowered in between
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::AttemptsExhausted));
    QCOMPARE(decide(in, at()).detail, u"5 of 1 attempts of restart_service on web within 3600 s"_s);
}

void TestPolicy::anApprovalIsForEverythingAPersonMayDecide()
{
    PolicyInput in = allowed();
    for (const auto &one : table) {
        if (one.overruled)
            one.change(in);
    }
    in.approved = true;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::Approved));
    in.approved = false;
    QCOMPARE(toString(decide(in, at()).reason), toString(Reason::Paused));
}

void TestPolicy::backoffGrows_data()
{
    QTest::addColumn<int>("attempt");
    QTest::addColumn<double>("factor");
    QTest::addColumn<qint64>("pause");
    QTest::newRow("nothing was tried") << 0 << 2.0 << qint64(0);
    QTest::newRow("first") << 1 << 2.0 << qint64(0);
    QTest::newRow("second") << 2 << 2.0 << qint64(1000);
    QTest::newRow("third") << 3 << 2.0 << qint64(2000);
    QTest::newRow("ninth") << 9 << 2.0 << qint64(128'000);
    QTest::newRow("tenth") << 10 << 2.0 << qint64(256'000);
    QTest::newRow("over the greatest") << 11 << 2.0 << qint64(300'000);
    QTest::newRow("factor one") << 50 << 1.0 << qint64(1000);
    QTest::newRow("broken factor") << 4 << 1.5 << qint64(2250);
    QTest::newRow("past a double") << 100'000 << 2.0 << qint64(300'000);
}

void TestPolicy::backoffGrows()
{
    QFETCH(int, attempt);
    QFETCH(double, factor);
    QFETCH(qint64, pause);
    QCOMPARE(backoffMs(attempt, 1000, factor, 300'000), pause);
}

QTEST_GUILESS_MAIN(TestPolicy)
#include "tst_policy.moc"
