// Against a real HTTP server in this process.
#include "core/notification/HttpSender.h"
#include "core/notification/WebhookMessage.h"
#include "tests/notification/Items.h"
#include "tests/support/HttpServer.h"

#include <QJsonDocument>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_http_sender : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void delivers();
    void sameIdOnEveryTry();
    void statuses_data();
    void statuses();
    void timesOut();
    void statusCountsThoughTheBodyHangs();
    void endlessAnswer();
    void refused();
    void badUrls_data();
    void badUrls();
    void retryAfter_data();
    void retryAfter();
    void saysWhyItRefuses();
    void closesWithoutAnswer();

private:
    Status deliver(const OutboxItem &item, const QString &url);
    static OutboxItem item();
    std::unique_ptr<HttpServer> m_server;
    std::unique_ptr<HttpSender> m_sender;
    int m_timeoutMs = 10'000;
    qint64 m_retryAfterMs = 0;
};

void tst_http_sender::init()
{
    m_server = std::make_unique<HttpServer>();
    m_server->reply(200);
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
    m_sender = std::make_unique<HttpSender>();
    m_timeoutMs = 10'000;
}

OutboxItem tst_http_sender::item()
{
    OutboxItem item;
    item.deliveryId = u"3f0c"_s;
    item.event = u"escalated"_s;
    item.body = {{u"incident"_s, QJsonObject{{u"id"_s, u"abc"_s}, {u"component"_s, u"wéb"_s}}}};
    return item;
}

Status tst_http_sender::deliver(const OutboxItem &what, const QString &url)
{
    ChannelConfig channel;
    channel.url = url;
    const DeliveryResult result = deliveryOf([&](const DeliveryDone &done) { m_sender->post(webhookMessage(what, channel, {}, 0), m_timeoutMs, done); });
    m_retryAfterMs = result.retryAfterMs;
    return result.status;
}

void tst_http_sender::delivers()
{
    QVERIFY(deliver(item(), m_server->url(u"/hook"_s)));
    QCOMPARE(m_server->requests.size(), 1);
    const HttpRequest &request = m_server->requests[0];
    QCOMPARE(request.line, "POST /hook HTTP/1.1");
    QCOMPARE(request.headers.value("x-prunella-delivery"), "3f0c");
    QCOMPARE(request.headers.value("content-type"), "application/json");
    const QJsonObject body = QJsonDocument::fromJson(request.body).object();
    QCOMPARE(body[u"schema"_s].toInt(), 1);
    QCOMPARE(body[u"delivery_id"_s].toString(), u"3f0c"_s);
    QCOMPARE(body[u"event"_s].toString(), u"escalated"_s);
    QCOMPARE(body[u"incident"_s][u"component"_s].toString(), u"wéb"_s);
}

void tst_http_sender::sameIdOnEveryTry()
{
    m_server->reply(503);
    OutboxItem one = item();
    QVERIFY(!deliver(one, m_server->url()));
    one.tries = 1;
    m_server->reply(200);
    QVERIFY(deliver(one, m_server->url()));
    QCOMPARE(m_server->requests[0].headers.value("x-prunella-delivery"), m_server->requests[1].headers.value("x-prunella-delivery"));
    QCOMPARE(m_server->requests[0].body, m_server->requests[1].body);
}

void tst_http_sender::statuses_data()
{
    QTest::addColumn<bool>("delivered");
    QTest::addColumn<bool>("permanent");
    for (const int status : {200, 201, 202, 204})
        QTest::addRow("%d", status) << true << false;
    for (const int status : {400, 401, 403, 404, 410, 422})
        QTest::addRow("%d", status) << false << true;
    for (const int status : {302, 408, 429, 500, 502, 503})
        QTest::addRow("%d", status) << false << false;
}

void tst_http_sender::statuses()
{
    const int code = QByteArray(QTest::currentDataTag()).toInt();
    m_server->reply(code, code == 204 ? "" : "words", code == 302 ? "Location: /elsewhere\r\n" : "");
    const Status status = deliver(item(), m_server->url());
    QTEST(status.has_value(), "delivered");
    if (!status) {
        QTEST(isPermanent(status.error()), "permanent");
        QVERIFY(status.error().message.contains(u"HTTP %1"_s.arg(code)));
    }
    QCOMPARE(m_server->requests.size(), 1); // redirects are not followed
}

