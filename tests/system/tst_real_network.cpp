// labels: sandbox
// Names that do not resolve, ports that refuse or hang, servers that answer 500 and 429, and a PostgreSQL with its faults.
#include "core/detection/Classification.h"
#include "tests/monitoring/ServerFixture.h"
#include "tests/support/HttpServer.h"
#include "tests/system/EngineProcess.h"
#include "tests/system/Incidents.h"
#include "tests/system/RealCase.h"
#include "tests/system/RealUnit.h"

#include <QTest>

using namespace prunella;
using namespace prunella::testing;
using namespace Qt::StringLiterals;

namespace {

HealthCheckConfig http(const QString &url)
{
    HealthCheckConfig check;
    check.url = url;
    check.timeoutMs = 500;
    return check;
}

HealthCheckConfig tcp(quint16 port)
{
    HealthCheckConfig check;
    check.type = CheckType::Tcp;
    check.address = u"127.0.0.1:%1"_s.arg(port);
    check.timeoutMs = 500;
    return check;
}

QString typeOf(const CheckResult &result, const HealthCheckConfig &check)
{
    ServiceConfig service;
    service.name = u"victim"_s;
    service.health = {check};
    return toString(classifyCheck(result, service));
}

/// Of the sandbox's own root.
void writeSystemFile(const QString &path, const QByteArray &text)
{
    QFile file(path);
    if (!QFile::exists(u"/run/out"_s) || !file.open(QIODevice::WriteOnly | QIODevice::Truncate) || file.write(text) != text.size())
        qFatal("%s cannot be written; run this test in tests/support/systemd-sandbox", qPrintable(path));
}

} // namespace

class TestRealNetwork : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();
    void itsNameIsNotFound();
    void nameResolutionIsSilent();
    void refusedWhileItRuns();
    void itHangs();
    void serverErrors_data();
    void serverErrors();
    void whatStandsBehindItIsDown();
    void theEngineSaysSo_data();
    void theEngineSaysSo();
    void databaseIsDown();
    void databaseRefusesTheLogin();
    void databaseHasNoConnectionFree();
    void databaseHangs();

private:
    [[nodiscard]] MonitorConfig monitor(const QString &user, const QByteArray &password = {}) const;
    [[nodiscard]] Diagnosis askDatabase(const MonitorConfig &monitor);
    QTemporaryDir m_folder, m_passwords;
    QProcess m_postgres;
    quint16 m_port = 0;
};

