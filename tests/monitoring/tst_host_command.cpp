// Real commands: what they print, how they fail, and that nothing of them is left behind.
#include "core/monitoring/CommandMonitor.h"
#include "core/monitoring/CommandRun.h"

#include <QElapsedTimer>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>
#include <csignal>
#include <memory>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

MonitorConfig config(const QStringList &command, qint64 timeoutMs = 10'000)
{
    MonitorConfig made;
    made.type = u"command"_s;
    made.name = u"queue_depth"_s;
    made.unit = u"items"_s;
    made.command = command;
    made.timeoutMs = timeoutMs;
    return made;
}

QStringList bash(const QString &script)
{
    return {u"bash"_s, u"-c"_s, script};
}

bool isAlive(qint64 pid)
{
    if (kill(pid_t(pid), 0) != 0)
        return false;
    QFile stat(u"/proc/%1/stat"_s.arg(pid)); // a zombie waits only to be reaped by init
    return stat.open(QIODevice::ReadOnly) && !stat.readAll().contains(") Z ");
}

qint64 pidIn(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll().trimmed().toLongLong() : 0;
}

} // namespace

class HostCommandTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsNumbers_data();
    void readsNumbers();
    void measures();
    void saysWhyItFailed_data();
    void saysWhyItFailed();
    void killsTheWholeGroupInTime();
    void leavesNothingBehind();
    void bearsEndlessOutput();
    void givesNoDescriptorsOrInput();
    void keepsArgumentsAsTheyAre();
    void canBeCancelled();
};

void HostCommandTest::readsNumbers_data()
{
    QTest::addColumn<QByteArray>("text");
    QTest::addColumn<double>("value"); // NaN: refused
    QTest::newRow("integer") << QByteArray("42\n") << 42.0;
    QTest::newRow("blanks") << QByteArray(" \t-4.5e2 \r\n\n") << -450.0;
    QTest::newRow("empty") << QByteArray() << qQNaN();
    QTest::newRow("unit") << QByteArray("42 items") << qQNaN();
    QTest::newRow("two") << QByteArray("1\n2\n") << qQNaN();
    QTest::newRow("comma") << QByteArray("1,5") << qQNaN();
    QTest::newRow("not a number") << QByteArray("nan") << qQNaN();
    QTest::newRow("infinite") << QByteArray("inf") << qQNaN();
    QTest::newRow("too large") << QByteArray("1e999") << qQNaN();
}

void HostCommandTest::readsNumbers()
{
    QFETCH(QByteArray, text);
    QFETCH(double, value);
    const auto parsed = parseCommandNumber(text);
    QCOMPARE(parsed.has_value(), !qIsNaN(value));
    if (parsed)
        QCOMPARE(*parsed, value);
}

void HostCommandTest::measures()
{
    CommandMonitor monitor(config(bash(u"echo 17; echo noise >&2"_s)), 1000);
    QVERIFY(monitor.mayBlock());
    const auto samples = monitor.sample({5000, 6000, 7000, {}});
    QCOMPARE(samples.size(), 1);
    QVERIFY(samples[0].key == (SeriesKey{u"queue_depth"_s, {}}));
    QCOMPARE(samples[0].value, 17.0);
    QCOMPARE(samples[0].unit, u"items"_s);
    QCOMPARE(samples[0].component, u"host"_s);
    QCOMPARE(samples[0].wallMs, 5000);
    QVERIFY(monitor.problem().isEmpty());
}

void HostCommandTest::saysWhyItFailed_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<QString>("reason");
    QTest::newRow("status") << bash(u"echo 1; echo first >&2; echo no queue >&2; exit 3"_s) << u"bash ended with status 3: no queue"_s;
    QTest::newRow("signal") << bash(u"kill -SEGV $$"_s) << u"bash was ended by signal 11"_s;
    QTest::newRow("words") << bash(u"echo many items"_s) << u"bash printed \"many items\", expected one number"_s;
    QTest::newRow("silent") << QStringList{u"true"_s} << u"true printed nothing, expected one number"_s;
    QTest::newRow("missing") << QStringList{u"/no/such/program"_s} << u"cannot start /no/such/program: No such file or directory"_s;
    QTest::newRow("not in the path") << QStringList{u"no-such-program"_s} << u"cannot start no-such-program: No such file or directory"_s;
    QTest::newRow("not executable") << QStringList{u"/etc/passwd"_s} << u"cannot start /etc/passwd: Permission denied"_s;
    QTest::newRow("no command") << QStringList() << u"the command is empty: give a list of words, the program first"_s;
}

