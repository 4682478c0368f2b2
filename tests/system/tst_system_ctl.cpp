// Words of people to a running engine through prunellactl: acknowledge, resolve, approve, pause and resume; each with and
// without --json, by unique prefix; the chosen environment; the log.
#include "Ctl.h"
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QDir>
#include <QFile>
#include <QScopeGuard>
#include <QTest>

#include <csignal>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// A worker that writes its pid into `log` at each start.
QString worker(const QString &log, const QString &name = u"worker"_s)
{
    QStringList quoted;
    for (const QString &word : victimCommand(log))
        quoted.append(u'"' + word + u'"');
    return u"    - {name: %1, manager: process, command: [%2]}\n"_s.arg(name, quoted.join(u", "_s));
}

/// Services that the written incidents are about; nothing tells of them here.
const QString unseen = u"    - {name: web, unit: no-such-web.service}\n    - {name: db, unit: no-such-db.service}\n"_s;

void killNewest(const QString &log)
{
    QFile file(log);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const qint64 pid = file.readAll().trimmed().split('\n').last().split(' ').value(1).toLongLong();
    if (pid > 0)
        ::kill(pid_t(pid), SIGKILL);
}

void refused(const EngineProcess::Answer &answer, int code, const QString &words)
{
    QVERIFY2(answer.code == code && answer.err.contains(words) && answer.out.isEmpty(), qPrintable(QString::number(answer.code) + answer.out + answer.err));
}

QByteArray read(const QString &path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

} // namespace

class TestSystemCtl : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void acknowledgesAndResolvesByPrefix();
    void answersInJson();
    void pausesOneTargetAndResumesIt();
    void pausesEverything();
    void tellsTheNewestValues();
    void approvesByPrefix();
    void theChosenEnvironmentCounts();
    void theLogFollowsItsLevel_data();
    void theLogFollowsItsLevel();
    void aFullLogIsRotated();
};

void TestSystemCtl::acknowledgesAndResolvesByPrefix()
{
    const QTemporaryDir dir;
    EngineProcess engine(dir.path(), engineConfig(unseen));
    const qint64 now = SystemClock().now().wallMs;
    writeStore(engine.stateDir(), {writtenIncident(u"aaaa1111"_s, u"web"_s, now - 5000), writtenIncident(u"aaaa2222"_s, u"db"_s, now - 4000)});
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    for (const QString &verb : {u"acknowledge"_s, u"resolve"_s, u"approve"_s}) {
        refused(engine.call({verb, u"aaaa"_s}), 1, u"2 open incidents begin with aaaa; give more of the id"_s);
        refused(engine.call({verb, u"b"_s}), 1, u"no open incident has the id b"_s);
        refused(engine.call({verb, QString()}), 1, u"no open incident has the id"_s);
    }
    refused(engine.call({u"approve"_s, u"aaaa1"_s}), 1, u"does not wait for an approval: it is escalated"_s);
    const auto acknowledged = engine.call({u"acknowledge"_s, u"aaaa1"_s});
    QCOMPARE(acknowledged.code, 0);
    QCOMPARE(acknowledged.out, u"acknowledged\n"_s);
    QVERIFY(engine.call({u"acknowledge"_s, u"aaaa1"_s}).out.startsWith(u"acknowledged already by"_s));
    QVERIFY(!engine.incident(u"web"_s).value(u"acknowledged_at").toString().isEmpty());
    QVERIFY(engine.incident(u"db"_s).value(u"acknowledged_at").isNull());
    QCOMPARE(engine.call({u"resolve"_s, u"aaaa1"_s}).out, u"resolved\n"_s);
    QTRY_COMPARE(statusOf(engine.incident(u"web"_s)), u"resolved"_s);
    QVERIFY(engine.call({u"resolve"_s, u"aaaa1"_s}).code == 1);
    QCOMPARE(engine.call({u"resolve"_s, u"aaaa"_s}).code, 0); // only one of them is open now
    QTRY_COMPARE(statusOf(engine.incident(u"db"_s)), u"resolved"_s);
    QCOMPARE(engine.stop(), 0);
    refused(engine.call({u"resolve"_s, u"aaaa2"_s}), 3, u"the engine is not running"_s);
}