void TestRealNetwork::initTestCase()
{
    qunsetenv("PGPASSWORD");
    qputenv("HOME", m_passwords.path().toUtf8());
    AsPostgres::give(m_folder.path());
    const QString data = m_folder.filePath(u"data"_s);
    AsPostgres::run({AsPostgres::program(u"initdb"_s), u"-D"_s, data, u"-U"_s, u"postgres"_s, u"-A"_s, u"trust"_s, u"-N"_s, u"-E"_s, u"UTF8"_s, u"--locale=C"_s});
    writeSystemFile(data + u"/pg_hba.conf"_s, "local all all trust\nhost all trusted 127.0.0.1/32 trust\nhost all all 127.0.0.1/32 scram-sha-256\n");
    m_port = closedPort();
    AsPostgres::start(m_postgres, {AsPostgres::program(u"postgres"_s), u"-D"_s, data, u"-p"_s, QString::number(m_port), u"-k"_s, m_folder.path(),
                                   u"-c"_s, u"listen_addresses=127.0.0.1"_s, u"-c"_s, u"fsync=off"_s, u"-c"_s, u"max_connections=8"_s,
                                   u"-c"_s, u"superuser_reserved_connections=3"_s, u"-c"_s, u"max_wal_senders=0"_s});
    const auto sql = [this](const QString &text) {
        return runProgram({AsPostgres::program(u"psql"_s), u"-qX"_s, u"-h"_s, m_folder.path(), u"-p"_s, QString::number(m_port), u"-U"_s,
                           u"postgres"_s, u"-v"_s, u"ON_ERROR_STOP=1"_s, u"-c"_s, text});
    };
    QTRY_COMPARE_WITH_TIMEOUT(sql(u"SELECT 1"_s), 0, 30'000);
    QCOMPARE(sql(u"CREATE ROLE watch LOGIN PASSWORD 'geheim'"_s), 0);
    QCOMPARE(sql(u"CREATE ROLE trusted LOGIN"_s), 0);
}

void TestRealNetwork::cleanupTestCase()
{
    endChild(m_postgres, SIGINT);
}

void TestRealNetwork::itsNameIsNotFound()
{
    writeSystemFile(u"/etc/nsswitch.conf"_s, "hosts: files\n");
    const HealthCheckConfig check = http(u"http://prunella-nowhere.example:8080/"_s);
    RealCase real(ErrorType::NetworkTimeout);
    QCOMPARE(typeOf(real.check(check), check), u"network_timeout"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"name_unknown"_s, qPrintable(toText(found)));
    QVERIFY(real.asked.contains(u"resolve prunella-nowhere.example"_s));
    QFile hosts(u"/etc/hosts"_s);
    QVERIFY(hosts.open(QIODevice::Append) && hosts.write("\n127.0.0.1 prunella-nowhere.example\n") > 0);
    hosts.close();
    const Diagnosis again = real.diagnose(); // found again: nothing is to be healed
    QVERIFY2(again.causeId == u"name_was_missing"_s, qPrintable(toText(again)));
}

void TestRealNetwork::nameResolutionIsSilent()
{
    writeSystemFile(u"/etc/nsswitch.conf"_s, "hosts: files dns\n");
    writeSystemFile(u"/etc/resolv.conf"_s, "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"); // nobody listens at its port 53
    const HealthCheckConfig check = http(u"http://prunella-elsewhere.example:8080/"_s);
    RealCase real(ErrorType::NetworkTimeout);
    real.check(check);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"resolver_down"_s, qPrintable(toText(found)));
}

void TestRealNetwork::refusedWhileItRuns()
{
    const RealUnit unit(u"deaf"_s, u"ExecStart=/usr/bin/tail -f /dev/null"_s);
    unit.start();
    RealCase real(ErrorType::NetworkTimeout);
    real.lookAtUnit(unit.unit(), [](const UnitState &state) { return state.activeState == u"active"_s; });
    const HealthCheckConfig check = tcp(closedPort());
    QCOMPARE(typeOf(real.check(check), check), u"network_timeout"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"not_listening"_s && found.confidence > 0.8, qPrintable(toText(found)));
    QVERIFY(found.actions == QList<ActionType>{ActionType::RestartService});
}

void TestRealNetwork::itHangs()
{
    QTcpServer silent; // the kernel connects, nobody answers
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    silent.pauseAccepting();
    const RealUnit unit(u"hanging"_s, u"ExecStart=/usr/bin/tail -f /dev/null"_s);
    unit.start();
    RealCase real(ErrorType::NetworkTimeout);
    real.lookAtUnit(unit.unit(), [](const UnitState &state) { return state.activeState == u"active"_s; });
    const HealthCheckConfig check = http(u"http://127.0.0.1:%1/"_s.arg(silent.serverPort()));
    QCOMPARE(typeOf(real.check(check), check), u"network_timeout"_s);
    const Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"hanging"_s && found.confidence > 0.8, qPrintable(toText(found)));
    QVERIFY(real.asked.contains(u"tcp 127.0.0.1:%1"_s.arg(silent.serverPort())));
}