void tst_http_sender::timesOut()
{
    m_server->handler = {};
    m_timeoutMs = 200;
    const Status status = deliver(item(), m_server->url());
    QVERIFY(status.error().code == ErrorCode::Timeout);
    QCOMPARE(status.error().message, u"127.0.0.1 did not answer within 0.2 s"_s);
    QVERIFY(!isPermanent(status.error()));
}

void tst_http_sender::statusCountsThoughTheBodyHangs()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) {
        socket->write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab");
    };
    m_timeoutMs = 200;
    QVERIFY(deliver(item(), m_server->url()));
}

void tst_http_sender::endlessAnswer()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) {
        socket->write("HTTP/1.1 200 OK\r\n\r\nstart");
        connect(socket, &QTcpSocket::bytesWritten, socket, [socket] { socket->write(QByteArray(65536, 'x')); });
    };
    QVERIFY(deliver(item(), m_server->url()));
}

void tst_http_sender::refused()
{
    const QString url = m_server->url();
    m_server->close();
    const Status status = deliver(item(), url);
    QVERIFY(status.error().code == ErrorCode::Unavailable);
    QCOMPARE(status.error().message, u"127.0.0.1 refused the connection"_s);
}

void tst_http_sender::badUrls_data()
{
    QTest::addColumn<QString>("url");
    QTest::newRow("empty") << QString();
    QTest::newRow("words") << u"not a url"_s;
    QTest::newRow("file") << u"file:///etc/passwd"_s;
    QTest::newRow("no host") << u"http:///hook"_s;
}

void tst_http_sender::badUrls()
{
    QFETCH(QString, url);
    const Status status = deliver(item(), url);
    QVERIFY(!status && isPermanent(status.error()));
    QVERIFY(status.error().message.contains(u"expected http://… or https://…"_s));
}

void tst_http_sender::retryAfter_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QByteArray>("headers");
    QTest::addColumn<qint64>("ms");
    QTest::newRow("seconds") << 429 << QByteArray("Retry-After: 30\r\n") << qint64(30'000);
    QTest::newRow("fraction") << 429 << QByteArray("Retry-After: 0.3\r\n") << qint64(300);
    QTest::newRow("date") << 503 << QByteArray("Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:30:00 GMT\r\n") << qint64(120'000);
    QTest::newRow("past") << 429 << QByteArray("Date: Wed, 21 Oct 2026 07:28:00 GMT\r\nRetry-After: Wed, 21 Oct 2026 07:20:00 GMT\r\n") << qint64(0);
    QTest::newRow("date alone") << 429 << QByteArray("Retry-After: Wed, 21 Oct 2026 07:30:00 GMT\r\n") << qint64(0);
    QTest::newRow("a year") << 429 << QByteArray("Retry-After: 31536000\r\n") << qint64(86'400'000);
    QTest::newRow("words") << 429 << QByteArray("Retry-After: soon\r\n") << qint64(0);
    QTest::newRow("negative") << 429 << QByteArray("Retry-After: -5\r\n") << qint64(0);
    QTest::newRow("none") << 429 << QByteArray() << qint64(0);
    QTest::newRow("elsewhere") << 500 << QByteArray("Retry-After: 30\r\n") << qint64(0);
}

void tst_http_sender::retryAfter()
{
    QFETCH(int, status);
    QFETCH(QByteArray, headers);
    m_server->reply(status, "slow down", headers);
    const Status answer = deliver(item(), m_server->url());
    QVERIFY(!answer && !isPermanent(answer.error()));
    QTEST(m_retryAfterMs, "ms");
}

void tst_http_sender::saysWhyItRefuses()
{
    m_server->reply(400, "  invalid_payload\n\x07 ");
    QCOMPARE(deliver(item(), m_server->url()).error().message,
             u"the receiver answered HTTP 400: it does not take this message (it says: invalid_payload)"_s);
    m_server->reply(404, "<html><body>a whole page</body></html>");
    QVERIFY(!deliver(item(), m_server->url()).error().message.contains(u"page"_s));
}

void tst_http_sender::closesWithoutAnswer()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) { socket->abort(); };
    const Status status = deliver(item(), m_server->url(u"/path-with-a-token"_s));
    QVERIFY(!status && !isPermanent(status.error()));
    QVERIFY2(!status.error().message.contains(u"token"_s), qPrintable(status.error().message));
}

QTEST_GUILESS_MAIN(tst_http_sender)
#include "tst_http_sender.moc"
