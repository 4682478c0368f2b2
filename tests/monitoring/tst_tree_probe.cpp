// The probes of decision trees on the real thing: listening and closed sockets, names, pings, plugins, checks.
#include "core/monitoring/TreeProbe.h"
#include "tests/support/HttpServer.h"

#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QThread>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

ProbeOrder order(const QString &type, const QString &text, qint64 timeoutMs = 3000)
{
    ProbeOrder one;
    one.key = u"probe."_s + type;
    one.type = type;
    one.text = text;
    one.timeoutMs = timeoutMs;
    return one;
}

/// Beside the test's event loop, in which the servers answer.
Fact run(const ProbeOrder &one)
{
    Fact fact;
    MonitorCancel cancel;
    const std::unique_ptr<QThread> thread(QThread::create([&] { fact = runTreeProbe(one, SystemClock().now(), cancel); }));
    thread->start();
    if (!QTest::qWaitFor([&] { return thread->isFinished(); }, 20'000))
        qFatal("the probe hangs");
    return fact;
}

QString word(const ProbeOrder &one)
{
    const Fact fact = run(one);
    if (fact.text.isEmpty())
        return u"without a sentence"_s;
    return fact.value.isValid() ? fact.value.toString() : QString(u"unknown: "_s + fact.text);
}

/// A port on which nobody listens, and which nobody gets either.
class ClosedPort
{
public:
    ClosedPort() : m_fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0))
    {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(m_fd, reinterpret_cast<sockaddr *>(&address), size) != 0 || ::getsockname(m_fd, reinterpret_cast<sockaddr *>(&address), &size) != 0)
            qFatal("no port");
        m_port = ntohs(address.sin_port);
    }
    ~ClosedPort() { ::close(m_fd); }
    Q_DISABLE_COPY_MOVE(ClosedPort)
    [[nodiscard]] QString address() const { return u"127.0.0.1:%1"_s.arg(m_port); }
    [[nodiscard]] int fd() const { return m_fd; }

private:
    int m_fd;
    quint16 m_port = 0;
};

ServiceConfig checked(const QString &name, const QString &url)
{
    ServiceConfig service;
    service.name = name;
    HealthCheckConfig check;
    check.url = url;
    service.health = {check};
    return service;
}

} // namespace

class TestTreeProbe : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tcp();
    void tcpTimeout();
    void http();
    void resolve();
    void ping();
    void nagios();
    void dependencyCheck();
    void cancelEnds();
};

void TestTreeProbe::tcp()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    QCOMPARE(word(order(u"tcp"_s, u"127.0.0.1:%1"_s.arg(server.serverPort()))), u"ok"_s);
    const ClosedPort closed;
    QCOMPARE(word(order(u"tcp"_s, closed.address())), u"refused"_s);
    QCOMPARE(word(order(u"tcp"_s, u"nosuch.invalid:80"_s)), u"not_found"_s);
    QCOMPARE(word(order(u"tcp"_s, u"no address"_s)), u"error"_s);
    const QString elsewhere = word(order(u"tcp"_s, u"[2001:db8::1]:80"_s, 500)); // documentation's network: no route, or nobody
    QVERIFY2(elsewhere == u"unreachable"_s || elsewhere == u"timeout"_s, qPrintable(elsewhere));
}

/// A full backlog on the loopback swallows the handshake as a firewall would.
void TestTreeProbe::tcpTimeout()
{
    const ClosedPort full;
    QVERIFY(::listen(full.fd(), 0) == 0);
    QList<int> clients;
    sockaddr_in address{};
    socklen_t size = sizeof address;
    QVERIFY(::getsockname(full.fd(), reinterpret_cast<sockaddr *>(&address), &size) == 0);
    for (int i = 0; i < 4; ++i) {
        const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        static_cast<void>(::connect(fd, reinterpret_cast<sockaddr *>(&address), size));
        clients << fd;
    }
    const QString found = word(order(u"tcp"_s, full.address(), 300));
    for (const int fd : clients)
        ::close(fd);
    QCOMPARE(found, u"timeout"_s);
}

void TestTreeProbe::http()
{
    test::HttpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const auto ask = [&](int status, int expected = 0) {
        server.reply(status, "body");
        ProbeOrder one = order(u"http"_s, server.url(u"/x"_s));
        one.expectStatus = expected;
        return word(one);
    };
    QCOMPARE(ask(200), u"ok"_s);
    QCOMPARE(ask(302), u"ok"_s);
    QCOMPARE(ask(404), u"status_4xx"_s);
    QCOMPARE(ask(503), u"status_5xx"_s);
    QCOMPARE(ask(404, 404), u"ok"_s);
    QCOMPARE(ask(200, 204), u"status_2xx"_s);
    server.handler = [](const test::HttpRequest &, QTcpSocket *) {};
    QCOMPARE(word(order(u"http"_s, server.url(), 300)), u"timeout"_s);
    const ClosedPort closed;
    QCOMPARE(word(order(u"http"_s, u"http://%1/"_s.arg(closed.address()))), u"refused"_s);
    QCOMPARE(word(order(u"http"_s, u"http://nosuch.invalid/"_s)), u"not_found"_s);
    QCOMPARE(word(order(u"http"_s, u"ftp://x/"_s)), u"error"_s);
    QTcpServer plain; // answers in plain text where TLS is spoken
    QVERIFY(plain.listen(QHostAddress::LocalHost));
    connect(&plain, &QTcpServer::newConnection, this, [&] { plain.nextPendingConnection()->write("no TLS here, only words\n"); });
    QCOMPARE(word(order(u"http"_s, u"https://127.0.0.1:%1/"_s.arg(plain.serverPort()))), u"tls"_s);
    QVERIFY2(!run(order(u"http"_s, u"http://user:secret@%1/"_s.arg(closed.address()))).text.contains(u"secret"_s), "no password in evidence");
}

