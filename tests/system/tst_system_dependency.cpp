// labels: sandbox
// A real database goes down and takes two services with it: one incident, one cause, one repair, and all is well again.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"
#include "tests/monitoring/ServerFixture.h"

#include <QFile>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

/// PostgreSQL as a unit of the sandbox, run by the user postgres.
class DatabaseUnit
{
public:
    explicit DatabaseUnit(quint16 port)
    {
        prunella::AsPostgres::give(m_folder.path());
        const QString data = m_folder.filePath(u"data"_s);
        prunella::AsPostgres::run({prunella::AsPostgres::program(u"initdb"_s), u"-D"_s, data, u"-U"_s, u"postgres"_s, u"-A"_s, u"trust"_s, u"-N"_s, u"-E"_s, u"UTF8"_s, u"--locale=C"_s});
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly))
            qFatal("%s cannot be written; run this test in tests/support/systemd-sandbox", qPrintable(path));
        file.write(u"[Unit]\nStartLimitIntervalSec=0\n[Service]\nUser=postgres\nExecStart=%1 -D %2 -p %3 -k %4 -c listen_addresses=127.0.0.1 -c fsync=off\n"_s
                       .arg(prunella::AsPostgres::program(u"postgres"_s), data).arg(port).arg(m_folder.path()).toUtf8());
        file.close();
        systemctl({u"daemon-reload"_s});
        systemctl({u"start"_s, u"db.service"_s});
    }
    ~DatabaseUnit()
    {
        systemctl({u"stop"_s, u"db.service"_s});
        QFile::remove(path);
        systemctl({u"daemon-reload"_s});
    }
    Q_DISABLE_COPY_MOVE(DatabaseUnit)
    [[nodiscard]] static qint64 pid() { return systemctl({u"show"_s, u"-P"_s, u"MainPID"_s, u"db.service"_s}).toLongLong(); }

private:
    const QString path = u"/run/systemd/system/db.service"_s;
    QTemporaryDir m_folder;
};

QString check(quint16 port) { return u"health: [{type: http, url: \"http://127.0.0.1:%1/\", interval: 200ms}], depends_on: [db]"_s.arg(port); }

QString databaseService(quint16 port)
{
    return u"    - {name: db, unit: db.service, criticality: critical, recovery: {mode: approve}, health: [{type: tcp, address: \"127.0.0.1:%1\", interval: 500ms}]}\n"_s.arg(port);
}

} // namespace

class TestSystemDependency : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void oneCauseOneRepair();
    void whatSystemdStoppedGetsItsOwnTurn();
};

void TestSystemDependency::oneCauseOneRepair()
{
    const QString dir = outDirectory(u"shop"_s);
    const quint16 dbPort = prunella::freePort(), webPort = prunella::freePort(), apiPort = prunella::freePort();
    const DatabaseUnit db(dbPort);
    const QString needs = QString::number(dbPort);
    const VictimUnit web(u"web"_s, dir, {u"--port"_s, QString::number(webPort), u"--needs"_s, needs});
    const VictimUnit api(u"api"_s, dir, {u"--port"_s, QString::number(apiPort), u"--needs"_s, needs});
    web.start();
    api.start();
    EngineProcess engine(dir, engineConfig(databaseService(dbPort) + web.service(check(webPort)) + api.service(check(apiPort))));
    QVERIFY2(engine.start() && engine.knows(u"db"_s) && engine.knows(u"web"_s) && engine.knows(u"api"_s), qPrintable(engine.eventsText()));
    QCOMPARE(::kill(pid_t(DatabaseUnit::pid()), SIGKILL), 0);
    QVERIFY2(engine.sees(u"awaiting_approval"_s, u"db"_s), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"symptom"_s, u"db"_s, 10'000, 2), qPrintable(engine.eventsText()));
    QCOMPARE(engine.incidents().size(), 1);
    const QJsonObject open = engine.incident(u"db"_s);
    QCOMPARE(open.value(u"members").toArray().size(), 2);
    QVERIFY2(engine.call({u"approve"_s, open.value(u"id").toString()}).code == 0, qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"db"_s, 20'000), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"symptom_over"_s, u"db"_s, 5000, 2), qPrintable(engine.eventsText()));
    const QJsonArray all = engine.incidents();
    QCOMPARE(all.size(), 1);
    const QJsonObject incident = all.first().toObject();
    QCOMPARE(incident.value(u"component").toString(), u"db"_s);
    QCOMPARE(incident.value(u"diagnosis").toObject().value(u"component").toString(), u"db"_s);
    QCOMPARE(actionsOf(incident).size(), 1);
    QCOMPARE(firstAction(incident).value(u"target").toString(), u"db"_s);
    QCOMPARE(web.starts(), 1); // only the database was restarted
    QCOMPARE(api.starts(), 1);
    for (const QString &name : {u"db"_s, u"web"_s, u"api"_s})
        QTRY_COMPARE_WITH_TIMEOUT(engine.component(name).value(u"health").toString(), u"healthy"_s, 5000);
    QCOMPARE(engine.stop(), 0);
}

/// BindsTo= makes systemd stop the service with the database, call that success, and never start it again.
void TestSystemDependency::whatSystemdStoppedGetsItsOwnTurn()
{
    const QString dir = outDirectory(u"bound"_s);
    const quint16 dbPort = prunella::freePort(), webPort = prunella::freePort();
    const DatabaseUnit db(dbPort);
    const VictimUnit web(u"web"_s, dir, {u"--port"_s, QString::number(webPort)}, {}, u"BindsTo=db.service\nAfter=db.service"_s);
    web.start();
    EngineProcess engine(dir, engineConfig(databaseService(dbPort) + web.service(check(webPort))));
    QVERIFY2(engine.start() && engine.knows(u"db"_s) && engine.knows(u"web"_s), qPrintable(engine.eventsText()));
    QCOMPARE(::kill(pid_t(DatabaseUnit::pid()), SIGKILL), 0);
    QVERIFY2(engine.sees(u"symptom"_s, u"db"_s), qPrintable(engine.eventsText()));
    QVERIFY2(engine.seesReason(u"symptom"_s, u"web.service was stopped by systemd because db, which it needs, failed"_s), qPrintable(engine.eventsText()));
    QCOMPARE(engine.incidents().size(), 1);
    QVERIFY2(engine.call({u"approve"_s, engine.incident(u"db"_s).value(u"id").toString()}).code == 0, qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"db"_s, 20'000), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"web"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(web.starts(), 2);
    QCOMPARE(engine.incidents().size(), 2);
    QCOMPARE(actionsOf(engine.incident(u"db"_s)).size(), 1);
    const QJsonObject own = engine.incident(u"web"_s);
    QCOMPARE(own.value(u"error_type").toString(), u"dependency_failure"_s);
    QVERIFY2(own.value(u"timeline").toArray().first().toObject().value(u"reason").toString().contains(u"it still fails although db is well again"_s),
             qPrintable(engine.eventsText()));
    QVERIFY2(engine.call({u"show"_s, own.value(u"id").toString()}).code == 0, "");
    if (qEnvironmentVariableIsSet("SHOW"))
        qInfo().noquote() << engine.call({u"show"_s, own.value(u"id").toString()}).out << engine.call({u"show"_s, engine.incident(u"db"_s).value(u"id").toString()}).out;
    QCOMPARE(systemctl({u"is-active"_s, u"web.service"_s}), u"active"_s);
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemDependency)
#include "tst_system_dependency.moc"