void HostCommandTest::saysWhyItFailed()
{
    QFETCH(QStringList, command);
    QFETCH(QString, reason);
    CommandMonitor monitor(config(command), 1000);
    QVERIFY(monitor.sample({}).isEmpty());
    QCOMPARE(monitor.problem(), reason);
}

void HostCommandTest::killsTheWholeGroupInTime()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(u"pid"_s);
    // The child ignores SIGTERM and keeps the pipe open, as does its own child.
    CommandMonitor monitor(config(bash(u"trap '' TERM; mkfifo '%1.x'; cat '%1.x' & echo $! > '%1'; wait"_s.arg(file)), 400), 1000);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(monitor.sample({}).isEmpty());
    QVERIFY2(timer.elapsed() < 2000, qPrintable(QString::number(timer.elapsed())));
    QCOMPARE(monitor.problem(), u"bash did not end within 0.4 s and was killed"_s);
    const qint64 grandchild = pidIn(file);
    QVERIFY(grandchild > 0);
    QTRY_VERIFY(!isAlive(grandchild));
}

void HostCommandTest::leavesNothingBehind()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(u"pid"_s);
    CommandMonitor monitor(config(bash(u"mkfifo '%1.x'; cat '%1.x' & echo $! > '%1'; echo 5"_s.arg(file))), 1000);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(monitor.sample({}).size(), 1); // the number counts, though the pipe is still held open
    QVERIFY(timer.elapsed() < 5000);
    QTRY_VERIFY(!isAlive(pidIn(file)));
}

void HostCommandTest::bearsEndlessOutput()
{
    CommandMonitor monitor(config({u"yes"_s}, 300), 1000);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(monitor.sample({}).isEmpty());
    QVERIFY(timer.elapsed() < 2000);
    QVERIFY(monitor.problem().contains(u"did not end within"_s));
}

void HostCommandTest::givesNoDescriptorsOrInput()
{
    QTemporaryDir folder;
    const QByteArray path = QFile::encodeName(folder.filePath(u"open"_s));
    FILE *leaky = fopen(path.constData(), "w"); // without close-on-exec
    QVERIFY(leaky);
    // bash opens the folder itself, hence the 4; cat ends at once because there is no input
    CommandMonitor monitor(config(bash(u"cat; f=(/proc/self/fd/*); echo ${#f[@]}"_s)), 1000);
    const auto samples = monitor.sample({});
    fclose(leaky);
    QCOMPARE(samples.size(), 1);
    QCOMPARE(samples[0].value, 4.0);
}

void HostCommandTest::keepsArgumentsAsTheyAre()
{
    const MonitorCancel cancel;
    const auto run = runCommand({u"printf"_s, u"%s|"_s, u"a b"_s, u"$HOME; `id`"_s, u"é"_s}, 5000, cancel);
    QVERIFY(run);
    QCOMPARE(run->output, QByteArray("a b|$HOME; `id`|\xc3\xa9|"));
}

void HostCommandTest::canBeCancelled()
{
    CommandMonitor monitor(config({u"tail"_s, u"-f"_s, u"/dev/null"_s}, 60'000), 1000);
    QElapsedTimer timer;
    timer.start();
    const std::unique_ptr<QThread> other(QThread::create([&monitor] { static_cast<void>(monitor.sample({})); }));
    other->start();
    while (!other->wait(20)) // sample() may not have begun when it is cancelled first
        monitor.cancel();
    QVERIFY(timer.elapsed() < 10'000);
    QVERIFY(monitor.problem().contains(u"stopped with the monitoring"_s));
}

QTEST_GUILESS_MAIN(HostCommandTest)
#include "tst_host_command.moc"
