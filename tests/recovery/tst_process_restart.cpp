#include "tests/recovery/ProcessTest.h"
#include "tests/recovery/Victim.h"
#include "core/recovery/ProcessOutput.h"
#include "core/recovery/ProcessRestart.h"

#include <QElapsedTimer>
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestProcessRestart : public ProcessTest
{
    Q_OBJECT
private Q_SLOTS:
    void startedCleanly();
    void environmentAndDirectory();
    void cannotExecute_data();
    void cannotExecute();
    void stopsTheWholeGroup();
    void stopIgnoringTerm();
    void stopLeavesStrangersAlone();
    void stopIsCancelled();
    void leaderGoneChildrenLeft();
    void adoptedAfterItsEngineWasKilled();
    void notAdopted();
    void restarts();
    void restartFindsAnUnknownOne();
    void restartOfWhatEndsAtOnce();
    void restartIsCancelled();
    void outputIsBounded();
    void describesTheCall();
};

void TestProcessRestart::startedCleanly()
{
    const QTemporaryDir other;
    const int leaked = open(QFile::encodeName(other.path()).constData(), O_RDONLY); // on purpose without O_CLOEXEC
    sigset_t usr1, before;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, &before);
    const auto old = std::signal(SIGPIPE, SIG_IGN);
    const ManagedProcess process = startReady({u"--show"_s});
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    std::signal(SIGPIPE, old);
    close(leaked);

    const auto entry = processEntry(process.pid);
    QVERIFY(entry);
    QCOMPARE(entry->session, process.pid);
    QCOMPARE(entry->group, process.pid);
    QCOMPARE(entry->startTicks, process.startTicks);
    QCOMPARE(process.bootId, m_clock.now().bootId);
    QVERIFY(std::abs(process.startedAt - m_clock.now().wallMs) < 10'000);
    const QString shown = output();
    QVERIFY2(shown.contains(u"fd 0 /dev/null\n"_s), qPrintable(shown));
    QVERIFY(shown.contains(u"fd 1 "_s + process.outputFile));
    QVERIFY(shown.contains(u"fd 2 "_s + process.outputFile));
    QVERIFY(!shown.contains(other.path()));
    QVERIFY(shown.contains(u"SigBlk:\t0000000000000000\n"_s));
    // glibc itself leaves its two internal signals, 32 and 33, ignored in what it spawns
    QVERIFY(shown.contains(u"SigIgn:\t0000000000000000\n"_s) || shown.contains(u"SigIgn:\t0000000180000000\n"_s));
    struct stat info{};
    QVERIFY(stat(QFile::encodeName(process.outputFile).constData(), &info) == 0);
    QCOMPARE(int(info.st_mode & 0777), 0600);
}

void TestProcessRestart::environmentAndDirectory()
{
    qputenv("NOTIFY_SOCKET", "/run/engine");
    qputenv("PRUNELLA_KILL_AT", "nowhere");
    qputenv("COLOUR", "engine's");
    ServiceConfig config = service(victim({u"--show"_s}));
    config.environment = {{u"COLOUR"_s, u"blue = ä"_s}};
    config.workingDirectory = u"/usr"_s;
    const auto process = m_spawner.start(config);
    for (const char *name : {"NOTIFY_SOCKET", "PRUNELLA_KILL_AT", "COLOUR"})
        qunsetenv(name);
    QVERIFY(process);
    m_started.append(*process);
    QTRY_VERIFY(output().contains(u"ready\n"_s));
    const QString shown = output();
    QVERIFY2(shown.contains(u"PRUNELLA_SERVICE=web\n"_s), qPrintable(shown));
    QVERIFY(shown.contains(u"PRUNELLA_STATE_DIR="_s + m_dir.path() + u'\n'));
    QVERIFY(shown.contains(u"PRUNELLA_KILL_AT=<none>\n"_s));
    QVERIFY(shown.contains(u"NOTIFY_SOCKET=<none>\n"_s));
    QVERIFY2(shown.contains(u"COLOUR=blue = ä\n"_s), qPrintable(shown));
    QVERIFY(shown.contains(u"cwd=/usr\n"_s));
    QVERIFY(!shown.contains(u"PATH=<none>"_s));
}