void TestRealNetwork::serverErrors_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("deployed");
    QTest::addColumn<QString>("cause");
    QTest::newRow("500") << 500 << false << u"broken_state"_s;
    QTest::newRow("500 since a deployment") << 500 << true << u"bad_deployment"_s;
    QTest::newRow("503") << 503 << false << u"unavailable"_s;
    QTest::newRow("429") << 429 << false << u"rate_limited"_s;
    QTest::newRow("401") << 401 << false << u"credentials_invalid"_s;
    QTest::newRow("404") << 404 << false << u"wrong_address"_s;
}

void TestRealNetwork::serverErrors()
{
    QFETCH(int, status);
    QFETCH(bool, deployed);
    test::HttpServer server;
    server.reply(status);
    QVERIFY(server.listen(QHostAddress::LocalHost));
    RealCase real(ErrorType::ApiFailure);
    if (deployed)
        real.changed(ChangeKind::Deployment, u"victim"_s, u"victim was deployed: 1 -> 2"_s);
    QCOMPARE(typeOf(real.check(http(server.url())), http(server.url())), u"api_failure"_s);
    const Diagnosis found = real.diagnose();
    QTEST(found.causeId, "cause");
    QVERIFY2(found.rootCause.contains(u"HTTP %1"_s.arg(status)) || status == 429, qPrintable(found.rootCause));
}

/// A gateway that answers 502, and behind it a service that refuses: found by making that one's check now.
void TestRealNetwork::whatStandsBehindItIsDown()
{
    test::HttpServer gateway, behind;
    gateway.reply(502);
    behind.reply(200);
    QVERIFY(gateway.listen(QHostAddress::LocalHost) && behind.listen(QHostAddress::LocalHost));
    ServiceConfig service;
    service.name = u"orders"_s;
    service.health = {tcp(closedPort())};
    RealCase real(ErrorType::ApiFailure);
    real.check(http(gateway.url()));
    real.subject.dependencies = {service};
    Diagnosis found = real.diagnose();
    QVERIFY2(found.causeId == u"upstream_down"_s, qPrintable(toText(found)));
    QVERIFY2(found.rootCause.contains(u"orders"_s), qPrintable(found.rootCause));
    real.subject.dependencies[0].health = {http(behind.url())};
    found = real.diagnose();
    QVERIFY2(found.causeId == u"upstream_broken"_s, qPrintable(toText(found)));
}

void TestRealNetwork::theEngineSaysSo_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<QString>("type");
    QTest::addColumn<QString>("cause");
    QTest::newRow("429") << 429 << u"api_failure"_s << u"rate_limited"_s;
    QTest::newRow("a port that refuses") << 0 << u"network_timeout"_s << u"not_listening"_s;
}

