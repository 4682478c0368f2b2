// Everything that is told outside, against real receivers on loopback that fail, delay and answer 429 at times.
#include "tests/engine/EscalatorFixture.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_escalator : public EscalatorFixture
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { prepare(); }
    void init() { begin(); }
    void retriedUntilTaken();
    void goesOnAfterARestart();
    void quietOn429();
    void keepsOrder();
    void refusedHoldsNothingUp_data();
    void refusedHoldsNothingUp();
    void notTooManyAtOnce();
    void pagerDutyLife();
    void alertsAreRepeated();
    void alertsGoOnAfterARestart();
    void alertsAndResolvedDoNotCross();
    void unknownChannel();
    void secretChangesCount();
};

void tst_escalator::retriedUntilTaken()
{
    configure(channel(u"webhook"_s));
    m_server->reply(503);
    m_escalator->deliver({item(u"d1"_s)});
    QTRY_COMPARE(m_tried.size(), 1);
    QCOMPARE(m_tried[0].tries, 1);
    QCOMPARE(m_trouble, QStringList{u"channel oncall: the receiver answered HTTP 503"_s});
    m_server->reply(200);
    advance(999);
    settle();
    QCOMPARE(m_server->requests.size(), 1);
    advance(1);
    QTRY_COMPARE(m_delivered, QStringList{u"d1"_s});
    QCOMPARE(m_trouble.constLast(), QString());
    QCOMPARE(m_server->requests[0].headers.value("x-prunella-delivery"), m_server->requests[1].headers.value("x-prunella-delivery"));
}

void tst_escalator::goesOnAfterARestart()
{
    configure(channel(u"webhook"_s));
    m_server->reply(500);
    m_escalator->deliver({item(u"d1"_s)});
    QTRY_COMPARE(m_tried.size(), 1);
    const OutboxItem stored = m_tried[0]; // as the store has it
    start();
    m_server->reply(200);
    m_escalator->deliver({stored, stored});
    settle();
    QCOMPARE(m_server->requests.size(), 1);
    advance(1000);
    QTRY_COMPARE(m_delivered, QStringList{u"d1"_s});
    QCOMPARE(m_server->requests.size(), 2);
    QCOMPARE(body(0)[u"delivery_id"_s], body(1)[u"delivery_id"_s]);
}

