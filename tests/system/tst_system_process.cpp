// labels: sandbox
// Services that Prunella starts itself outlive the engine, and the next engine takes them over.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QScopeGuard>
#include <QTest>

#include <csignal>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

QString service(const QString &log)
{
    QStringList quoted;
    for (const QString &word : victimCommand(log))
        quoted.append(u'"' + word + u'"');
    return u"    - {name: worker, manager: process, command: [%1]}\n"_s.arg(quoted.join(u", "_s));
}

/// The pid of the newest start, as the victim wrote it.
qint64 newestPid(const QString &log)
{
    QFile file(log);
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const auto lines = file.readAll().trimmed().split('\n');
    return lines.last().split(' ').value(1).toLongLong();
}

} // namespace

class TestSystemProcess : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void outlivesTheEngineAndIsAdopted();
    void isRestartedWhenItDiedWithoutAnEngine();
};

void TestSystemProcess::outlivesTheEngineAndIsAdopted()
{
    const QString dir = outDirectory(u"adopt"_s), log = dir + u"/starts"_s;
    const auto cleanUp = qScopeGuard([&log] { ::kill(pid_t(newestPid(log)), SIGKILL); });
    EngineProcess engine(dir, engineConfig(service(log)));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QTRY_COMPARE(countLines(log), 1);
    const qint64 pid = newestPid(log);
    engine.kill9();
    QVERIFY(processRuns(pid));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.knows(u"worker"_s), qPrintable(engine.eventsText()));
    QCOMPARE(countLines(log), 1); // the same one
    QVERIFY(processRuns(pid));
    QCOMPARE(engine.incidents().size(), 0);
    ::kill(pid_t(pid), SIGKILL); // it dies while it is not our child
    QVERIFY2(engine.sees(u"resolved"_s, u"worker"_s), qPrintable(engine.eventsText()));
    QCOMPARE(countLines(log), 2);
    QVERIFY(processRuns(newestPid(log)));
    QCOMPARE(engine.stop(), 0);
    QVERIFY(processRuns(newestPid(log))); // a clean end of the engine leaves it running, too
}

void TestSystemProcess::isRestartedWhenItDiedWithoutAnEngine()
{
    const QString dir = outDirectory(u"alone"_s), log = dir + u"/starts"_s;
    const auto cleanUp = qScopeGuard([&log] { ::kill(pid_t(newestPid(log)), SIGKILL); });
    EngineProcess engine(dir, engineConfig(service(log)));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QTRY_COMPARE(countLines(log), 1);
    const qint64 pid = newestPid(log);
    QTRY_VERIFY(engine.component(u"worker"_s).value(u"health").toString() == u"healthy"_s);
    engine.kill9();
    ::kill(pid_t(pid), SIGKILL);
    QTRY_VERIFY(!processRuns(pid));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"worker"_s), qPrintable(engine.eventsText()));
    QCOMPARE(countLines(log), 2);
    const QJsonObject incident = engine.incident(u"worker"_s);
    QCOMPARE(incident.value(u"error_type").toString(), u"service_crash"_s);
    QCOMPARE(actionsOf(incident).size(), 1);
}

QTEST_GUILESS_MAIN(TestSystemProcess)
#include "tst_system_process.moc"