void TestSystemCtl::answersInJson()
{
    const QTemporaryDir dir;
    EngineProcess engine(dir.path(), engineConfig(unseen));
    writeStore(engine.stateDir(), {writtenIncident(u"aaaa1111"_s, u"web"_s, SystemClock().now().wallMs - 5000)});
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    const auto said = [&engine](const QStringList &words) {
        const auto answer = engine.call(words + QStringList{u"--json"_s});
        const auto object = parsed(answer.out).object();
        return u"%1 %2 %3 %4"_s.arg(answer.code).arg(object.value(u"schema").toInt()).arg(object.value(u"ok").toBool()).arg(object.value(u"text").toString());
    };
    QCOMPARE(said({u"acknowledge"_s, u"a"_s}), u"0 1 1 acknowledged"_s);
    QCOMPARE(said({u"reject"_s, u"a"_s, u"--reason"_s, u"no"_s}), u"1 1 0 incident aaaa1111 does not wait for an approval: it is escalated"_s);
    QCOMPARE(said({u"resolve"_s, u"a"_s}), u"0 1 1 resolved"_s);
    QCOMPARE(said({u"resolve"_s, u"a"_s}), u"1 1 0 no open incident has the id a"_s);
    QCOMPARE(said({u"pause"_s}), u"0 1 1 automation for everything is paused"_s);
    QCOMPARE(said({u"resume"_s}), u"0 1 1 automation for everything goes on"_s);
    QCOMPARE(said({u"resume"_s}), u"1 1 0 everything was not paused"_s);
    QCOMPARE(said({u"pause"_s, u"host"_s, u"--for"_s, u"1h"_s}), u"0 1 1 automation for host is paused"_s);
    QCOMPARE(said({u"pause"_s, u"nobody"_s}), u"1 1 0 no service is called nobody"_s);
}

void TestSystemCtl::pausesOneTargetAndResumesIt()
{
    const QTemporaryDir dir;
    const QString log = dir.filePath(u"one"_s), otherLog = dir.filePath(u"other"_s);
    const auto cleanUp = qScopeGuard([&] { killNewest(log); killNewest(otherLog); });
    EngineProcess engine(dir.path(), engineConfig(worker(log, u"one"_s) + worker(otherLog, u"other"_s)));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QTRY_VERIFY(countLines(log) == 1 && countLines(otherLog) == 1);
    refused(engine.call({u"pause"_s, u"onne"_s}), 1, u"no service is called onne"_s);
    QCOMPARE(engine.call({u"pause"_s, u"one"_s}).out, u"automation for one is paused\n"_s);
    killNewest(log);
    killNewest(otherLog);
    QVERIFY2(engine.sees(u"suppressed"_s, u"one"_s), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"other"_s), qPrintable(engine.eventsText())); // it alone is paused
    QCOMPARE(countLines(log), 1);
    QCOMPARE(actionsOf(engine.incident(u"one"_s)).size(), 0);
    refused(engine.call({u"resume"_s, u"other"_s}), 1, u"other was not paused"_s);
    QCOMPARE(engine.call({u"resume"_s, u"one"_s}).out, u"automation for one goes on\n"_s);
    QVERIFY2(engine.sees(u"resolved"_s, u"one"_s), qPrintable(engine.eventsText()));
    QCOMPARE(countLines(log), 2);
}

void TestSystemCtl::pausesEverything()
{
    const QTemporaryDir dir;
    const QString log = dir.filePath(u"starts"_s);
    const auto cleanUp = qScopeGuard([&log] { killNewest(log); });
    EngineProcess engine(dir.path(), engineConfig(worker(log)));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QTRY_COMPARE(countLines(log), 1);
    QCOMPARE(engine.call({u"pause"_s, u"--for"_s, u"1500ms"_s}).code, 0);
    killNewest(log);
    QVERIFY2(engine.sees(u"suppressed"_s, u"worker"_s), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"recovering"_s, u"worker"_s), qPrintable(engine.eventsText())); // the pause ends by itself
    QVERIFY2(engine.sees(u"resolved"_s, u"worker"_s), qPrintable(engine.eventsText()));
    QCOMPARE(countLines(log), 2);
}

/// Of the running engine, before any of it is written.
void TestSystemCtl::tellsTheNewestValues()
{
    const QTemporaryDir dir;
    EngineProcess engine(dir.path(), engineConfig({}));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    const auto cpu = [&engine] {
        for (const auto &value : parsed(engine.call({u"metrics"_s, u"--json"_s}).out).array()) {
            if (value.toObject().value(u"metric_name") == u"cpu_usage"_s)
                return value.toObject();
        }
        return QJsonObject();
    };
    QTRY_VERIFY(!cpu().isEmpty()); // a rate takes two readings
    QCOMPARE(cpu().value(u"schema").toInt(), 1);
    QVERIFY(cpu().contains(u"anomaly_score"));
    QVERIFY(engine.call({u"metrics"_s}).out.contains(u"cpu_usage"_s));
    QVERIFY(engine.isRunning());
    QCOMPARE(engine.stop(), 0);
}

