// Real plugins of the package monitoring-plugins-basic, and small ones of our own, as monitors and as health checks.
#include "core/monitoring/HealthChecker.h"
#include "core/monitoring/NagiosMonitor.h"
#include "tests/support/HttpServer.h"

#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QStorageInfo>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

const QString kPlugins = u"/usr/lib/nagios/plugins/"_s;

MonitorConfig config(const QStringList &command, qint64 timeoutMs = 20'000)
{
    MonitorConfig made;
    made.type = u"nagios"_s;
    made.name = u"check"_s;
    made.command = command;
    made.timeoutMs = timeoutMs;
    return made;
}

QStringList bash(const QString &script)
{
    return {u"bash"_s, u"-c"_s, script};
}

/// In a thread of its own, as in the engine; this thread serves meanwhile.
QList<Sample> sampleOf(Monitor &monitor, const Now &now = {})
{
    QList<Sample> samples;
    QEventLoop loop;
    const std::unique_ptr<QThread> thread(QThread::create([&] { samples = monitor.sample(now); }));
    QObject::connect(thread.get(), &QThread::finished, &loop, &QEventLoop::quit);
    thread->start();
    loop.exec();
    thread->wait();
    return samples;
}

std::optional<double> find(const QList<Sample> &samples, const QString &metric)
{
    for (const Sample &sample : samples) {
        if (sample.key.metric == metric)
            return sample.value;
    }
    return std::nullopt;
}

} // namespace

class tst_nagios_plugins : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void verdicts_data();
    void verdicts();
    void toldOncePerState();
    void countersBecomeRates();
    void timesOut();
    void realLoad();
    void realDisk();
    void realHttp();
    void healthChecks_data();
    void healthChecks();
    void healthCheckOfARealPlugin();
    void hangingCheckIsKilled();

private:
    CheckResult check(const QStringList &command, qint64 timeoutMs = 10'000);
};

void tst_nagios_plugins::initTestCase()
{
    QVERIFY2(QFile::exists(kPlugins + u"check_load"_s), "no plugins: install the package monitoring-plugins-basic");
}

void tst_nagios_plugins::verdicts_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<double>("state"); // negative: no sample
    QTest::addColumn<QString>("problem");
    const QString dummy = kPlugins + u"check_dummy"_s;
    QTest::newRow("ok") << QStringList{dummy, u"0"_s, u"all well"_s} << 0.0 << QString();
    QTest::newRow("warning") << QStringList{dummy, u"1"_s, u"not so well"_s} << 1.0 << u"WARNING: not so well"_s;
    QTest::newRow("critical") << QStringList{dummy, u"2"_s} << 2.0 << u"CRITICAL"_s;
    QTest::newRow("unknown") << QStringList{dummy, u"3"_s, u"who knows"_s} << -1.0 << u"UNKNOWN: who knows"_s;
    QTest::newRow("above 3") << bash(u"echo odd; exit 4"_s) << -1.0 << u"UNKNOWN: exit status 4: odd"_s;
    QTest::newRow("not found by the shell") << bash(u"no-such-program"_s) << -1.0
                                            << u"UNKNOWN: exit status 127: bash: line 1: no-such-program: command not found"_s;
    QTest::newRow("signal") << bash(u"kill -SEGV $$"_s) << -1.0 << u"UNKNOWN: ended by signal 11: (the plugin printed nothing)"_s;
    QTest::newRow("missing") << QStringList{u"/no/such/plugin"_s} << -1.0 << u"UNKNOWN: cannot start /no/such/plugin: No such file or directory"_s;
    QTest::newRow("silent") << QStringList{u"true"_s} << 0.0 << QString();
    QTest::newRow("outside its ranges") << bash(u"echo 'slow|time=3s;1;2 n=1'; exit 2"_s) << 2.0
                                        << u"CRITICAL: slow (time 3000 ms is outside 2000)"_s;
    QTest::newRow("its verdict counts, not ranges") << bash(u"echo 'free swap|swap=0B;10;20'"_s) << 0.0 << QString();
    QTest::newRow("broken performance data") << bash(u"echo 'OK|x'"_s) << 0.0 << u"performance data \"x\": expected 'label'=value"_s;
}

void tst_nagios_plugins::verdicts()
{
    QFETCH(QStringList, command);
    QFETCH(double, state);
    NagiosMonitor monitor(config(command), 1000);
    const auto samples = sampleOf(monitor, {5000, 6000, 7000, {}});
    QCOMPARE(find(samples, u"check.state"_s).value_or(-1), state);
    QTEST(monitor.problem(), "problem");
    for (const Sample &sample : samples) {
        QCOMPARE(sample.component, u"host"_s);
        QCOMPARE(sample.wallMs, 5000);
        QCOMPARE(sample.monotonicMs, 6000);
    }
}

