#include "core/detection/CrashDetector.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000;

UnitState unit(const char *active, const char *sub, const char *result, const char *invocation, quint32 restarts = 0,
               int exitCode = 0, int exitStatus = 0)
{
    UnitState state;
    state.unit = u"web.service"_s;
    state.loadState = u"loaded"_s;
    state.activeState = QString::fromLatin1(active);
    state.subState = QString::fromLatin1(sub);
    state.result = QString::fromLatin1(result);
    state.invocationId = QString::fromLatin1(invocation);
    state.restarts = restarts;
    state.startLimitHit = state.result == u"start-limit-hit"_s;
    state.exitCode = exitCode;
    state.exitStatus = exitStatus;
    return state;
}

const UnitState running = unit("active", "running", "success", "a1");
const UnitState killed = unit("failed", "failed", "signal", "a1", 0, 2, 9);

Now at(double second)
{
    return {wall0 + qint64(second * 1000), 9'000'000 + qint64(second * 1000), 0, {}};
}

/// What the detector says to a row of unit states: "+failed", "-failed", "+loop low", ...
struct Story {
    CrashDetector detector{30'000};
    QStringList lines;
    std::vector<ErrorEvent> events;

    Story &note(std::vector<ErrorEvent> found)
    {
        for (const ErrorEvent &e : found) {
            const QString kind = e.condition.kind == ConditionKind::UnitFailed ? u"failed"_s
                : e.condition.kind == ConditionKind::RestartLoop ? QString(u"loop "_s + toString(e.severity)) : u"exited"_s;
            lines << QString((e.cleared ? u"-"_s : u"+"_s) + (e.cleared ? kind.section(u' ', 0, 0) : kind));
        }
        events.insert(events.end(), found.begin(), found.end());
        return *this;
    }
    Story &see(double second, const UnitState &state)
    {
        RawEvent event;
        event.component = u"web"_s;
        event.unit = state;
        event.wallMs = at(second).wallMs;
        event.monotonicMs = at(second).monotonicMs;
        return note(detector.feed(event));
    }
    Story &see(double second, const ProcessState &state)
    {
        RawEvent event;
        event.kind = RawEventKind::ProcessChanged;
        event.component = u"web"_s;
        event.process = state;
        event.wallMs = at(second).wallMs;
        event.monotonicMs = at(second).monotonicMs;
        return note(detector.feed(event));
    }
    Story &tick(double second) { return note(detector.tick(at(second))); }
    [[nodiscard]] QString text() const { return lines.join(u", "_s); }
};

Condition condition(ConditionKind kind)
{
    Condition result;
    result.kind = kind;
    result.component = u"web"_s;
    return result;
}

} // namespace

class TestCrash : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneCrashIsOneEvent();
    void startedWhenItExited();
    void deliberateStopIsNone();
    void notStartedForADependency();
    void failsAgainAfterARestart();
    void failedAtFirstSight_data();
    void failedAtFirstSight();
    void restartLoop();
    void restartLoopInOneJump();
    void startLimitAfterALoop();
    void manualStartResetsTheCount();
    void sentences_data();
    void sentences();
    void processes();
    void adoptedConditions();
};

void TestCrash::oneCrashIsOneEvent()
{
    Story story; // as seen on systemd 252: "failed" is told up to three times, with other states between
    story.see(0, running).see(1, unit("deactivating", "stop-sigterm", "signal", "a1", 0, 2, 9)).see(1.001, killed)
        .see(1.002, killed).see(1.003, unit("failed", "failed", "signal", "a1", 0, 2, 9));
    QCOMPARE(story.text(), u"+failed"_s);
    QCOMPARE(toString(story.events[0].severity), toString(Severity::High));
    QCOMPARE(toString(story.events[0].type), toString(ErrorType::ServiceCrash));
    QCOMPARE(story.events[0].reason, u"web.service failed: its main process was killed by signal 9 (SIGKILL)"_s);
    const Condition open = story.events[0].condition;
    QVERIFY(story.detector.holds(open, killed, at(2)));
    const UnitState starting = unit("activating", "start", "success", "b2");
    QVERIFY(story.detector.holds(open, starting, at(2))); // begun is not done
    story.see(3, starting);
    QCOMPARE(story.text(), u"+failed"_s);
    story.see(4, unit("active", "running", "success", "b2"));
    QCOMPARE(story.text(), u"+failed, -failed"_s);
    QVERIFY(!story.detector.holds(open, unit("active", "running", "success", "b2"), at(4)));
    QVERIFY(!story.detector.holds(open, unit("inactive", "dead", "success", "b2"), at(4)));
}

