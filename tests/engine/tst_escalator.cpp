// Everything that is told outside, against real receivers on loopback that fail, delay and answer 429 at times.
#include "core/engine/Escalator.h"
#include "core/model/Json.h"
#include "tests/support/HttpServer.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {
QString g_log; // what the engine wrote to its log
}

class tst_escalator : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
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
    void noSecretGetsOut_data();
    void noSecretGetsOut();

private:
    void configure(const ChannelConfig &channel);
    void start();
    [[nodiscard]] ChannelConfig channel(const QString &type, const QString &secret = {}) const;
    static OutboxItem item(const QString &id, const QString &event = u"escalated"_s, const QString &incidentId = u"i1"_s);
    static Incident incident(const QString &id = u"i1"_s);
    void putSecret(const QString &name, const QByteArray &value) const;
    void advance(qint64 ms);
    [[nodiscard]] QJsonObject body(qsizetype request) const { return QJsonDocument::fromJson(m_server->requests.value(request).body).object(); }
    [[nodiscard]] QJsonArray alerts(qsizetype request) const { return QJsonDocument::fromJson(m_server->requests.value(request).body).array(); }

    QTemporaryDir m_dir;
    Config m_config;
    std::shared_ptr<ManualClock> m_clock;
    std::unique_ptr<HttpServer> m_server;
    std::unique_ptr<Escalator> m_escalator;
    QStringList m_delivered, m_trouble;
    QList<OutboxItem> m_tried;
};

void tst_escalator::initTestCase()
{
    qputenv("XDG_CONFIG_HOME", m_dir.path().toUtf8());
    qunsetenv("DBUS_SESSION_BUS_ADDRESS"); // no keychain of the person who runs the tests
    qputenv("XDG_RUNTIME_DIR", m_dir.filePath(u"nothing"_s).toUtf8());
}

void tst_escalator::init()
{
    m_server = std::make_unique<HttpServer>();
    m_server->reply(200, "ok");
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
    m_clock = std::make_shared<ManualClock>();
    QDir(m_dir.filePath(u"prunella"_s)).removeRecursively();
    start();
}

/// As a new engine: nothing is known but what is told.
void tst_escalator::start()
{
    m_escalator = std::make_unique<Escalator>(m_clock);
    m_escalator->setConfig(m_config);
    m_delivered.clear();
    m_trouble.clear();
    m_tried.clear();
    connect(m_escalator.get(), &Escalator::delivered, this, [this](const QString &id) { m_delivered.append(id); });
    connect(m_escalator.get(), &Escalator::triedInVain, this, [this](const OutboxItem &one) { m_tried.append(one); });
    connect(m_escalator.get(), &Escalator::channelTrouble, this, [this](const QString &, const QString &text) { m_trouble.append(text); });
}

void tst_escalator::configure(const ChannelConfig &one)
{
    m_config = {};
    m_config.channels.insert(one.name, one);
    m_config.escalation = {{0, {one.name}}};
    m_escalator->setConfig(m_config);
}

ChannelConfig tst_escalator::channel(const QString &type, const QString &secret) const
{
    ChannelConfig one;
    one.name = u"oncall"_s;
    one.type = type;
    one.url = m_server->url(u"/hook"_s);
    one.secret = secret;
    one.timeoutMs = 2000;
    return one;
}

Incident tst_escalator::incident(const QString &id)
{
    Incident one;
    one.id = id;
    one.component = u"web"_s;
    one.type = ErrorType::ServiceCrash;
    one.status = IncidentStatus::Escalated;
    one.summary = u"killed by signal 9"_s;
    one.startedAt = 1'700'000'000'000;
    one.escalation.stepsTaken = 1;
    return one;
}

OutboxItem tst_escalator::item(const QString &id, const QString &event, const QString &incidentId)
{
    return {id, incidentId, u"oncall"_s, event, {{u"incident"_s, toJson(incident(incidentId))}}, 1'700'000'000'000, 0};
}

void tst_escalator::putSecret(const QString &name, const QByteArray &value) const
{
    const SecretFiles files(secretsDirectory());
    const Status put = files.setValue(name, value);
    QVERIFY2(put, qPrintable(put ? QString() : put.error().message));
}

void tst_escalator::advance(qint64 ms)
{
    m_clock->advance(ms);
    m_escalator->deliver({}); // as its timer does
}

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
    QVERIFY(m_delivered.isEmpty());
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
    QVERIFY(held.size() == 4);
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

void tst_escalator::noSecretGetsOut_data()
{
    QTest::addColumn<QString>("type");
    QTest::addColumn<QByteArray>("secret");
    QTest::newRow("slack") << u"slack"_s << QByteArray("http://127.0.0.1:@PORT@/services/T0AAAA/xyzzySECRET");
    QTest::newRow("slack, plain http") << u"slack"_s << QByteArray("http://hooks.example.org/services/T0AAAA/xyzzySECRET");
    QTest::newRow("slack, no url") << u"slack"_s << QByteArray("xyzzySECRET");
    QTest::newRow("webhook by url") << u"webhook"_s << QByteArray("http://127.0.0.1:@PORT@/bot/xyzzySECRET");
    QTest::newRow("webhook") << u"webhook"_s << QByteArray("xyzzySECRET");
    QTest::newRow("pagerduty") << u"pagerduty"_s << QByteArray("xyzzySECRET");
    QTest::newRow("alertmanager") << u"alertmanager"_s << QByteArray("xyzzySECRET");
    QTest::newRow("smtp") << u"smtp"_s << QByteArray("xyzzySECRET");
}

/// The receiver says it back in every way that it can.
void tst_escalator::noSecretGetsOut()
{
    QFETCH(QString, type);
    QFETCH(QByteArray, secret);
    secret.replace("@PORT@", QByteArray::number(m_server->serverPort()));
    g_log.clear();
    const auto before = qInstallMessageHandler([](QtMsgType, const QMessageLogContext &, const QString &text) { g_log += text + u'\n'; });
    putSecret(u"key"_s, secret);
    ChannelConfig one = channel(type, u"key"_s);
    if (QByteArray(QTest::currentDataTag()) == "webhook by url")
        one.url.clear();
    one.server = u"smtp://127.0.0.1:%1"_s.arg(m_server->serverPort()); // it is no mail server, and answers HTTP
    one.from = one.user = u"a@example.org"_s;
    one.to = QStringList{u"b@example.org"_s};
    one.startTls = false;
    configure(one);
    for (const int status : {400, 401, 404, 429, 500}) {
        m_server->handler = [status, secret](const HttpRequest &request, QTcpSocket *socket) {
            HttpServer::answer(socket, status, secret + ' ' + request.line + ' ' + request.body.left(200));
        };
        const auto tried = m_tried.size();
        m_escalator->deliver({item(u"d%1"_s.arg(status), u"escalated"_s, u"i%1"_s.arg(status))});
        QTRY_VERIFY_WITH_TIMEOUT(m_tried.size() > tried, 10'000);
    }
    qInstallMessageHandler(before);
    QString all = m_trouble.join(u'\n') + g_log;
    for (const OutboxItem &stored : std::as_const(m_tried)) // what the store gets
        all += QString::fromUtf8(QJsonDocument(stored.body).toJson()) + stored.channel + stored.event;
    QVERIFY(all.contains(u"channel oncall"_s));
    QVERIFY2(!all.contains(u"xyzzy"_s, Qt::CaseInsensitive), qPrintable(all));
    QVERIFY2(!all.contains(u"T0AAAA"_s), qPrintable(all));
}

QTEST_GUILESS_MAIN(tst_escalator)
#include "tst_escalator.moc"
