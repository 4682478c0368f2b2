// labels: sandbox
// A service that does not answer is found by its health check, restarted once, and judged by a look made after the restart.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"

#include <QTcpServer>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemChecks : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void aSlowCheckDoesNotCauseASecondRestart();
    void aSlowStartIsNotAFailedRestart();
};

namespace {

quint16 freePort()
{
    QTcpServer server;
    return server.listen(QHostAddress::LocalHost) ? server.serverPort() : 0;
}

} // namespace

/// The check's own interval is much longer than the settling time: its last answer is older than the repair.
void TestSystemChecks::aSlowCheckDoesNotCauseASecondRestart()
{
    const QString dir = outDirectory(u"deaf"_s), port = QString::number(freePort());
    const VictimUnit victim(u"deaf"_s, dir);
    victim.start(); // runs, but listens nowhere
    victim.rewrite({u"--port"_s, port}); // the next start does
    const QString check = u"health: [{type: http, url: \"http://127.0.0.1:%1/\", interval: 6s}]"_s.arg(port);
    EngineProcess engine(dir, engineConfig(victim.service(check), u"automatic"_s, {}, u"  learning: {confidence_threshold: 0}\n"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY2(engine.sees(u"resolved"_s, u"deaf"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 2);
    const QJsonObject incident = engine.incident(u"deaf"_s);
    QCOMPARE(actionsOf(incident).size(), 1);
    QCOMPARE(firstAction(incident).value(u"verified").toBool(), true);
    QVERIFY2(lastReason(incident).contains(u"HTTP 200"_s), qPrintable(lastReason(incident)));
    QCOMPARE(engine.stop(), 0);
}

/// It listens half a second after its start; its check, five times a second, fails until then.
void TestSystemChecks::aSlowStartIsNotAFailedRestart()
{
    const QString dir = outDirectory(u"slow"_s), port = QString::number(freePort());
    const VictimUnit victim(u"slow"_s, dir, {u"--after"_s, u"500"_s, u"--port"_s, port});
    victim.start();
    const QString check = u"health: [{type: http, url: \"http://127.0.0.1:%1/\", interval: 200ms}], recovery: {settle: 3s}"_s.arg(port);
    EngineProcess engine(dir, engineConfig(victim.service(check)));
    QVERIFY2(engine.start() && engine.knows(u"slow"_s), qPrintable(engine.eventsText()));
    victim.kill9();
    QVERIFY2(engine.sees(u"resolved"_s, u"slow"_s, 20'000), qPrintable(engine.eventsText()));
    QCOMPARE(victim.starts(), 2);
    QCOMPARE(actionsOf(engine.incident(u"slow"_s)).size(), 1);
    QCOMPARE(engine.stop(), 0);
}

QTEST_GUILESS_MAIN(TestSystemChecks)
#include "tst_system_checks.moc"
