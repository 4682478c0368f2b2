#include "core/monitoring/PidWatcher.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTest>
#include <array>
#include <csignal>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// A child of this very process: what the process manager starts.
pid_t spawn(const char *program, const char *argument)
{
    const QByteArray name(program), value(argument);
    std::array<char *, 3> arguments{const_cast<char *>(name.constData()),
                                    argument ? const_cast<char *>(value.constData()) : nullptr, nullptr};
    pid_t pid = -1;
    ::posix_spawn(&pid, program, nullptr, nullptr, arguments.data(), environ); // returns when the program runs
    return pid;
}

} // namespace

class tst_pid_watcher : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void killedChild();
    void exitedChild();
    void endedBeforeWatching();
    void stopRequested();
    void adopted();
    void noSuchProcess();
    void unwatched();
    void receiverWatchesTheNext();

private:
    std::unique_ptr<PidWatcher> m_watcher;
    QList<RawEvent> m_events;
};

void tst_pid_watcher::init()
{
    m_events.clear();
    m_watcher = std::make_unique<PidWatcher>(std::make_shared<SystemClock>());
    connect(m_watcher.get(), &PidWatcher::eventReady, this, [this](const RawEvent &event) { m_events.append(event); });
}

void tst_pid_watcher::killedChild()
{
    const pid_t pid = spawn("/bin/sleep", "60");
    QVERIFY(m_watcher->watch(u"web"_s, pid, true));
    QCOMPARE(m_watcher->pidOf(u"web"_s), std::optional<qint64>(pid));
    QElapsedTimer timer;
    timer.start();
    ::kill(pid, SIGKILL);
    QTRY_COMPARE_WITH_TIMEOUT(m_events.size(), 1, 2000);
    QVERIFY2(timer.elapsed() < 100, "the end must be seen at once");
    const RawEvent &event = m_events[0];
    QVERIFY(event.kind == RawEventKind::ProcessChanged);
    QCOMPARE(event.component, u"web"_s);
    QCOMPARE(event.process.pid, pid);
    QVERIFY(!event.process.running && event.process.exitKnown && event.process.signalled && !event.process.stopRequested);
    QCOMPARE(event.process.exitStatus, SIGKILL);
    QCOMPARE(::waitpid(pid, nullptr, WNOHANG), -1); // reaped: no zombie is left
    QCOMPARE(m_watcher->pidOf(u"web"_s), std::nullopt);
}

void tst_pid_watcher::exitedChild()
{
    const pid_t pid = spawn("/bin/false", nullptr);
    QVERIFY(m_watcher->watch(u"job"_s, pid, true));
    QTRY_COMPARE(m_events.size(), 1);
    QVERIFY(m_events[0].process.exitKnown && !m_events[0].process.signalled);
    QCOMPARE(m_events[0].process.exitStatus, 1);
}

void tst_pid_watcher::endedBeforeWatching()
{
    const pid_t pid = spawn("/bin/true", nullptr);
    siginfo_t info{};
    QCOMPARE(::waitid(P_PID, id_t(pid), &info, WEXITED | WNOWAIT), 0); // dead, not reaped
    QVERIFY(m_watcher->watch(u"job"_s, pid, true));
    QTRY_COMPARE(m_events.size(), 1);
    QVERIFY(m_events[0].process.exitKnown);
    QCOMPARE(m_events[0].process.exitStatus, 0);
}

void tst_pid_watcher::stopRequested()
{
    const pid_t pid = spawn("/bin/sleep", "60");
    QVERIFY(m_watcher->watch(u"web"_s, pid, true));
    m_watcher->markStopRequested(u"web"_s);
    ::kill(pid, SIGTERM);
    QTRY_COMPARE(m_events.size(), 1);
    QVERIFY(m_events[0].process.stopRequested);
    QCOMPARE(m_events[0].process.exitStatus, SIGTERM);
}

// A process of another parent, as one that outlived the engine before.
void tst_pid_watcher::adopted()
{
    QProcess shell;
    shell.start(u"/bin/bash"_s, {u"-c"_s, u"/bin/sleep 60 & echo $!; wait"_s});
    QVERIFY(shell.waitForReadyRead());
    const pid_t pid = shell.readLine().trimmed().toInt();
    QVERIFY(pid > 1);
    QVERIFY(m_watcher->watch(u"old"_s, pid, false));
    ::kill(pid, SIGKILL);
    QTRY_COMPARE(m_events.size(), 1);
    QVERIFY(!m_events[0].process.exitKnown);
    QVERIFY(!m_events[0].process.running);
    QTRY_COMPARE(shell.state(), QProcess::NotRunning);
}

void tst_pid_watcher::noSuchProcess()
{
    const pid_t pid = spawn("/bin/true", nullptr);
    QCOMPARE(::waitpid(pid, nullptr, 0), pid);
    const Status watched = m_watcher->watch(u"web"_s, pid, false);
    QVERIFY(!watched);
    QVERIFY(watched.error().code == ErrorCode::NotFound);
    QCOMPARE(watched.error().message, u"process %1 of service web does not exist"_s.arg(pid));
    QVERIFY(!m_watcher->watch(u"web"_s, 0, false));
    QVERIFY(!m_watcher->watch(u"web"_s, -1, true));
}

void tst_pid_watcher::unwatched()
{
    const pid_t pid = spawn("/bin/sleep", "60");
    const pid_t other = spawn("/bin/sleep", "60");
    QVERIFY(m_watcher->watch(u"web"_s, pid, true));
    QVERIFY(m_watcher->watch(u"other"_s, other, true));
    m_watcher->unwatch(u"web"_s);
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    ::kill(other, SIGKILL);
    QTRY_COMPARE(m_events.size(), 1);
    QCOMPARE(m_events[0].component, u"other"_s);
}

void tst_pid_watcher::receiverWatchesTheNext()
{
    pid_t next = 0;
    connect(m_watcher.get(), &PidWatcher::eventReady, this, [&](const RawEvent &event) {
        if (event.process.service == u"web"_s && next == 0) {
            next = spawn("/bin/sleep", "60");
            QVERIFY(m_watcher->watch(u"web"_s, next, true));
        }
    });
    QVERIFY(m_watcher->watch(u"web"_s, spawn("/bin/false", nullptr), true));
    QTRY_COMPARE(m_events.size(), 1);
    QCOMPARE(m_watcher->pidOf(u"web"_s), std::optional<qint64>(next));
    ::kill(next, SIGKILL);
    QTRY_COMPARE(m_events.size(), 2);
    QCOMPARE(m_events[1].process.pid, next);
}

QTEST_GUILESS_MAIN(tst_pid_watcher)
#include "tst_pid_watcher.moc"