void TestCrash::startedWhenItExited()
{
    UnitState state = killed;
    state.exitWallMs = wall0 + 700;
    Story story;
    story.see(0, running).see(1, state);
    QCOMPARE(story.events[0].startedWallMs, wall0 + 700);
    state.exitWallMs = wall0 + 99'000; // of the future: the clock was set
    Story odd;
    odd.see(0, running).see(1, state);
    QCOMPARE(odd.events[0].startedWallMs, wall0 + 1000);
}

void TestCrash::deliberateStopIsNone()
{
    Story story;
    story.see(0, running).see(1, unit("deactivating", "stop-sigterm", "success", "a1")).see(2, unit("inactive", "dead", "success", "a1"));
    QCOMPARE(story.text(), QString());
    Story reset; // reset-failed, or stopped while failed: there is nothing to heal any more
    reset.see(0, running).see(1, killed).see(2, unit("inactive", "dead", "success", "a1"));
    QCOMPARE(reset.text(), u"+failed, -failed"_s);
}

void TestCrash::notStartedForADependency()
{
    Story story; // systemd leaves it inactive: no crash of its own, and no deliberate stop either
    story.see(0, unit("inactive", "dead", "success", "a1", 0, 1, 3)).see(1, unit("inactive", "dead", "dependency", "a1", 0, 1, 3));
    QCOMPARE(story.text(), u"+failed"_s);
    QCOMPARE(toString(story.events[0].type), u"dependency_failure"_s);
    QCOMPARE(story.events[0].startedWallMs, wall0 + 1000); // not when its last run ended
    QCOMPARE(story.events[0].reason, u"web.service was not started: something that it requires failed"_s);
    QVERIFY(story.detector.holds(condition(ConditionKind::UnitFailed), unit("inactive", "dead", "dependency", "a1"), at(2)));
    story.see(3, unit("active", "running", "success", "b2"));
    QCOMPARE(story.text(), u"+failed, -failed"_s);
    Story stopped; // and then somebody stops it: there is nothing to heal
    stopped.see(0, running).see(1, unit("inactive", "dead", "dependency", "a1")).see(2, unit("inactive", "dead", "success", "a1"));
    QCOMPARE(stopped.text(), u"+failed, -failed"_s);
}

void TestCrash::failsAgainAfterARestart()
{
    Story story;
    story.see(0, running).see(1, killed).see(2, unit("activating", "start", "success", "b2"))
        .see(3, unit("failed", "failed", "exit-code", "b2", 0, 1, 1)).see(3.1, unit("failed", "failed", "exit-code", "b2", 0, 1, 1));
    QCOMPARE(story.text(), u"+failed, +failed"_s); // another invocation is another failure
    QCOMPARE(story.events[1].reason, u"web.service failed: it ended with exit code 1"_s);
}

void TestCrash::failedAtFirstSight_data()
{
    QTest::addColumn<QString>("rememberedState");
    QTest::addColumn<QString>("rememberedInvocation");
    QTest::addColumn<QString>("expected");
    QTest::newRow("never seen: listed, not healed") << QString() << QString() << QString();
    QTest::newRow("was well when the last engine ended") << u"active"_s << u"a1"_s << u"+failed"_s;
    QTest::newRow("failed then and now, the same") << u"failed"_s << u"a1"_s << QString();
    QTest::newRow("failed then, started and failed again since") << u"failed"_s << u"9z"_s << u"+failed"_s;
}