void TestTreeProbe::resolve()
{
    QCOMPARE(word(order(u"resolve"_s, u"localhost"_s)), u"ok"_s);
    QCOMPARE(word(order(u"resolve"_s, u"nosuch.invalid"_s)), u"not_found"_s);
}

void TestTreeProbe::ping()
{
    const Fact fact = run(order(u"ping"_s, u"127.0.0.1"_s));
    const bool notPermitted = fact.text.contains(u"not permitted"_s); // an ordinary user in a container: it must say so
    QVERIFY2(fact.value.toString() == (notPermitted ? u"error"_s : u"ok"_s), qPrintable(fact.text));
    QVERIFY2(geteuid() != 0 || !notPermitted, "root may");
    QCOMPARE(word(order(u"ping"_s, u"nosuch.invalid"_s)), u"not_found"_s);
    if (notPermitted)
        return;
    const QString six = word(order(u"ping"_s, u"::1"_s));
    QVERIFY2(six == u"ok"_s || six == u"unreachable"_s || six == u"error"_s, qPrintable(six)); // IPv6 may be off
    const QString nobody = word(order(u"ping"_s, u"2001:db8::1"_s, 300));
    QVERIFY2(nobody == u"unreachable"_s || nobody == u"timeout"_s, qPrintable(nobody));
}

void TestTreeProbe::nagios()
{
    const QTemporaryDir folder;
    const auto plugin = [&](const QByteArray &body) {
        QFile file(folder.filePath(u"check"_s));
        if (!file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write("#!/bin/bash\n" + body + "\n") < 0)
            qFatal("no plugin");
        file.close();
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        ProbeOrder one = order(u"nagios"_s, {}, 2000);
        one.command = {folder.filePath(u"check"_s), u"-a"_s};
        return one;
    };
    QCOMPARE(word(plugin("echo OK - fine; exit 0")), u"ok"_s);
    QCOMPARE(word(plugin("echo WARNING; exit 1")), u"warning"_s);
    QCOMPARE(word(plugin("echo CRITICAL - $1; exit 2")), u"critical"_s);
    QVERIFY(run(plugin("echo CRITICAL - $1; exit 2")).text.contains(u"CRITICAL - -a"_s));
    QCOMPARE(word(plugin("exit 3")), u"unknown_state"_s);
    ProbeOrder hanging = plugin("exec tail -f /dev/null");
    hanging.timeoutMs = 200;
    QVERIFY2(!run(hanging).value.isValid(), "a plugin that hangs tells nothing");
}

void TestTreeProbe::dependencyCheck()
{
    test::HttpServer good, bad;
    QVERIFY(good.listen(QHostAddress::LocalHost) && bad.listen(QHostAddress::LocalHost));
    good.reply(200);
    bad.reply(503);
    ProbeOrder one = order(u"dependency_check"_s, {});
    one.subject.component = u"web"_s;
    QVERIFY(!run(one).value.isValid()); // nothing that could be asked
    one.subject.dependencies = {checked(u"db"_s, good.url())};
    QCOMPARE(word(one), u"ok"_s);
    one.subject.dependencies << checked(u"cache"_s, bad.url());
    const Fact fact = run(one);
    QCOMPARE(fact.value.toString(), u"failing"_s);
    QVERIFY2(fact.text.contains(u"cache (HTTP 503)"_s) && !fact.text.contains(u"db ("_s), qPrintable(fact.text));
}

void TestTreeProbe::cancelEnds()
{
    test::HttpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    silent.handler = [](const test::HttpRequest &, QTcpSocket *) {};
    Fact fact;
    MonitorCancel cancel;
    const ProbeOrder one = order(u"http"_s, silent.url(), 30'000);
    const std::unique_ptr<QThread> thread(QThread::create([&] { fact = runTreeProbe(one, SystemClock().now(), cancel); }));
    thread->start();
    QTRY_VERIFY(silent.connections > 0);
    cancel.cancel();
    QTRY_VERIFY_WITH_TIMEOUT(thread->isFinished(), 2000);
    QVERIFY(!fact.value.isValid());
}

} // namespace prunella

QTEST_GUILESS_MAIN(prunella::TestTreeProbe)
#include "tst_tree_probe.moc"