void TestSystemCtl::approvesByPrefix()
{
    const QTemporaryDir dir;
    const QString log = dir.filePath(u"starts"_s);
    const auto cleanUp = qScopeGuard([&log] { killNewest(log); });
    EngineProcess engine(dir.path(), engineConfig(worker(log), u"approve"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QTRY_COMPARE(countLines(log), 1);
    killNewest(log);
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"worker"_s), qPrintable(engine.eventsText()));
    const QString id = engine.incident(u"worker"_s).value(u"id").toString().left(8);
    refused(engine.call({u"approve"_s, id, u"--action"_s, u"zz"_s}), 1, u"the plan changed since it was shown: the action is now"_s);
    QCOMPARE(countLines(log), 1);
    const QString action = firstAction(engine.incident(u"worker"_s)).value(u"id").toString();
    QCOMPARE(engine.call({u"approve"_s, id, u"--action"_s, action.left(8)}).out, u"approved: restart_service\n"_s);
    QVERIFY2(engine.sees(u"resolved"_s, u"worker"_s), qPrintable(engine.eventsText()));
    QVERIFY(!firstAction(engine.incident(u"worker"_s)).value(u"approved_by").toString().isEmpty());
}

void TestSystemCtl::theChosenEnvironmentCounts()
{
    const QTemporaryDir dir;
    EngineProcess engine(dir.path(), engineConfig({}) + u"environments:\n  test: {self_healing: {mode: observe}}\n"_s);
    const QStringList run{u"run"_s, u"--for"_s, u"0.2"_s, u"--config"_s, engine.configFile(), u"--state-dir"_s, engine.stateDir(), u"--environment"_s};
    const auto unknown = ctl(run + QStringList{u"prod"_s});
    QCOMPARE(unknown.code, 2);
    QVERIFY2(unknown.err.contains(u"the environment \"prod\" is not defined"_s), qPrintable(unknown.err));
    QCOMPARE(ctl(run + QStringList{u"test"_s}).code, 0);
    QVERIFY2(engine.start({u"PRUNELLA_ENVIRONMENT=test"_s}), qPrintable(engine.eventsText()));
    QCOMPARE(engine.status().value(u"engine").toObject().value(u"mode").toString(), u"observe"_s);
    engine.kill9();
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QCOMPARE(engine.status().value(u"engine").toObject().value(u"mode").toString(), u"automatic"_s);
}

void TestSystemCtl::theLogFollowsItsLevel_data()
{
    QTest::addColumn<QString>("level");
    QTest::addColumn<bool>("informs");
    QTest::newRow("info") << u"INFO"_s << true;
    QTest::newRow("warning") << u"WARNING"_s << false;
}

void TestSystemCtl::theLogFollowsItsLevel()
{
    QFETCH(QString, level);
    QFETCH(bool, informs);
    const QTemporaryDir dir;
    EngineProcess engine(dir.path(), engineConfig({}, u"automatic"_s, {}, u"  log_level: %1\n"_s.arg(level)));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QCOMPARE(engine.stop(), 0);
    const QByteArray text = read(engine.stateDir() + u"/prunella.log"_s);
    QVERIFY2(text.contains(" INFO prunella.engine: ") == informs, text.constData());
    QVERIFY(QFile::permissions(engine.stateDir() + u"/prunella.log"_s) == (QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser));
}

void TestSystemCtl::aFullLogIsRotated()
{
    const QTemporaryDir dir;
    EngineProcess engine(dir.path(), engineConfig({}));
    QVERIFY(QDir().mkpath(engine.stateDir()));
    QFile full(engine.stateDir() + u"/prunella.log"_s);
    QVERIFY(full.open(QIODevice::WriteOnly));
    full.write("the old one\n");
    full.write(QByteArray(5 * 1024 * 1024, 'x'));
    full.close();
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QCOMPARE(engine.stop(), 0);
    QVERIFY(read(engine.stateDir() + u"/prunella.log.1"_s).startsWith("the old one\n"));
    const QByteArray fresh = read(engine.stateDir() + u"/prunella.log"_s);
    QVERIFY2(!fresh.isEmpty() && fresh.size() < 100'000 && fresh.contains(" INFO prunella.engine: "), qPrintable(QString::number(fresh.size())));
}

QTEST_GUILESS_MAIN(TestSystemCtl)
#include "tst_system_ctl.moc"