void TestCrash::failedAtFirstSight()
{
    QFETCH(QString, rememberedState);
    QFETCH(QString, rememberedInvocation);
    QFETCH(QString, expected);
    Story story;
    if (!rememberedState.isEmpty())
        story.detector.remember(u"web"_s, {rememberedInvocation, rememberedState});
    story.see(0, killed).see(0.1, killed);
    QCOMPARE(story.text(), expected);
    QCOMPARE(story.detector.failedBefore(), expected.isEmpty() ? QStringList{u"web"_s} : QStringList());
    QCOMPARE(story.detector.toRemember().value(u"web"_s).activeState, u"failed"_s);
    story.see(1, unit("active", "running", "success", "b2"));
    QVERIFY(story.detector.failedBefore().isEmpty());
    story.see(2, unit("failed", "failed", "signal", "b2", 0, 2, 11)); // from now on it is watched like any other
    QVERIFY(story.text().endsWith(u"+failed"_s));
}

void TestCrash::restartLoop()
{
    Story story;
    story.see(0, running).see(10, unit("activating", "auto-restart", "exit-code", "a1", 0, 1, 1))
        .see(10.2, unit("active", "running", "success", "b2", 1, 1, 1));
    QCOMPARE(story.text(), u"+loop low"_s);
    QCOMPARE(story.events[0].reason, u"systemd restarted web.service once (NRestarts 1), last exit code 1"_s);
    const Condition open = story.events[0].condition;
    QVERIFY(story.detector.holds(open, unit("active", "running", "success", "b2", 1), at(39)));
    story.tick(39);
    QCOMPARE(story.text(), u"+loop low"_s);
    QCOMPARE(*story.detector.nextTickMs(), at(40.2).monotonicMs);
    story.tick(40.2);
    QCOMPARE(story.text(), u"+loop low, -loop"_s); // active without a rise for the settle time
    QVERIFY(!story.detector.nextTickMs());
    QVERIFY(!story.detector.holds(open, unit("active", "running", "success", "b2", 1), at(41)));
    story.see(50, unit("active", "running", "success", "c3", 2)).see(51, unit("active", "running", "success", "d4", 3));
    QCOMPARE(story.text(), u"+loop low, -loop, +loop low, +loop high"_s); // three within five minutes
    for (quint32 i = 4; i <= 400; ++i)
        story.see(51 + i * 0.01, unit("active", "running", "success", "e5", i));
    QVERIFY2(story.lines.size() < 15, qPrintable(story.text())); // hundreds of restarts, a handful of events
    QVERIFY(story.events.back().reason.contains(u"systemd restarted web.service"_s));
}

void TestCrash::restartLoopInOneJump()
{
    Story story; // signals may be lost or coalesced
    story.see(0, running).see(3, unit("activating", "auto-restart", "exit-code", "b2", 12, 1, 1)).tick(100);
    QCOMPARE(story.text(), u"+loop high"_s); // not active: does not clear however long it waits
    QCOMPARE(story.events[0].reason, u"systemd restarted web.service 12 times in 0 ms (NRestarts 12), last exit code 1"_s);
    story.see(101, unit("inactive", "dead", "success", "b2", 0));
    QCOMPARE(story.text(), u"+loop high, -loop"_s);
}

void TestCrash::startLimitAfterALoop()
{
    Story story;
    story.see(0, running).see(1, unit("active", "running", "success", "b2", 1)).see(2, unit("active", "running", "success", "c3", 5))
        .see(3, unit("failed", "failed", "start-limit-hit", "c3", 5, 1, 1));
    QCOMPARE(story.text(), u"+loop low, +loop high, +failed"_s);
    QVERIFY(story.events.back().reason.contains(u"start limit was hit (last: exit code 1)"_s));
    story.tick(500);
    QCOMPARE(story.lines.size(), 3);
}

