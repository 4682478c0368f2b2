// When checks run, and that they run one at a time. Against a real small HTTP server in this process.
#include "core/monitoring/HealthChecker.h"
#include "tests/support/HttpServer.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

class tst_health_schedule : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void init();
    void scheduled();
    void neverOverlaps();
    void stoppedStaysStopped();
    void receiverMayReplaceTheSchedule();
    void checkNowWithoutChecks();
    void checkNowKeepsOrder();

private:
    HealthCheckConfig http() const;

    std::unique_ptr<HttpServer> m_server;
    std::unique_ptr<HealthChecker> m_checker;
};

void tst_health_schedule::init()
{
    m_checker = std::make_unique<HealthChecker>(std::make_shared<SystemClock>());
    m_server = std::make_unique<HttpServer>();
    m_server->reply(200, "all is ok");
    QVERIFY(m_server->listen(QHostAddress::LocalHost));
}

HealthCheckConfig tst_health_schedule::http() const
{
    HealthCheckConfig config;
    config.url = m_server->url(u"/health"_s);
    config.timeoutMs = 2000;
    return config;
}

void tst_health_schedule::scheduled()
{
    HealthCheckConfig fast = http(), tcp;
    fast.intervalMs = 40;
    tcp.type = CheckType::Tcp;
    tcp.address = u"127.0.0.1:%1"_s.arg(m_server->serverPort());
    ServiceConfig service;
    service.name = u"web"_s;
    service.health = {fast, tcp};
    QList<RawEvent> events;
    connect(m_checker.get(), &HealthChecker::eventReady, this, [&](const RawEvent &event) { events.append(event); });
    m_checker->setServices({service}, 60);
    const auto count = [&events](int index) {
        return std::count_if(events.cbegin(), events.cend(), [index](const RawEvent &e) { return e.check.index == index; });
    };
    QTRY_VERIFY(count(0) >= 5 && count(1) >= 3);
    QVERIFY(events[0].kind == RawEventKind::CheckDone);
    QCOMPARE(events[0].component, u"web"_s);
    QVERIFY(events[0].check.ok);
    QCOMPARE(events[0].wallMs, events[0].check.wallMs);
}

void tst_health_schedule::neverOverlaps()
{
    int open = 0, most = 0;
    m_server->handler = [&](const HttpRequest &, QTcpSocket *socket) {
        most = std::max(most, ++open);
        QTimer::singleShot(120, socket, [&open, socket] { --open; HttpServer::answer(socket, 200); });
    };
    HealthCheckConfig slow = http();
    slow.intervalMs = 20;
    ServiceConfig service;
    service.name = u"web"_s;
    service.health = {slow};
    int done = 0;
    connect(m_checker.get(), &HealthChecker::eventReady, this, [&] { ++done; });
    m_checker->setServices({service}, 60);
    QTRY_VERIFY(done >= 4);
    QCOMPARE(most, 1);
}

void tst_health_schedule::stoppedStaysStopped()
{
    m_server->handler = {}; // hangs
    ServiceConfig service;
    service.name = u"web"_s;
    service.health = {http()};
    service.health[0].intervalMs = 10;
    int events = 0;
    connect(m_checker.get(), &HealthChecker::eventReady, this, [&] { ++events; });
    m_checker->setServices({service}, 60);
    QTRY_VERIFY(!m_server->requests.isEmpty());
    m_checker->setServices({}, 60);
    QTRY_VERIFY(m_server->findChildren<QSslSocket *>().isEmpty()); // the open connection was ended, not left
    const int connections = m_server->connections;
    bool later = false;
    QTimer::singleShot(200, this, [&] { later = true; });
    QTRY_VERIFY(later);
    QCOMPARE(events, 0);
    QCOMPARE(m_server->connections, connections);
}

void tst_health_schedule::receiverMayReplaceTheSchedule()
{
    ServiceConfig service;
    service.name = u"web"_s;
    service.health = {http()};
    service.health[0].intervalMs = 10;
    int events = 0;
    connect(m_checker.get(), &HealthChecker::eventReady, this, [&] {
        ++events;
        m_checker->setServices({service}, 60);
    });
    m_checker->setServices({service}, 60);
    QTRY_VERIFY(events >= 5);
}

void tst_health_schedule::checkNowWithoutChecks()
{
    bool answered = false;
    m_checker->checkNow(u"nobody"_s, [&](const QList<CheckResult> &all) { answered = all.isEmpty(); });
    QVERIFY(!answered); // never before the call returns
    QTRY_VERIFY(answered);
}

void tst_health_schedule::checkNowKeepsOrder()
{
    m_server->handler = [](const HttpRequest &request, QTcpSocket *socket) {
        const int delay = request.line.contains("/slow") ? 200 : 0;
        QTimer::singleShot(delay, socket, [socket] { HttpServer::answer(socket, 200); });
    };
    ServiceConfig service;
    service.name = u"web"_s;
    service.health = {http(), http(), http()};
    service.health[0].url = m_server->url(u"/slow"_s);
    service.health[1].type = CheckType::Nagios;
    service.health[1].command = QStringList{u"true"_s};
    m_checker->setServices({service}, 86'400'000);
    QList<CheckResult> results;
    m_checker->checkNow(u"web"_s, [&](const QList<CheckResult> &all) { results = all; });
    QTRY_COMPARE(results.size(), 3);
    for (int index = 0; index < 3; ++index)
        QCOMPARE(results[index].index, index);
    QVERIFY(results[1].type == CheckType::Nagios && results[1].ok);
    QVERIFY(results[0].latencyMs > results[2].latencyMs);
}

QTEST_GUILESS_MAIN(tst_health_schedule)
#include "tst_health_schedule.moc"
