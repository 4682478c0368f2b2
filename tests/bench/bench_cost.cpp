// What watching costs: processor time and resident memory of the programs as users start them, at a sample a second.
//   build/release/bin/bench_cost            (SECONDS=60 by default; on a quiet machine, release build)
// `engine` is prunellactl run at about 200 values a second, `console` the window with 12 charts under Xvfb.
#include <QProcess>
#include <QTemporaryDir>
#include <QTest>

#include <csignal>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace {

QByteArray slurp(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

/// User and system time of a process so far, seconds.
double cpuSeconds(qint64 pid)
{
    const QList<QByteArray> fields = slurp(u"/proc/%1/stat"_s.arg(pid)).split(')').last().simplified().split(' ');
    return fields.size() < 13 ? 0 : (fields[11].toDouble() + fields[12].toDouble()) / double(::sysconf(_SC_CLK_TCK));
}

double residentMiB(qint64 pid)
{
    for (const QByteArray &line : slurp(u"/proc/%1/status"_s.arg(pid)).split('\n')) {
        if (line.startsWith("VmRSS:"))
            return line.simplified().split(' ').value(1).toDouble() / 1024;
    }
    return 0;
}

int secondsToWatch()
{
    return std::max(1, qEnvironmentVariable("SECONDS", u"60"_s).toInt());
}

} // namespace

class BenchCost : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void engine();
    void console();

private:
    void configure(const QString &dir, int services);
    void stopWorkers(const QString &dir);
    void watch(QProcess &program, qint64 pid, const char *name, const QString &what);
};

/// Each process service brings its own values: CPU, memory, files, threads.
void BenchCost::configure(const QString &dir, int services)
{
    QString text = u"self_healing:\n  mode: observe\n  error_detection: {monitoring_interval: 1}\n  services:\n"_s;
    for (int i = 0; i < services; ++i)
        text += u"    - {name: worker%1, manager: process, command: [/bin/sleep, \"%2\"]}\n"_s.arg(i).arg(600 + i);
    QFile file(dir + u"/config.yaml"_s);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write(text.toUtf8());
}

void BenchCost::watch(QProcess &program, qint64 pid, const char *name, const QString &what)
{
    const int seconds = secondsToWatch();
    const double before = cpuSeconds(pid);
    QVERIFY(!program.waitForFinished(seconds * 1000)); // it goes on
    const double used = cpuSeconds(pid) - before;
    std::printf("%-8s %.2f %% of a core, %.0f MiB resident, %s, over %d s\n", name, 100 * used / seconds, residentMiB(pid),
                qPrintable(what), seconds);
}

/// They outlive the engine, as they should; here they must not outlive the benchmark.
void BenchCost::stopWorkers(const QString &dir)
{
    QProcess sqlite;
    sqlite.start(u"sqlite3"_s, {dir + u"/state/prunella.db"_s, u"SELECT pid FROM managed_processes"_s});
    QVERIFY(sqlite.waitForFinished());
    for (const QByteArray &pid : sqlite.readAllStandardOutput().split('\n')) {
        if (pid.toLongLong() > 1)
            ::kill(pid_t(pid.toLongLong()), SIGKILL);
    }
}

void BenchCost::engine()
{
    QTemporaryDir dir(QStringLiteral(BUILD_DIR "/bench-cost-XXXXXX"));
    configure(dir.path(), 28);
    QProcess program;
    program.start(QStringLiteral(BUILD_DIR "/bin/prunellactl"), {u"run"_s, u"--config"_s, dir.filePath(u"config.yaml"_s),
                                                                 u"--state-dir"_s, dir.filePath(u"state"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(dir.filePath(u"state/control.sock"_s)), 20'000);
    QVERIFY(!program.waitForFinished(10'000)); // start-up is over
    QProcess metrics; // each of them is measured once a second
    metrics.start(QStringLiteral(BUILD_DIR "/bin/prunellactl"), {u"metrics"_s, u"--json"_s, u"--state-dir"_s, dir.filePath(u"state"_s)});
    QVERIFY(metrics.waitForFinished());
    const auto values = metrics.readAllStandardOutput().count("\"metric_name\"");
    watch(program, program.processId(), "engine", QString::number(values) + u" values a second"_s);
    program.terminate();
    QVERIFY(program.waitForFinished(20'000));
    stopWorkers(dir.path());
}

void BenchCost::console()
{
    QTemporaryDir dir(QStringLiteral(BUILD_DIR "/bench-cost-XXXXXX"));
    configure(dir.path(), 6);
    QProcess display, program;
    display.start(u"Xvfb"_s, {u"-displayfd"_s, u"1"_s, u"-screen"_s, u"0"_s, u"1600x900x24"_s});
    QVERIFY(display.waitForReadyRead(20'000));
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"DISPLAY"_s, u':' + QString::fromLatin1(display.readLine().trimmed()));
    environment.insert(u"QT_QPA_PLATFORM"_s, u"xcb"_s);
    environment.insert(u"XDG_CONFIG_HOME"_s, dir.path());
    program.setProcessEnvironment(environment);
    program.start(QStringLiteral(BUILD_DIR "/bin/prunella"), {u"--config"_s, dir.filePath(u"config.yaml"_s),
                                                              u"--state-dir"_s, dir.filePath(u"state"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(dir.filePath(u"state/control.sock"_s)), 20'000);
    QVERIFY(!program.waitForFinished(10'000)); // start-up and the first drawing are over
    watch(program, program.processId(), "console", u"12 charts at a sample a second"_s);
    program.terminate();
    QVERIFY(program.waitForFinished(20'000));
    stopWorkers(dir.path());
    display.terminate();
    QVERIFY(display.waitForFinished(20'000));
}

QTEST_GUILESS_MAIN(BenchCost)
#include "bench_cost.moc"