void TestCrash::manualStartResetsTheCount()
{
    Story story; // first seen with a count from long ago, then started by hand, which sets it to zero
    story.see(0, unit("active", "running", "success", "a1", 40)).see(1, unit("inactive", "dead", "success", "a1", 0))
        .see(2, unit("active", "running", "success", "b2", 0));
    QCOMPARE(story.text(), QString());
    story.see(3, unit("active", "running", "success", "c3", 1));
    QCOMPARE(story.text(), u"+loop low"_s);
}

void TestCrash::sentences_data()
{
    QTest::addColumn<UnitState>("state");
    QTest::addColumn<QString>("expected");
    const auto row = [](const char *result, int code, int status, const QString &text) {
        QTest::addRow("%s %d %d", result, code, status) << unit("failed", "failed", result, "z9", 0, code, status) << text;
    };
    row("core-dump", 3, 11, u"web.service failed: its main process was killed by signal 11 (SIGSEGV), core dumped"_s);
    row("exit-code", 1, 203, u"web.service failed: it ended with exit code 203 (EXEC: systemd could not start it)"_s);
    row("oom-kill", 2, 9, u"web.service failed: the kernel killed it for want of memory"_s);
    row("timeout", 0, 0, u"web.service failed: it did not start or stop in time"_s);
    row("watchdog", 3, 6, u"web.service failed: it did not answer systemd's watchdog (last: signal 6 (SIGABRT), core dumped)"_s);
    row("resources", 0, 0, u"web.service failed: systemd could not prepare what it needs to start"_s);
    row("protocol", 0, 0, u"web.service failed: result protocol"_s);
}

void TestCrash::sentences()
{
    QFETCH(UnitState, state);
    Story story;
    story.see(0, running).see(1, state);
    QTEST(story.events.at(0).reason, "expected");
}

void TestCrash::processes()
{
    ProcessState up{u"web"_s, 123, true, false, false, 0, false};
    ProcessState dead{u"web"_s, 123, false, true, true, 9, false};
    Story story;
    story.see(0, up).see(1, dead).see(1.1, dead);
    QCOMPARE(story.text(), u"+exited"_s);
    QCOMPARE(story.events[0].reason, u"web (pid 123) was killed by signal 9 (SIGKILL)"_s);
    up.pid = 124;
    story.see(2, up);
    QCOMPARE(story.text(), u"+exited, -exited"_s);
    dead = {u"web"_s, 124, false, true, false, 0, true};
    story.see(3, dead); // we stopped it
    QCOMPARE(story.lines.size(), 2);
    story.see(4, ProcessState{u"web"_s, 0, false, false, false, 0, false}); // never started
    QCOMPARE(story.lines.size(), 2);
    story.see(5, ProcessState{u"web"_s, 125, false, false, false, 0, false});
    QVERIFY(story.events.back().reason.contains(u"adopted"_s));
    Story code;
    code.see(0, ProcessState{u"web"_s, 9, false, true, false, 3, false});
    QCOMPARE(code.events.at(0).reason, u"web (pid 9) exited with code 3 without being asked to"_s);
}

void TestCrash::adoptedConditions()
{
    Story story; // incidents of the engine before are still open; their ends must be told
    for (const auto kind : {ConditionKind::UnitFailed, ConditionKind::RestartLoop, ConditionKind::ProcessExited})
        story.detector.adopt(condition(kind));
    story.see(0, running);
    QCOMPARE(story.text(), u"-failed"_s);
    story.tick(29).tick(30);
    QCOMPARE(story.text(), u"-failed, -loop"_s);
    story.see(31, ProcessState{u"web"_s, 5, true, false, false, 0, false});
    QCOMPARE(story.text(), u"-failed, -loop, -exited"_s);
    Story still; // still failed with the same invocation: the incident lists it, "failed before" does not
    still.detector.adopt(condition(ConditionKind::UnitFailed));
    still.detector.remember(u"web"_s, {u"a1"_s, u"failed"_s});
    still.see(0, killed);
    QCOMPARE(still.text(), QString());
    QVERIFY(still.detector.failedBefore().isEmpty());
}

QTEST_GUILESS_MAIN(TestCrash)
#include "tst_crash.moc"
