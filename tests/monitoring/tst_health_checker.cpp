// Against a real small HTTP server in this process.
#include "core/monitoring/HealthChecker.h"
#include "core/monitoring/TcpProbe.h"
#include "tests/support/HttpServer.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QSslKey>
#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

/// Qt's HTTP thread, by the name that it gives it (cut to 15 characters by the kernel).
bool httpThreadRuns()
{
    const QStringList tasks = QDir(u"/proc/self/task"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot);
    return std::any_of(tasks.cbegin(), tasks.cend(), [](const QString &task) {
        QFile name(u"/proc/self/task/%1/comm"_s.arg(task));
        return name.open(QIODevice::ReadOnly) && name.readAll().startsWith("QNetworkAccessM");
    });
}

} // namespace

class tst_health_checker : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void cleanup();
    void statuses_data();
    void statuses();
    void bodies_data();
    void bodies();
    void slowAnswerHasItsLatency();
    void hangingTimesOut();
    void bodyThatStallsTimesOut();
    void endlessBodyIsCut();
    void closedWithoutAnswer();
    void cutShort();
    void refused();
    void badAddresses_data();
    void badAddresses();
    void tcp();
    void parsesHostPort();
    void selfSigned();
    void expired();

private:
    CheckResult check(const HealthCheckConfig &config);
    HealthCheckConfig http() const;
    QSslConfiguration certificate(const QStringList &arguments);

    std::unique_ptr<HttpServer> m_server;
    std::unique_ptr<HealthChecker> m_checker;
    QTemporaryDir m_dir;
};

void tst_health_checker::init()
{
    m_checker = std::make_unique<HealthChecker>(std::make_shared<SystemClock>());
    m_server = std::make_unique<HttpServer>();
    m_server->reply(200, "all is ok");
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
}

void tst_health_checker::cleanup()
{
    // It ends by itself, later. Were the process to end first, its OpenSSL state would look like a leak.
    m_checker.reset();
    QTRY_VERIFY(!httpThreadRuns());
}

HealthCheckConfig tst_health_checker::http() const
{
    HealthCheckConfig config;
    config.url = m_server->url(u"/health"_s);
    config.timeoutMs = 2000;
    return config;
}

CheckResult tst_health_checker::check(const HealthCheckConfig &config)
{
    std::optional<QList<CheckResult>> results;
    ServiceConfig service;
    service.name = u"web"_s;
    service.health = {config};
    m_checker->setServices({service}, 86'400'000);
    m_checker->checkNow(u"web"_s, [&](const QList<CheckResult> &all) { results = all; });
    m_checker->setServices({}, 60'000); // else a scheduled run might come between; this one goes on
    [&] { QTRY_VERIFY_WITH_TIMEOUT(results.has_value(), 10'000); }();
    return results.value_or(QList<CheckResult>()).value(0);
}

void tst_health_checker::statuses_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<int>("expected");
    QTest::addColumn<bool>("ok");
    QTest::addColumn<QString>("text");
    QTest::newRow("200") << 200 << 0 << true << u"HTTP 200"_s;
    QTest::newRow("204") << 204 << 0 << true << u"HTTP 204"_s;
    QTest::newRow("302 is not followed") << 302 << 0 << true << u"HTTP 302"_s;
    QTest::newRow("404") << 404 << 0 << false << u"HTTP 404"_s;
    QTest::newRow("503") << 503 << 0 << false << u"HTTP 503"_s;
    QTest::newRow("401 as expected") << 401 << 401 << true << u"HTTP 401"_s;
    QTest::newRow("503 as expected") << 503 << 503 << true << u"HTTP 503"_s;
    QTest::newRow("204, not 200") << 204 << 200 << false << u"HTTP 204, expected 200"_s;
}

void tst_health_checker::statuses()
{
    QFETCH(int, status);
    QFETCH(int, expected);
    m_server->reply(status, status == 204 ? "" : "x", status == 302 ? "Location: /elsewhere\r\n" : "");
    HealthCheckConfig config = http();
    config.expectStatus = expected;
    const CheckResult result = check(config);
    QTEST(result.ok, "ok");
    QTEST(result.text, "text");
    QCOMPARE(result.service, u"web"_s);
    QVERIFY(!result.timedOut && !result.refused && result.latencyMs > 0 && result.wallMs > 0 && result.tlsDaysLeft < 0);
    QCOMPARE(m_server->requests.size(), 1);
}

void tst_health_checker::bodies_data()
{
    QTest::addColumn<QString>("pattern");
    QTest::addColumn<QByteArray>("body");
    QTest::addColumn<QString>("text");
    QTest::newRow("matches") << u"\\bok$"_s << QByteArray("all is ok") << u"HTTP 200"_s;
    QTest::newRow("differs") << u"ready"_s << QByteArray("all is ok") << u"HTTP 200, body does not match /ready/"_s;
    QTest::newRow("empty") << u"."_s << QByteArray() << u"HTTP 200, body does not match /./"_s;
    QTest::newRow("unicode") << u"Grün"_s << QByteArray("Grün") << u"HTTP 200"_s;
    QTest::newRow("broken pattern") << u"("_s << QByteArray("x") << QString();
    QTest::newRow("exponential pattern") << u"^(a|a?)+$"_s << QByteArray(60, 'a').append('b') << u"HTTP 200, body does not match /^(a|a?)+$/"_s;
}

void tst_health_checker::bodies()
{
    QFETCH(QString, pattern);
    QFETCH(QByteArray, body);
    QFETCH(QString, text);
    m_server->reply(200, body);
    HealthCheckConfig config = http();
    config.expectBody = pattern;
    QElapsedTimer timer;
    timer.start();
    const CheckResult result = check(config);
    QVERIFY2(timer.elapsed() < 1000, "a pattern must not hold the engine");
    QCOMPARE(result.ok, text == u"HTTP 200"_s);
    if (text.isEmpty())
        QVERIFY2(result.text.startsWith(u"expect_body is no regular expression"_s), qPrintable(result.text));
    else
        QCOMPARE(result.text, text);
}

void tst_health_checker::slowAnswerHasItsLatency()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) {
        socket->write("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab");
        QTimer::singleShot(300, socket, [socket] { socket->write("cd"); });
    };
    const CheckResult result = check(http());
    QVERIFY(result.ok);
    QVERIFY2(result.latencyMs >= 290 && result.latencyMs < 1500, qPrintable(QString::number(result.latencyMs)));
}