/// Numbers in the text change with each run; told is the text of the moment when the state changed.
void tst_nagios_plugins::toldOncePerState()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(u"n"_s);
    const auto write = [&](const QByteArray &words) {
        QFile out(file);
        QVERIFY(out.open(QIODevice::WriteOnly));
        out.write(words);
    };
    NagiosMonitor monitor(config(bash(u"read -r state text < '%1'; echo \"$text\"; exit $state"_s.arg(file))), 1000);
    const auto after = [&](const QByteArray &words) {
        write(words);
        static_cast<void>(sampleOf(monitor));
        return monitor.problem();
    };
    QCOMPARE(after("1 load 5\n"), u"WARNING: load 5"_s);
    QCOMPARE(after("1 load 6\n"), u"WARNING: load 5"_s);
    QCOMPARE(after("2 load 9\n"), u"CRITICAL: load 9"_s);
    QCOMPARE(after("0 load 1\n"), QString());
    QCOMPARE(after("2 load 8\n"), u"CRITICAL: load 8"_s);
}

void tst_nagios_plugins::countersBecomeRates()
{
    QTemporaryDir folder;
    NagiosMonitor monitor(config(bash(u"read -r n < '%1'; echo \"OK|sent=${n}c open=$n\""_s.arg(folder.filePath(u"n"_s)))), 1000);
    const auto at = [&](qint64 ms, const QByteArray &count) {
        QFile out(folder.filePath(u"n"_s));
        if (out.open(QIODevice::WriteOnly))
            out.write(count + '\n');
        out.close();
        const auto samples = sampleOf(monitor, {ms, ms, ms, {}});
        return find(samples, u"check.open"_s) == count.toDouble() ? find(samples, u"check.sent"_s) : std::optional<double>(-1);
    };
    QCOMPARE(at(10'000, "100"), std::optional<double>());
    QCOMPARE(at(20'000, "600"), std::optional<double>(50));
    QCOMPARE(at(20'100, "700"), std::optional<double>()); // too soon
    QCOMPARE(at(30'000, "700"), std::optional<double>(10));
    QCOMPARE(at(40'000, "200"), std::optional<double>(20)); // restarted
}

void tst_nagios_plugins::timesOut()
{
    NagiosMonitor monitor(config({u"tail"_s, u"-f"_s, u"/dev/null"_s}, 300), 1000);
    QElapsedTimer timer;
    timer.start();
    QVERIFY(sampleOf(monitor).isEmpty());
    QVERIFY(timer.elapsed() < 5000);
    QCOMPARE(monitor.problem(), u"UNKNOWN: tail did not end within 0.3 s and was killed"_s);
}

void tst_nagios_plugins::realLoad()
{
    NagiosMonitor monitor(config({kPlugins + u"check_load"_s, u"-w"_s, u"0.0001,900,900"_s, u"-c"_s, u"999,999,999"_s}), 1000);
    const auto samples = sampleOf(monitor);
    QFile file(u"/proc/loadavg"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    const QList<QByteArray> loads = file.readAll().split(' ');
    QCOMPARE(find(samples, u"check.state"_s), std::optional<double>(loads[0].toDouble() > 0 ? 1 : 0));
    QVERIFY(std::abs(find(samples, u"check.load1"_s).value_or(-99) - loads[0].toDouble()) < 1);
    QVERIFY(std::abs(find(samples, u"check.load15"_s).value_or(-99) - loads[2].toDouble()) < 0.5);
    QVERIFY2(monitor.problem().contains(u"load average"_s) && monitor.problem().contains(u"load1"_s), qPrintable(monitor.problem()));
}

void tst_nagios_plugins::realDisk()
{
    NagiosMonitor monitor(config({kPlugins + u"check_disk"_s, u"-w"_s, u"0%"_s, u"-c"_s, u"0%"_s, u"-p"_s, u"/"_s}), 1000);
    const auto samples = sampleOf(monitor);
    QVERIFY2(find(samples, u"check.state"_s).has_value(), qPrintable(monitor.problem()));
    const QStorageInfo root(u"/"_s);
    const double used = double(root.bytesTotal() - root.bytesFree());
    const double told = find(samples, u"check./"_s).value_or(0);
    QVERIFY2(std::abs(told - used) < 0.1 * used, qPrintable(u"%1 of %2"_s.arg(told).arg(used)));
    QCOMPARE(samples.last().unit, u"B"_s);
}

void tst_nagios_plugins::realHttp()
{
    HttpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    server.reply(200, "all is ok");
    NagiosMonitor monitor(config({kPlugins + u"check_http"_s, u"-H"_s, u"127.0.0.1"_s, u"-p"_s, QString::number(server.serverPort())}), 1000);
    const auto samples = sampleOf(monitor);
    QCOMPARE(find(samples, u"check.state"_s), std::optional<double>(0));
    QVERIFY(find(samples, u"check.time"_s).value_or(-1) >= 0 && find(samples, u"check.time"_s).value_or(-1) < 5000);
    QVERIFY(find(samples, u"check.size"_s).value_or(0) > 9);
    server.reply(503, "no");
    QCOMPARE(find(sampleOf(monitor), u"check.state"_s), std::optional<double>(2));
    QVERIFY2(monitor.problem().contains(u"503"_s), qPrintable(monitor.problem()));
}

CheckResult tst_nagios_plugins::check(const QStringList &command, qint64 timeoutMs)
{
    HealthChecker checker(std::make_shared<SystemClock>());
    ServiceConfig service;
    service.name = u"web"_s;
    HealthCheckConfig health;
    health.type = CheckType::Nagios;
    health.command = command;
    health.timeoutMs = timeoutMs;
    service.health = {health};
    std::optional<QList<CheckResult>> results;
    checker.setServices({service}, 86'400'000);
    checker.checkNow(u"web"_s, [&](const QList<CheckResult> &all) { results = all; });
    checker.setServices({}, 60'000); // the run goes on
    [&] { QTRY_VERIFY_WITH_TIMEOUT(results.has_value(), 10'000); }();
    return results.value_or(QList<CheckResult>()).value(0);
}

void tst_nagios_plugins::healthChecks_data()
{
    QTest::addColumn<QStringList>("command");
    QTest::addColumn<bool>("ok");
    QTest::addColumn<QString>("text");
    const QString dummy = kPlugins + u"check_dummy"_s;
    QTest::newRow("ok") << QStringList{dummy, u"0"_s, u"all well"_s} << true << u"OK: all well"_s;
    QTest::newRow("warning answers") << QStringList{dummy, u"1"_s, u"not so well"_s} << true << u"WARNING: not so well"_s;
    QTest::newRow("critical") << QStringList{dummy, u"2"_s, u"down"_s} << false << u"CRITICAL: down"_s;
    QTest::newRow("unknown") << QStringList{dummy, u"3"_s} << false << u"UNKNOWN"_s;
    QTest::newRow("above 3") << bash(u"echo odd; exit 9"_s) << false << u"exit status 9: odd"_s;
    QTest::newRow("missing") << QStringList{u"/no/such/plugin"_s} << false << u"cannot start /no/such/plugin: No such file or directory"_s;
}

void tst_nagios_plugins::healthChecks()
{
    QFETCH(QStringList, command);
    const CheckResult result = check(command);
    QTEST(result.ok, "ok");
    QTEST(result.text, "text");
    QCOMPARE(result.service, u"web"_s);
    QVERIFY(result.type == CheckType::Nagios && !result.timedOut && result.latencyMs > 0 && result.wallMs > 0);
}

void tst_nagios_plugins::healthCheckOfARealPlugin()
{
    HttpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    server.reply(200, "all is ok");
    const QStringList command{kPlugins + u"check_http"_s, u"-H"_s, u"127.0.0.1"_s, u"-p"_s, QString::number(server.serverPort())};
    const CheckResult good = check(command);
    QVERIFY2(good.ok && good.text.startsWith(u"HTTP OK"_s) && !good.text.contains(u'|'), qPrintable(good.text));
    server.close();
    const CheckResult bad = check(command);
    QVERIFY(!bad.ok);
    QVERIFY2(bad.text.contains(u"refused"_s), qPrintable(bad.text));
}

void tst_nagios_plugins::hangingCheckIsKilled()
{
    QTemporaryDir folder;
    const QString file = folder.filePath(u"pid"_s);
    QElapsedTimer timer;
    timer.start();
    const CheckResult result = check(bash(u"echo $$ > '%1'; exec tail -f /dev/null"_s.arg(file)), 1500);
    QVERIFY(!result.ok && result.timedOut);
    QCOMPARE(result.text, u"timed out after 1.5 s"_s);
    QVERIFY2(result.latencyMs >= 1400 && timer.elapsed() < 6000, qPrintable(QString::number(result.latencyMs)));
    QFile pid(file);
    QVERIFY(pid.open(QIODevice::ReadOnly));
    const QString proc = u"/proc/"_s + QString::fromLatin1(pid.readAll().trimmed());
    QTRY_VERIFY(!QFile::exists(proc));
}

QTEST_GUILESS_MAIN(tst_nagios_plugins)
#include "tst_nagios_plugins.moc"
