// labels: sandbox
#include "core/recovery/ProcessTable.h"
#include "core/recovery/RunCommand.h"
#include "tests/recovery/AsNobody.h"
#include "tests/recovery/Victim.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>
#include <thread>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// A family: the leader and a child, both deaf to SIGTERM; says the child's number.
int deafFamily()
{
    std::signal(SIGTERM, SIG_IGN);
    const pid_t child = fork();
    if (child != 0) {
        std::printf("%d\n", int(child));
        std::fflush(stdout);
    }
    while (true)
        pause();
}

/// Ends at once; its child lives on in a process group, but not a session, of its own.
int leaveBehind()
{
    if (fork() == 0) {
        setpgid(0, 0);
        while (true)
            pause();
    }
    return 0;
}

int shout()
{
    for (int i = 0; i < 20'000; ++i)
        std::printf("line %d\n", i);
    return 0;
}

int show()
{
    std::printf("%d %d %d", int(getuid()), int(getgid()), getgroups(0, nullptr));
    QFile status(u"/proc/self/status"_s);
    if (status.open(QIODevice::ReadOnly))
        for (const QByteArray &line : status.readAll().split('\n'))
            if (line.startsWith("CapEff") || line.startsWith("SigIgn") || line.startsWith("SigBlk"))
                std::printf(" %s", line.simplified().constData());
    int null = 0, pipes = 0;
    const QStringList names = QDir(u"/proc/self/fd"_s).entryList(QDir::AllEntries | QDir::System | QDir::NoDotAndDotDot);
    for (const QString &name : names) {
        const QString target = QFile::symLinkTarget(u"/proc/self/fd/"_s + name);
        null += target == u"/dev/null"_s ? 1 : 0;
        pipes += target.contains(u"pipe:"_s) ? 1 : 0;
    }
    std::printf(" null %d pipes %d", null, pipes);
    std::printf(" session %d", int(getsid(0) == getpid()));
    for (char **entry = environ; *entry; ++entry)
        std::printf("\n%s", *entry);
    std::printf("\ncwd %s", qPrintable(QDir::currentPath()));
    return 0;
}

} // namespace

class TestRunCommand : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void successAndFailure();
    void noShell();
    void groupIgnoresTerm();
    void whatIsLeftBehindIsEnded();
    void cancelled();
    void outputIsBounded();
    void otherUser();
    void nothingIsInherited();
    void preflight();
    void startFailures();
    void runnersTime();
    void choice();
    void words();

private:
    CommandConfig self(const QStringList &arguments) const;
    static ActionResult run(const CommandConfig &config, int timeoutMs = 20'000, int graceMs = 300);
};

void TestRunCommand::init()
{
    qputenv("SECRET", "x");
}

CommandConfig TestRunCommand::self(const QStringList &arguments) const
{
    CommandConfig config;
    config.name = u"mend"_s;
    config.command = victim(arguments);
    return config;
}

ActionResult TestRunCommand::run(const CommandConfig &config, int timeoutMs, int graceMs)
{
    ActionRequest request;
    request.timeoutMs = timeoutMs;
    CancelToken token;
    return RunCommand(config, graceMs).run(request, token);
}

void TestRunCommand::successAndFailure()
{
    const ActionResult good = run(self({u"--exit"_s, u"0"_s}));
    QVERIFY2(good.status == ActionStatus::Completed, qPrintable(good.output));
    QCOMPARE(good.output, u"mend: exit status 0\nbye"_s);
    const ActionResult bad = run(self({u"--exit"_s, u"3"_s}));
    QVERIFY(bad.status == ActionStatus::Failed && bad.failure == FailureKind::Failed);
    QCOMPARE(bad.output, u"mend: exit status 3\nbye"_s);
    CommandConfig killed = self({});
    killed.command = QStringList{u"/usr/bin/env"_s, u"bash"_s, u"-c"_s, u"kill -SEGV $$"_s};
    QCOMPARE(run(killed).output, u"mend: signal 11 (SEGV)"_s);
}

void TestRunCommand::noShell()
{
    CommandConfig config = self({});
    config.command = QStringList{u"echo"_s, u"$HOME; `id` $(id) | cat > /tmp/x"_s, u"*"_s};
    QCOMPARE(run(config).output, u"mend: exit status 0\n$HOME; `id` $(id) | cat > /tmp/x *"_s);
}

void TestRunCommand::groupIgnoresTerm()
{
    CommandConfig config = self({u"--deaf-family"_s});
    config.timeoutMs = 300;
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = run(config);
    QVERIFY(result.status == ActionStatus::Failed && result.failure == FailureKind::Timeout);
    QVERIFY2(result.output.startsWith(u"mend: did not end within its time and was ended\n"_s), qPrintable(result.output));
    const qint64 child = result.output.section(u'\n', 1).toLongLong();
    QVERIFY(child > 1);
    const auto entry = processEntry(child);
    QVERIFY(!entry || entry->ended());
    QVERIFY2(timer.elapsed() >= 600 && timer.elapsed() < 5000, qPrintable(QString::number(timer.elapsed()))); // both times were waited for
}