void tst_health_checker::hangingTimesOut()
{
    m_server->handler = {};
    HealthCheckConfig config = http();
    config.timeoutMs = 300;
    const CheckResult result = check(config);
    QVERIFY(httpThreadRuns()); // cleanup() looks for the right name
    QVERIFY(!result.ok && result.timedOut && !result.refused);
    QCOMPARE(result.text, u"timed out after 0.3 s"_s);
    QVERIFY(result.latencyMs < 1000);
}

void tst_health_checker::bodyThatStallsTimesOut()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) {
        socket->write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab");
    };
    HealthCheckConfig config = http();
    config.timeoutMs = 300;
    QVERIFY(check(config).timedOut);
}

void tst_health_checker::endlessBodyIsCut()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) {
        socket->write("HTTP/1.1 200 OK\r\n\r\nstart");
        connect(socket, &QTcpSocket::bytesWritten, socket, [socket] {
            if (socket->bytesToWrite() < 65536)
                socket->write(QByteArray(65536, 'x'));
        });
    };
    HealthCheckConfig config = http();
    config.timeoutMs = 20'000;
    config.expectBody = u"^start"_s;
    QVERIFY(check(config).ok);
    config.expectBody = u"end$"_s;
    const CheckResult result = check(config);
    QVERIFY(!result.ok && !result.timedOut);
    QCOMPARE(result.text, u"HTTP 200, body does not match /end$/ in its first 1 MiB"_s);
}

void tst_health_checker::closedWithoutAnswer()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) { socket->abort(); };
    const CheckResult result = check(http());
    QVERIFY(!result.ok && !result.refused && !result.timedOut);
    QCOMPARE(result.text, u"connection closed before the answer was complete"_s);
}

void tst_health_checker::cutShort()
{
    m_server->handler = [](const HttpRequest &, QTcpSocket *socket) {
        socket->write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nab");
        socket->disconnectFromHost();
    };
    const CheckResult result = check(http());
    QVERIFY(!result.ok);
    QCOMPARE(result.text, u"connection closed before the answer was complete"_s);
}

void tst_health_checker::refused()
{
    const HealthCheckConfig config = http();
    m_server->close();
    const CheckResult result = check(config);
    QVERIFY(!result.ok && result.refused && !result.timedOut);
    QCOMPARE(result.text, u"connection refused"_s);
}

void tst_health_checker::badAddresses_data()
{
    QTest::addColumn<QString>("url");
    QTest::addColumn<QString>("text");
    QTest::newRow("host") << u"http://no-such-host.invalid/"_s << u"could not resolve host no-such-host.invalid"_s;
    QTest::newRow("scheme") << u"ftp://127.0.0.1/"_s << u"url \"ftp://127.0.0.1/\": expected http://… or https://…"_s;
    QTest::newRow("empty") << QString() << u"url \"\": expected http://… or https://…"_s;
    QTest::newRow("no host") << u"http:///x"_s << u"url \"http:///x\": expected http://… or https://…"_s;
}

void tst_health_checker::badAddresses()
{
    QFETCH(QString, url);
    HealthCheckConfig config = http();
    config.url = url;
    config.timeoutMs = 8000;
    const CheckResult result = check(config);
    QVERIFY(!result.ok);
    QTEST(result.text, "text");
}

