// labels: sandbox
// A service that dies at every start is given up after its attempts, and a person is told once.
#include "EngineProcess.h"
#include "Incidents.h"
#include "VictimUnit.h"
#include "tests/support/HttpServer.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QTest>

using namespace prunella::testing;
using namespace Qt::StringLiterals;

class TestSystemLoop : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void isGivenUpAndToldOnce();
};

void TestSystemLoop::isGivenUpAndToldOnce()
{
    prunella::test::HttpServer hook;
    QVERIFY(hook.listen(QHostAddress::LocalHost));
    hook.reply(200);
    const QString dir = outDirectory(u"dies"_s);
    const VictimUnit victim(u"dies"_s, dir, {u"--exit"_s, u"7"_s, u"--after"_s, u"200"_s}, {}, u"StartLimitIntervalSec=0"_s);
    const QString channels = u"  channels: {oncall: {type: webhook, url: \"%1\"}}\n"_s.arg(hook.url(u"/hook"_s));
    EngineProcess engine(dir, engineConfig(victim.service(), u"automatic"_s, u"max_retry_attempts: 3"_s, channels,
                                           u"[{after: 0s, channels: [oncall]}]"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    victim.start();
    QVERIFY2(engine.sees(u"escalated"_s, u"dies"_s, 30'000), qPrintable(engine.eventsText()));
    QTRY_COMPARE_WITH_TIMEOUT(hook.requests.size(), 1, 5000);
    QVERIFY(!engine.ends(60'000)); // a minute in which nothing more may happen
    QCOMPARE(victim.starts(), 1 + 3);
    QCOMPARE(hook.requests.size(), 1);
    const QJsonObject body = QJsonDocument::fromJson(hook.requests.first().body).object();
    QCOMPARE(body.value(u"event").toString(), u"escalated"_s);
    QVERIFY(!body.value(u"delivery_id").toString().isEmpty());
    const QJsonObject incident = engine.incident(u"dies"_s);
    QVERIFY2(!incident.isEmpty(), "one incident");
    QCOMPARE(body.value(u"incident").toObject().value(u"id"), incident.value(u"id"));
    QCOMPARE(statusOf(incident), u"escalated"_s);
    QVERIFY2(lastReason(incident).contains(u"3 of 3 attempts"_s), qPrintable(lastReason(incident)));
    // After a restart of the engine the attempts are still spent, and nobody is told again.
    engine.kill9();
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    QVERIFY(!engine.ends(3000));
    QCOMPARE(victim.starts(), 1 + 3);
    QCOMPARE(hook.requests.size(), 1);
}

QTEST_GUILESS_MAIN(TestSystemLoop)
#include "tst_system_loop.moc"