void TestRunCommand::whatIsLeftBehindIsEnded()
{
    const ActionResult result = run(self({u"--leave-behind-elsewhere"_s}));
    QVERIFY(result.status == ActionStatus::Completed);
    QCOMPARE(result.output, u"mend: exit status 0, 1 processes that it had left behind were ended"_s);
    const QList<ProcessEntry> all = runningProcesses();
    for (const ProcessEntry &entry : all) {
        QFile commandLine(u"/proc/%1/cmdline"_s.arg(entry.pid));
        QVERIFY(!commandLine.open(QIODevice::ReadOnly) || !commandLine.readAll().contains("--leave-behind-elsewhere"));
    }
}

void TestRunCommand::cancelled()
{
    ActionRequest request;
    CancelToken token;
    std::thread canceller([&] { // once it runs
        while (true) {
            const QList<ProcessEntry> all = runningProcesses();
            for (const ProcessEntry &entry : all) {
                QFile commandLine(u"/proc/%1/cmdline"_s.arg(entry.pid));
                if (commandLine.open(QIODevice::ReadOnly) && commandLine.readAll().contains("--stay"))
                    return token.cancel();
            }
        }
    });
    const ActionResult result = RunCommand(self({u"--stay"_s})).run(request, token);
    canceller.join();
    QVERIFY2(result.status == ActionStatus::Cancelled, qPrintable(result.output));
    QVERIFY(result.output.startsWith(u"mend: was cancelled and ended"_s));
}

void TestRunCommand::outputIsBounded()
{
    const QString output = run(self({u"--shout"_s})).output;
    QVERIFY2(output.toUtf8().size() < 4096, qPrintable(QString::number(output.size())));
    QVERIFY(output.startsWith(u"mend: exit status 0\nline 0\nline 1\n"_s));
    QVERIFY(output.endsWith(u"line 19999"_s));
    QVERIFY(output.contains(u"bytes left out"_s));
}

void TestRunCommand::otherUser()
{
    CommandConfig config = self({u"--show-rights"_s});
    config.user = u"nobody"_s;
    config.environment = {{u"COLOUR"_s, u"blue"_s}, {u"PATH"_s, u"/usr/bin"_s}};
    config.workingDirectory = u"/usr"_s;
    const ActionResult result = run(config);
    QVERIFY2(result.status == ActionStatus::Completed, qPrintable(result.output));
    QVERIFY2(result.output.contains(u"65534 65534 1 "_s), qPrintable(result.output)); // nogroup is the only group
    QVERIFY2(result.output.contains(u"CapEff: 0000000000000000"_s), qPrintable(result.output));
    for (const QString &line : {u"\nCOLOUR=blue\n"_s, u"\nPATH=/usr/bin\n"_s, u"\nHOME=/nonexistent\n"_s, u"\nUSER=nobody\n"_s, u"\ncwd /usr"_s})
        QVERIFY2(result.output.contains(line), qPrintable(result.output));
}

void TestRunCommand::nothingIsInherited()
{
    const int open = ::open("/dev/null", O_RDONLY); // not close-on-exec
    std::signal(SIGUSR1, SIG_IGN);
    const QString output = run(self({u"--show-rights"_s})).output;
    std::signal(SIGUSR1, SIG_DFL);
    ::close(open);
    QVERIFY2(output.contains(u"null 1 pipes 2 session 1"_s), qPrintable(output)); // 0; 1 and 2
    QVERIFY2(output.contains(u"SigBlk: 0000000000000000"_s) && output.contains(u"SigIgn: 0000000000000000"_s), qPrintable(output));
    QVERIFY(!output.contains(u"SECRET"_s));
}

namespace {

QString verdictOn(const CommandConfig &config)
{
    const auto ready = RunCommand::prepare(config);
    if (ready)
        return u"fine"_s;
    const bool rights = ready.error().code == ErrorCode::NotAuthorised;
    return (rights ? u"not authorised: "_s : ready.error().code == ErrorCode::NotFound ? u"not found: "_s : u"other: "_s) + ready.error().message;
}

} // namespace