void TestProcessRestart::cannotExecute_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("directory");
    QTest::addColumn<QString>("text");
    QTest::newRow("missing") << QStringList{u"/x"_s} << QString() << u"cannot execute /x: No such file or directory"_s;
    QTest::newRow("not in PATH") << QStringList{u"no-such-program"_s} << QString() << u"cannot execute no-such-program: not found in PATH"_s;
    QTest::newRow("a folder") << QStringList{u"/usr"_s} << QString() << u"cannot execute /usr: Permission denied"_s;
    QTest::newRow("not executable") << QStringList{u"/etc/passwd"_s} << QString() << u"cannot execute /etc/passwd: Permission denied"_s;
    QTest::newRow("no directory") << QStringList{u"/bin/true"_s} << u"/no/where"_s << u"cannot execute /bin/true: working directory /no/where does not exist"_s;
    QTest::newRow("no command") << QStringList{} << QString() << u"service web has no command: set `command: [program, …]`"_s;
    QTest::newRow("no first line") << QStringList{u"DIR/plain"_s} << QString() << u"cannot execute DIR/plain: Exec format error (a script needs a first line such as #!/bin/bash)"_s;
    QTest::newRow("no interpreter") << QStringList{u"DIR/astray"_s} << QString() << u"cannot execute DIR/astray: No such file or directory (the interpreter that it names is missing)"_s;
}

void TestProcessRestart::cannotExecute()
{
    QFETCH(QStringList, command);
    QFETCH(QString, directory);
    QFETCH(QString, text);
    for (const auto &[name, content] : {std::pair("plain", "echo\n"), std::pair("astray", "#!/no/interpreter\n")}) {
        QFile script(m_dir.filePath(QString::fromLatin1(name)));
        QVERIFY(script.open(QIODevice::WriteOnly));
        script.write(content);
        script.setPermissions(QFile::ReadOwner | QFile::ExeOwner | QFile::WriteOwner);
    }
    command.replaceInStrings(u"DIR"_s, m_dir.path());
    text.replace(u"DIR"_s, m_dir.path());
    ServiceConfig config = service(command);
    config.workingDirectory = directory;
    const auto process = m_spawner.start(config);
    QVERIFY(!process);
    QCOMPARE(process.error().message, text);
    QCOMPARE(waitpid(-1, nullptr, WNOHANG), -1); // no child is left to be reaped
    QCOMPARE(errno, ECHILD);
}

void TestProcessRestart::stopsTheWholeGroup()
{
    const ManagedProcess process = startReady({u"--family"_s});
    QTRY_COMPARE(inSession(process.pid).size(), 2);
    QTRY_VERIFY(output().count(u"ready"_s) == 2); // the grandchild ignores SIGTERM by now
    QElapsedTimer timer;
    timer.start();
    const auto stopped = m_spawner.stop(process, 200, m_token);
    QVERIFY2(stopped, stopped ? "" : qPrintable(stopped.error().message));
    QVERIFY(timer.elapsed() >= 190); // the grandchild got its time
    QVERIFY(inSession(process.pid).isEmpty());
    QVERIFY(!m_spawner.isRunning(process));
    QVERIFY(processEntry(process.pid)); // our child, and nobody reaped it behind the watcher's back
    QVERIFY(processEntry(process.pid)->ended());
}