void tst_health_checker::tcp()
{
    HealthCheckConfig config;
    config.type = CheckType::Tcp;
    config.timeoutMs = 2000;
    config.address = u"127.0.0.1:%1"_s.arg(m_server->serverPort());
    const CheckResult good = check(config);
    QVERIFY(good.ok);
    QCOMPARE(good.text, u"connected"_s);
    QVERIFY(good.type == CheckType::Tcp);
    m_server->close();
    const CheckResult bad = check(config);
    QVERIFY(!bad.ok && bad.refused);
    QCOMPARE(bad.text, u"connection refused"_s);
    config.address = u"no-such-host.invalid:80"_s;
    config.timeoutMs = 8000;
    QCOMPARE(check(config).text, u"could not resolve host no-such-host.invalid"_s);
    config.address = u"nonsense"_s;
    QCOMPARE(check(config).text, u"address \"nonsense\": expected host:port, an IPv6 address in brackets"_s);
}

void tst_health_checker::parsesHostPort()
{
    QCOMPARE(parseHostPort(u"db:5432"_s)->host, u"db"_s);
    QCOMPARE(parseHostPort(u"db:5432"_s)->port, 5432);
    QCOMPARE(parseHostPort(u"[::1]:80"_s)->host, u"::1"_s);
    for (const QString &bad : {u"::1:80"_s, u"db"_s, u":80"_s, u"db:0"_s, u"db:65536"_s, u"db:x"_s, QString()})
        QVERIFY2(!parseHostPort(bad), qPrintable(bad));
}

QSslConfiguration tst_health_checker::certificate(const QStringList &arguments)
{
    const QString key = m_dir.filePath(u"key.pem"_s), cert = m_dir.filePath(u"cert.pem"_s);
    QFile::remove(key);
    QFile::remove(cert);
    QProcess openssl;
    openssl.start(u"openssl"_s, QStringList{u"req"_s, u"-x509"_s, u"-newkey"_s, u"rsa:2048"_s, u"-nodes"_s, u"-keyout"_s,
        key, u"-out"_s, cert, u"-subj"_s, u"/CN=127.0.0.1"_s, u"-addext"_s, u"subjectAltName=IP:127.0.0.1"_s} + arguments);
    openssl.waitForFinished();
    QFile keyFile(key), certFile(cert);
    QSslConfiguration tls = QSslConfiguration::defaultConfiguration();
    if (!keyFile.open(QIODevice::ReadOnly) || !certFile.open(QIODevice::ReadOnly))
        return tls;
    tls.setLocalCertificate(QSslCertificate(&certFile));
    tls.setPrivateKey(QSslKey(&keyFile, QSsl::Rsa));
    return tls;
}

void tst_health_checker::selfSigned()
{
    QVERIFY2(QSslSocket::supportsSsl(), "Qt's TLS plugin is missing: install libqt6network6 with OpenSSL");
    m_server->tls = certificate({u"-days"_s, u"20"_s});
    QVERIFY2(!m_server->tls->localCertificate().isNull(), "no certificate: install the package openssl");
    const CheckResult result = check(http());
    QVERIFY(!result.ok);
    QCOMPARE(result.text, u"TLS: certificate is self-signed"_s);
    QVERIFY2(result.tlsDaysLeft > 19.9 && result.tlsDaysLeft <= 20, qPrintable(QString::number(result.tlsDaysLeft)));
    // Trusted, it is a good answer like any other, and its expiry is read all the same.
    const QSslConfiguration before = QSslConfiguration::defaultConfiguration();
    QSslConfiguration trusting = before;
    trusting.addCaCertificate(m_server->tls->localCertificate());
    QSslConfiguration::setDefaultConfiguration(trusting);
    m_checker = std::make_unique<HealthChecker>(std::make_shared<SystemClock>()); // Qt keeps what a connection trusts
    const CheckResult trusted = check(http());
    QSslConfiguration::setDefaultConfiguration(before);
    QCOMPARE(trusted.text, u"HTTP 200"_s);
    QVERIFY(trusted.ok && trusted.tlsDaysLeft > 19.9);
}

void tst_health_checker::expired()
{
    m_server->tls = certificate({u"-days"_s, u"20"_s});
    QVERIFY2(!m_server->tls->localCertificate().isNull(), "no certificate: install the package openssl");
    auto clock = std::make_shared<ManualClock>(SystemClock().now().wallMs);
    clock->jumpWall(30LL * 86'400'000);
    m_checker = std::make_unique<HealthChecker>(clock);
    QCOMPARE(check(http()).tlsDaysLeft, 0.0);
}

QTEST_GUILESS_MAIN(tst_health_checker)
#include "tst_health_checker.moc"