void TestRunCommand::preflight()
{
    QTemporaryDir dir(u"/var/tmp/run.XXXXXX"_s);
    QVERIFY(chmod(qPrintable(dir.path()), 0755) == 0);
    const QString program = dir.filePath(u"mend"_s);
    QVERIFY(QFile::copy(u"/bin/true"_s, program));
    CommandConfig config = self({});
    config.command = QStringList{program};
    const auto code = [&] { return verdictOn(config); };
    QCOMPARE(code(), u"fine"_s);
    config.user = u"nobody"_s;
    QCOMPARE(code(), u"fine"_s);
    {
        const AsNobody nobody;
        config.user = u"root"_s;
        QCOMPARE(code(), u"not authorised: only root may run mend as user root"_s);
        config.user.clear();
        QCOMPARE(code(), u"fine"_s);
    }
    QVERIFY(chmod(qPrintable(program), 0757) == 0);
    QCOMPARE(code(), u"not authorised: %1 could be changed by users other than root and the one that runs it"_s.arg(program));
    QVERIFY(chmod(qPrintable(program), 0755) == 0 && chown(qPrintable(program), 1234, 0) == 0);
    QCOMPARE(code(), u"not authorised: %1 could be changed by users other than root and the one that runs it"_s.arg(program));
    QVERIFY(chown(qPrintable(program), 0, 0) == 0 && chmod(qPrintable(program), 0644) == 0);
    QCOMPARE(code(), u"not authorised: %1 is no program that may be executed (chmod +x)"_s.arg(program));
    config.command = QStringList{u"no-such-program"_s};
    QVERIFY(code().startsWith(u"not found: cannot execute no-such-program: not found in /usr/local/sbin:"_s));
    config.command = QStringList{u"true"_s};
    config.user = u"no-such-user"_s;
    QCOMPARE(code(), u"not found: there is no user no-such-user"_s);
    config.user.clear();
    config.workingDirectory = u"/no/folder"_s;
    QCOMPARE(code(), u"not found: there is no working directory /no/folder"_s);
    const ActionResult result = run(config); // a verdict also when it is run anyway
    QVERIFY(result.status == ActionStatus::Failed);
}

void TestRunCommand::startFailures()
{
    QTemporaryDir dir(u"/var/tmp/run.XXXXXX"_s);
    const QString script = dir.filePath(u"mend"_s);
    QFile file(script);
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write("#!/no/interpreter\n") > 0);
    file.close();
    QVERIFY(chmod(qPrintable(script), 0755) == 0);
    CommandConfig config = self({});
    config.command = QStringList{script};
    const ActionResult missing = run(config);
    QVERIFY(missing.status == ActionStatus::Failed);
    QCOMPARE(missing.output, u"cannot execute %1: No such file or directory"_s.arg(script));
    config.command = QStringList{u"/bin/true"_s};
    config.user = u"nobody"_s;
    config.workingDirectory = dir.path(); // 0700 of root: the user's rights count, not ours
    const ActionResult folder = run(config);
    QVERIFY(folder.status == ActionStatus::Failed && folder.failure == FailureKind::NotAuthorised);
    QCOMPARE(folder.output, u"cannot enter the working directory %1: Permission denied"_s.arg(dir.path()));
}

void TestRunCommand::runnersTime()
{
    CommandConfig config = self({u"--deaf-family"_s});
    QElapsedTimer timer;
    timer.start();
    const ActionResult result = run(config, 800, 5000); // the action's time holds the grace
    QVERIFY(result.failure == FailureKind::Timeout);
    QVERIFY2(timer.elapsed() < 1500, qPrintable(QString::number(timer.elapsed())));
}

void TestRunCommand::choice()
{
    CommandConfig special, any;
    special.name = u"special"_s;
    special.causes = QStringList{u"disk_full_by_logs"_s};
    any.name = u"any"_s;
    QCOMPARE(RunCommand::commandFor({special, any}, u"disk_full_by_logs"_s)->name, u"special"_s);
    QCOMPARE(RunCommand::commandFor({special, any}, u"other"_s)->name, u"any"_s);
    QVERIFY(!RunCommand::commandFor({special}, u"other"_s));
}

void TestRunCommand::words()
{
    CommandConfig config = self({});
    config.command = QStringList{u"/usr/bin/mend"_s, u"a \"b\""_s};
    QCOMPARE(RunCommand::describe(config), u"run [\"/usr/bin/mend\", \"a \\\"b\\\"\"], at most 60 s"_s);
    config.user = u"web"_s;
    config.workingDirectory = u"/srv"_s;
    config.environment = {{u"TOKEN"_s, u"secret"_s}};
    QCOMPARE(RunCommand::describe(config), u"run [\"/usr/bin/mend\", \"a \\\"b\\\"\"] as user web in /srv with TOKEN, at most 60 s"_s);
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    const QString mode = app.arguments().value(1);
    if (mode == u"--deaf-family"_s)
        return deafFamily();
    if (mode == u"--leave-behind-elsewhere"_s)
        return leaveBehind();
    if (mode == u"--shout"_s)
        return shout();
    if (mode == u"--show-rights"_s)
        return show();
    if (const int status = prunella::testing::runVictim(app.arguments()); status >= 0)
        return status;
    TestRunCommand test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_run_command.moc"