void TestProcessRestart::stopIgnoringTerm()
{
    const ManagedProcess patient = startReady({u"--ignore-term"_s});
    QElapsedTimer timer;
    timer.start();
    QVERIFY(m_spawner.stop(patient, 300, m_token));
    QVERIFY(timer.elapsed() >= 290);
    QVERIFY(timer.elapsed() < 3000);
    int status = 0;
    QCOMPARE(waitpid(pid_t(patient.pid), &status, 0), pid_t(patient.pid));
    QVERIFY(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);

    const ManagedProcess polite = startReady({u"--stay"_s});
    timer.start();
    QVERIFY(m_spawner.stop(polite, 5000, m_token));
    QVERIFY(timer.elapsed() < 2000);
    QCOMPARE(waitpid(pid_t(polite.pid), &status, 0), pid_t(polite.pid));
    QVERIFY(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

void TestProcessRestart::stopLeavesStrangersAlone()
{
    // The number of a process that ended long ago, now in use by somebody else.
    QProcess stranger;
    stranger.setChildProcessModifier([] { setsid(); });
    stranger.start(u"tail"_s, {u"-f"_s, u"/dev/null"_s});
    QVERIFY(stranger.waitForStarted());
    const ManagedProcess old{u"web"_s, stranger.processId(), 12345, m_clock.now().bootId, {}, 0};
    QVERIFY(m_spawner.stop(old, 0, m_token));
    ManagedProcess otherBoot = old;
    otherBoot.startTicks = processEntry(old.pid)->startTicks;
    otherBoot.bootId = u"another boot"_s;
    QVERIFY(!m_spawner.isRunning(otherBoot));
    QVERIFY(m_spawner.stop(otherBoot, 0, m_token));
    QVERIFY(!processEntry(old.pid)->ended());
    stranger.kill();
    QVERIFY(stranger.waitForFinished());
}

void TestProcessRestart::stopIsCancelled()
{
    const ManagedProcess process = startReady({u"--ignore-term"_s});
    CancelToken token;
    token.cancel();
    QElapsedTimer timer;
    timer.start();
    QVERIFY(!m_spawner.stop(process, 60'000, token));
    QVERIFY(timer.elapsed() < 2000);
    QVERIFY(m_spawner.isRunning(process));
}

void TestProcessRestart::leaderGoneChildrenLeft()
{
    const ManagedProcess process = startReady({u"--family"_s});
    QTRY_COMPARE(inSession(process.pid).size(), 2);
    QVERIFY(kill(pid_t(process.pid), SIGKILL) == 0);
    QCOMPARE(waitpid(pid_t(process.pid), nullptr, 0), pid_t(process.pid));
    QVERIFY(!m_spawner.isRunning(process));
    QCOMPARE(inSession(process.pid).size(), 1);
    QVERIFY(m_spawner.stop(process, 50, m_token));
    QVERIFY(inSession(process.pid).isEmpty());
}

void TestProcessRestart::adoptedAfterItsEngineWasKilled()
{
    QProcess engine;
    engine.start(QCoreApplication::applicationFilePath(), {u"--engine"_s, m_dir.path()});
    QVERIFY(engine.waitForReadyRead());
    const qint64 pid = engine.readAllStandardOutput().trimmed().toLongLong();
    QVERIFY(pid > 0);
    engine.kill();
    QVERIFY(engine.waitForFinished());

    // The kernel lets posix_spawn return shortly before the new program's environment can be read.
    std::optional<ManagedProcess> found;
    QTRY_VERIFY((found = m_spawner.findRunning(u"web"_s)));
    QCOMPARE(found->pid, pid);
    QVERIFY(m_spawner.isRunning(*found));
    QVERIFY(!m_spawner.findRunning(u"other"_s));
    QCOMPARE(m_spawner.findRunning(*found)->pid, pid);
    ManagedProcess wrong = *found;
    wrong.startTicks += 1;
    QVERIFY(!m_spawner.isRunning(wrong));
    QCOMPARE(m_spawner.findRunning(wrong)->startTicks, found->startTicks);
    QVERIFY(m_spawner.stop(*found, 2000, m_token));
    QVERIFY(!m_spawner.findRunning(u"web"_s));
}

void TestProcessRestart::notAdopted()
{
    const QTemporaryDir other;
    const ManagedProcess process = startReady({u"--stay"_s});
    QVERIFY(!ProcessSpawner(other.path(), m_clock).findRunning(u"web"_s)); // another engine's
    QVERIFY(kill(pid_t(process.pid), SIGKILL) == 0);
    QTRY_VERIFY(!m_spawner.isRunning(process)); // a zombie does not run
    QVERIFY(!m_spawner.findRunning(process));
}

namespace {

ActionRequest request(int timeoutMs = 60'000)
{
    ActionRequest made;
    made.id = u"action"_s;
    made.target = u"web"_s;
    made.manager = Manager::Process;
    made.timeoutMs = timeoutMs;
    return made;
}

} // namespace

void TestProcessRestart::restarts()
{
    const QString count = m_dir.filePath(u"count"_s);
    const ManagedProcess old = startReady({u"--stay"_s, count});
    ManagedProcess fresh;
    ProcessRestart action(m_spawner, service(victim({u"--stay"_s, count})), old, [&](const ManagedProcess &process) { fresh = process; });
    const ActionResult result = action.run(request(), m_token);
    m_started.append(fresh);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QCOMPARE(result.newPid, fresh.pid);
    QVERIFY(fresh.pid != old.pid);
    QVERIFY(m_spawner.isRunning(fresh));
    QVERIFY(!m_spawner.isRunning(old));
    QVERIFY(result.output.startsWith(u"running, pid %1, output in "_s.arg(fresh.pid)));
    QTRY_COMPARE(QFileInfo(count).size(), 2);
}

void TestProcessRestart::restartFindsAnUnknownOne()
{
    const ManagedProcess unknown = startReady({u"--stay"_s});
    ManagedProcess fresh;
    ProcessRestart action(m_spawner, service(victim({u"--stay"_s})), std::nullopt, [&](const ManagedProcess &process) { fresh = process; });
    QVERIFY(action.run(request(), m_token).status == ActionStatus::Completed);
    m_started.append(fresh);
    QVERIFY(!m_spawner.isRunning(unknown)); // never two of one service
}

void TestProcessRestart::restartOfWhatEndsAtOnce()
{
    bool told = false;
    const auto tell = [&](const ManagedProcess &) { told = true; };
    ProcessRestart failing(m_spawner, service(victim({u"--exit"_s, u"3"_s})), std::nullopt, tell, {1000, 5000});
    const ActionResult result = failing.run(request(), m_token);
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::Failed);
    QVERIFY2(result.output.contains(u"ended right after its start: exit status 3\n"_s), qPrintable(result.output));
    QVERIFY(result.output.endsWith(u"bye"_s));
    QCOMPARE(waitpid(-1, nullptr, WNOHANG), -1); // nobody was told, so the action reaped it

    ProcessRestart leaving(m_spawner, service(victim({u"--leave-behind"_s})), std::nullopt, tell, {1000, 5000});
    const ActionResult left = leaving.run(request(), m_token);
    QVERIFY2(left.output.contains(u"exit status 0 (a managed program must stay in the foreground)"_s), qPrintable(left.output));
    for (const ProcessEntry &entry : runningProcesses())
        QVERIFY(!hasMarks(entry.pid, {u"web"_s, m_dir.path()}));

    ProcessRestart missing(m_spawner, service({u"/x"_s}), std::nullopt, tell);
    QCOMPARE(missing.run(request(), m_token).output, u"cannot execute /x: No such file or directory"_s);
    QVERIFY(!told);
}

void TestProcessRestart::restartIsCancelled()
{
    const ManagedProcess old = startReady({u"--ignore-term"_s});
    CancelToken token;
    token.cancel(CancelToken::Why::Timeout);
    ProcessRestart action(m_spawner, service(victim({u"--stay"_s})), old, {});
    const ActionResult result = action.run(request(), token);
    QVERIFY(result.failure == FailureKind::Cancelled);
    QVERIFY(m_spawner.isRunning(old));
}

void TestProcessRestart::outputIsBounded()
{
    const QString file = m_dir.filePath(u"log"_s);
    QFile writer(file);
    QVERIFY(writer.open(QIODevice::Append));
    writer.write("first line\n");
    for (int i = 0; i < 30'000; ++i)
        writer.write("line of forty bytes, to fill a log .....\n");
    writer.write("last line\n");
    writer.flush();
    QCOMPARE(tailOutput(file, 20), u"last line\n"_s);
    QCOMPARE(tailOutput(file, 0), QString());
    QVERIFY(rotateOutput(file));
    QCOMPARE(QFileInfo(file).size(), 0);
    QCOMPARE(QFileInfo(file + u".1"_s).size(), maxOutputBytes);
    QVERIFY(tailOutput(file + u".1"_s, 100).endsWith(u"last line\n"_s));
    writer.write("it writes on\n"); // as the process does that still has it open
    writer.flush();
    QCOMPARE(tailOutput(file, 4096), u"it writes on\n"_s);
    QVERIFY(rotateOutput(file));
    QCOMPARE(QFileInfo(file).size(), 13); // small: nothing to do
    QCOMPARE(tailOutput(m_dir.filePath(u"none"_s), 100), QString());
    QVERIFY(rotateOutput(m_dir.filePath(u"none"_s)));
}

void TestProcessRestart::describesTheCall()
{
    ServiceConfig config = service({u"/usr/bin/web"_s, u"--name"_s, u"a \"b\""_s});
    QCOMPARE(ProcessRestart::describe(config), u"start [\"/usr/bin/web\", \"--name\", \"a \\\"b\\\"\"]"_s);
    config.workingDirectory = u"/srv"_s;
    QVERIFY(ProcessRestart::describe(config).endsWith(u"] in /srv"_s));
}

namespace {

int engine(const QString &stateDir)
{
    const SystemClock clock;
    ServiceConfig config;
    config.name = u"web"_s;
    config.command = victim({u"--stay"_s});
    const auto process = ProcessSpawner(stateDir, clock).start(config);
    std::printf("%lld\n", process ? process->pid : 0);
    std::fflush(stdout);
    while (true)
        pause();
}

} // namespace

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (const int status = prunella::testing::runVictim(app.arguments()); status >= 0)
        return status;
    if (app.arguments().value(1) == u"--engine"_s)
        return engine(app.arguments().value(2));
    TestProcessRestart test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_process_restart.moc"