void tst_escalator::quietOn429()
{
    configure(channel(u"webhook"_s));
    m_server->reply(429, "slow down", "Retry-After: 120\r\n");
    m_escalator->deliver({item(u"d1"_s)});
    QTRY_COMPARE(m_tried.size(), 1);
    m_server->reply(200);
    m_escalator->deliver({item(u"d2"_s, u"escalated"_s, u"i2"_s)}); // another incident: the quiet is the channel's
    advance(60'000);
    advance(59'999);
    settle();
    QCOMPARE(m_server->requests.size(), 1);
    advance(1);
    QTRY_COMPARE(m_delivered.size(), 2);
    m_escalator->deliver({item(u"d3"_s, u"escalated"_s, u"i3"_s)}); // and it is over
    QTRY_COMPARE(m_delivered.size(), 3);
}

void tst_escalator::keepsOrder()
{
    configure(channel(u"webhook"_s));
    m_server->reply(503);
    m_escalator->deliver({item(u"z-first"_s)});
    QTRY_COMPARE(m_tried.size(), 1);
    m_server->reply(200);
    m_escalator->deliver({item(u"a-second"_s, u"resolved"_s)});
    settle();
    QCOMPARE(m_server->requests.size(), 1); // it waits for the first
    advance(1000);
    QTRY_COMPARE(m_delivered, (QStringList{u"z-first"_s, u"a-second"_s}));
}

void tst_escalator::refusedHoldsNothingUp_data()
{
    QTest::addColumn<bool>("dropped");
    QTest::newRow("webhook") << false; // each of its messages counts
    QTest::newRow("pagerduty") << true; // a trigger after the resolve would open it anew
    QTest::newRow("alertmanager") << true;
}

void tst_escalator::refusedHoldsNothingUp()
{
    QFETCH(bool, dropped);
    putSecret(u"key"_s, "R0KEY");
    configure(channel(QString::fromLatin1(QTest::currentDataTag()), u"key"_s));
    m_server->reply(400, "invalid event");
    m_escalator->deliver({item(u"d1"_s)});
    QTRY_COMPARE(m_tried.size(), 1);
    m_server->reply(202);
    m_escalator->deliver({item(u"d2"_s, u"resolved"_s)});
    QTRY_VERIFY(m_delivered.contains(u"d2"_s));
    QCOMPARE(m_delivered.contains(u"d1"_s), dropped);
    advance(3'600'000);
    QTRY_COMPARE(m_server->requests.size(), dropped ? 2 : 3);
}

void tst_escalator::notTooManyAtOnce()
{
    configure(channel(u"webhook"_s));
    QList<QTcpSocket *> held;
    m_server->handler = [&held](const HttpRequest &, QTcpSocket *socket) { held.append(socket); };
    QList<OutboxItem> many;
    for (int i = 0; i < 20; ++i)
        many.append(item(u"d%1"_s.arg(i), u"escalated"_s, u"i%1"_s.arg(i)));
    m_escalator->deliver(many);
    QTRY_COMPARE(held.size(), 4);
    m_escalator->deliver({});
    settle();
    QCOMPARE(held.size(), 4);
    m_server->reply(200);
    for (QTcpSocket *socket : std::as_const(held))
        HttpServer::answer(socket, 200);
    QTRY_COMPARE(m_delivered.size(), 20);
}

void tst_escalator::pagerDutyLife()
{
    putSecret(u"key"_s, "R0KEY");
    configure(channel(u"pagerduty"_s, u"key"_s));
    m_server->reply(202, R"({"status":"success"})");
    m_escalator->deliver({item(u"d1"_s), item(u"d2"_s, u"acknowledged"_s), item(u"d3"_s, u"resolved"_s)});
    QTRY_COMPARE(m_delivered, (QStringList{u"d1"_s, u"d2"_s, u"d3"_s}));
    const QStringList actions{u"trigger"_s, u"acknowledge"_s, u"resolve"_s};
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(body(i)[u"event_action"_s].toString(), actions[i]);
        QCOMPARE(body(i)[u"dedup_key"_s].toString(), u"i1"_s);
        QCOMPARE(body(i)[u"routing_key"_s].toString(), u"R0KEY"_s);
    }
}

void tst_escalator::alertsAreRepeated()
{
    configure(channel(u"alertmanager"_s));
    m_escalator->openAlerts().setInterval(50);
    Incident other = incident(u"i2"_s), untold = incident(u"i3"_s);
    untold.escalation.stepsTaken = 0;
    m_escalator->note({incident(), other, untold});
    QTRY_VERIFY(m_server->requests.size() >= 3);
    QCOMPARE(m_server->requests[0].line, "POST /hook/api/v2/alerts HTTP/1.1");
    QCOMPARE(alerts(0).size(), 2);
    QCOMPARE(alerts(2)[0][u"labels"_s][u"incident_id"_s].toString(), u"i1"_s);
    Incident over = incident();
    over.status = IncidentStatus::Resolved;
    over.resolvedAt = 1'700'000'060'000;
    m_escalator->note({over});
    const auto newest = [this] { return alerts(m_server->requests.size() - 1); };
    QTRY_COMPARE(newest().size(), 1);
    QCOMPARE(newest()[0][u"labels"_s][u"incident_id"_s].toString(), u"i2"_s);
    m_server->reply(503);
    QTRY_VERIFY(!m_trouble.isEmpty() && m_trouble.constLast().contains(u"503"_s));
    m_server->reply(200);
    QTRY_COMPARE(m_trouble.constLast(), QString());
}

void tst_escalator::alertsGoOnAfterARestart()
{
    configure(channel(u"alertmanager"_s));
    start(); // it has the configuration, and then the incidents of the store
    m_escalator->openAlerts().setInterval(50);
    m_escalator->note({incident()});
    QTRY_VERIFY(m_server->requests.size() >= 2);
}

/// A repetition under way must not arrive after the end.
void tst_escalator::alertsAndResolvedDoNotCross()
{
    configure(channel(u"alertmanager"_s));
    m_escalator->openAlerts().setInterval(20);
    QTcpSocket *held = nullptr;
    m_server->handler = [&held](const HttpRequest &, QTcpSocket *socket) { held = socket; };
    m_escalator->note({incident()});
    QTRY_VERIFY(held);
    Incident over = incident();
    over.status = IncidentStatus::Resolved;
    m_escalator->note({over});
    m_escalator->deliver({item(u"d2"_s, u"resolved"_s)});
    settle();
    QCOMPARE(m_server->requests.size(), 1);
    m_server->reply(200);
    HttpServer::answer(held, 200);
    QTRY_COMPARE(m_delivered, QStringList{u"d2"_s});
    QCOMPARE(m_server->requests.size(), 2);
    QVERIFY(m_server->requests[1].headers.value("x-prunella-delivery") == "d2");
}

void tst_escalator::unknownChannel()
{
    configure(channel(u"webhook"_s));
    OutboxItem lost = item(u"d1"_s);
    lost.channel = u"gone"_s;
    m_escalator->deliver({lost});
    QCOMPARE(m_delivered, QStringList{u"d1"_s});
    QVERIFY(m_trouble.constLast().contains(u"channel gone is not in the configuration"_s));
}

void tst_escalator::secretChangesCount()
{
    configure(channel(u"pagerduty"_s, u"key"_s));
    m_escalator->deliver({item(u"d1"_s)});
    QTRY_COMPARE(m_tried.size(), 1);
    QVERIFY2(m_trouble.constLast().contains(u"prunellactl secret set key"_s), qPrintable(m_trouble.constLast()));
    putSecret(u"key"_s, "NEW");
    advance(1000);
    QTRY_COMPARE(m_delivered, QStringList{u"d1"_s});
    QCOMPARE(body(0)[u"routing_key"_s].toString(), u"NEW"_s);
}

QTEST_GUILESS_MAIN(tst_escalator)
#include "tst_escalator.moc"