/// The same from end to end: detected, probed and judged by a running engine, and told by `incidents --json`.
void TestRealNetwork::theEngineSaysSo()
{
    QFETCH(int, status);
    test::HttpServer server;
    server.reply(status);
    QVERIFY(status == 0 || server.listen(QHostAddress::LocalHost));
    const QString url = status == 0 ? u"http://127.0.0.1:%1/"_s.arg(closedPort()) : server.url(), dir = outDirectory(u"api"_s);
    const VictimUnit victim(u"api"_s, dir);
    victim.start();
    const QString check = u"health: [{type: http, url: \"%1\", interval: 200ms, failures: 2}]"_s.arg(url);
    EngineProcess engine(dir, engineConfig(victim.service(check), u"approve"_s));
    QVERIFY2(engine.start(), qPrintable(engine.eventsText()));
    const auto diagnosis = [&] { return engine.incident(u"api"_s).value(u"diagnosis").toObject(); };
    QTRY_VERIFY2_WITH_TIMEOUT(!diagnosis().isEmpty(), qPrintable(engine.eventsText()), 15'000);
    QTEST(diagnosis().value(u"cause_id").toString(), "cause");
    QTEST(engine.incident(u"api"_s).value(u"error_type").toString(), "type");
    QCOMPARE(engine.stop(), 0);
}

MonitorConfig TestRealNetwork::monitor(const QString &user, const QByteArray &password) const
{
    MonitorConfig monitor;
    monitor.type = u"postgresql"_s;
    monitor.name = u"orders"_s;
    monitor.service = u"victim"_s;
    monitor.address = u"127.0.0.1:%1"_s.arg(m_port);
    monitor.user = user;
    monitor.timeoutMs = 2000;
    if (!password.isEmpty()) {
        monitor.passwordFile = m_passwords.filePath(QString::fromLatin1(password));
        writeSystemFile(monitor.passwordFile, password + "\n");
        QFile::setPermissions(monitor.passwordFile, QFile::ReadOwner | QFile::WriteOwner);
    }
    return monitor;
}

Diagnosis TestRealNetwork::askDatabase(const MonitorConfig &monitor)
{
    RealCase real(ErrorType::DatabaseConnection);
    real.lookAtHost();
    real.subject.database = monitor;
    SeriesFacts down;
    down.last = 0;
    real.over({u"database_up"_s, {{u"monitor"_s, monitor.name}}}, down);
    const Diagnosis found = real.diagnose();
    qInfo().noquote() << real.asked.join(u", "_s) << toText(found);
    return found;
}

void TestRealNetwork::databaseIsDown()
{
    MonitorConfig gone = monitor(u"trusted"_s);
    gone.address = u"127.0.0.1:%1"_s.arg(closedPort());
    const Diagnosis found = askDatabase(gone);
    QVERIFY2(found.causeId == u"database_down"_s, qPrintable(toText(found)));
    QVERIFY(found.actions == QList<ActionType>{ActionType::RestartService});
}

void TestRealNetwork::databaseRefusesTheLogin()
{
    const Diagnosis wrong = askDatabase(monitor(u"watch"_s, "falsch"));
    QVERIFY2(wrong.causeId == u"authentication"_s && wrong.actions.isEmpty(), qPrintable(toText(wrong)));
    const Diagnosis right = askDatabase(monitor(u"watch"_s, "geheim")); // the password alone makes the difference
    QVERIFY2(right.causeId == u"was_away"_s, qPrintable(toText(right)));
}

void TestRealNetwork::databaseHasNoConnectionFree()
{
    std::vector<std::unique_ptr<QProcess>> guests;
    const auto start = [this](QProcess &guest) {
        AsPostgres::start(guest, {AsPostgres::program(u"psql"_s), u"-X"_s, u"-h"_s, m_folder.path(), u"-p"_s, QString::number(m_port),
                                  u"-U"_s, u"trusted"_s, u"-d"_s, u"postgres"_s});
    };
    for (int i = 0; i < 5; ++i)
        guests.push_back(std::make_unique<QProcess>());
    Diagnosis found;
    const auto full = [&] { // a session that is just ending may have kept one of them out
        for (const auto &guest : guests) {
            if (guest->state() == QProcess::NotRunning)
                start(*guest);
        }
        found = askDatabase(monitor(u"trusted"_s));
        return found.causeId == u"pool_exhausted"_s;
    };
    QTRY_VERIFY2_WITH_TIMEOUT(full(), qPrintable(toText(found)), 15'000);
    for (const auto &guest : guests)
        endChild(*guest, SIGTERM);
    QTRY_COMPARE_WITH_TIMEOUT(askDatabase(monitor(u"trusted"_s)).causeId, u"was_away"_s, 10'000);
}

void TestRealNetwork::databaseHangs()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    silent.pauseAccepting();
    MonitorConfig hanging = monitor(u"trusted"_s);
    hanging.address = u"127.0.0.1:%1"_s.arg(silent.serverPort());
    hanging.timeoutMs = 500;
    const Diagnosis found = askDatabase(hanging);
    QVERIFY2(found.causeId == u"database_hangs"_s, qPrintable(toText(found)));
}

QTEST_GUILESS_MAIN(TestRealNetwork)
#include "tst_real_network.moc"
