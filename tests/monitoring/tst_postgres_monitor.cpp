// The PostgreSQL monitor against a real server.
#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/PostgresSession.h"
#include "core/monitoring/TreeProbe.h"
#include "tests/monitoring/HostFixture.h"
#include "tests/monitoring/ServerFixture.h"

#include <QElapsedTimer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>

#include <csignal>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr auto kUp = "database_up{monitor=orders}", kConnect = "database_connect_time{monitor=orders}", kPing = "database_ping_time{monitor=orders}",
               kConnections = "database_connections{monitor=orders}", kPool = "database_pool_use{monitor=orders}";

/// What pg_hba.conf says: who comes by the socket is believed, over TCP everybody needs a password.
const QByteArray kHba = "local all all trust\nhost all old 127.0.0.1/32 md5\nhost all trusted 127.0.0.1/32 trust\n"
                        "host all outcast 127.0.0.1/32 reject\nhost all all 127.0.0.1/32 scram-sha-256\n";

} // namespace

class PostgresMonitorTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_folder, m_passwords;
    QProcess m_server;
    quint16 m_port = 0;

    QString address() const { return u"127.0.0.1:%1"_s.arg(m_port); }
    QString socketPath() const { return u"%1/.s.PGSQL.%2"_s.arg(m_folder.path()).arg(m_port); }
    void startServer(const QString &data, const QStringList &more = {})
    {
        AsPostgres::start(m_server, QStringList{AsPostgres::program(u"postgres"_s), u"-D"_s, data, u"-p"_s, QString::number(m_port),
                                                u"-k"_s, m_folder.path(), u"-c"_s, u"listen_addresses=127.0.0.1"_s, u"-c"_s, u"fsync=off"_s,
                                                u"-c"_s, u"max_connections=8"_s, u"-c"_s, u"superuser_reserved_connections=3"_s,
                                                u"-c"_s, u"max_wal_senders=0"_s} + more);
    }
    void sql(const QString &text)
    {
        AsPostgres::run({AsPostgres::program(u"psql"_s), u"-X"_s, u"-h"_s, m_folder.path(), u"-p"_s, QString::number(m_port), u"-U"_s,
                         u"postgres"_s, u"-v"_s, u"ON_ERROR_STOP=1"_s, u"-c"_s, text});
    }
    QString password(const QByteArray &word, QFile::Permissions permissions = QFile::ReadOwner | QFile::WriteOwner)
    {
        const QString path = m_passwords.filePath(QString::fromLatin1(word));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(word + "\n") < 0)
            qFatal("cannot write a password file");
        file.setPermissions(permissions);
        return path;
    }
    MonitorConfig config(const QString &user, const QByteArray &word = {}, qint64 timeoutMs = 5000)
    {
        MonitorConfig made;
        made.type = u"postgresql"_s;
        made.name = u"orders"_s;
        made.address = address();
        made.user = user;
        made.timeoutMs = timeoutMs;
        if (!word.isEmpty())
            made.passwordFile = password(word);
        return made;
    }
    struct Look { QList<Sample> samples; QString problem; };
    static Look look(const MonitorConfig &monitor)
    {
        Config config;
        config.monitors = {monitor};
        const auto made = monitorsFor(config);
        const auto samples = made.at(0)->sample({5000, 6000, 7000, {}});
        return {samples, made.at(0)->problem()};
    }

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { endChild(m_server, SIGINT); }
    void logsInAndMeasures_data();
    void logsInAndMeasures();
    void belongsToItsService();
    void bySocket();
    void wantsAPassword();
    void refusals_data();
    void refusals();
    void passwordFileIsPrivate();
    void poolOfAnOrdinaryUser();
    void probeOfTrees();
    void poolIsExhausted();
    void takesNobody();
    void stoppedServer();
    void silentListener();
    void anotherProtocol();
    void canBeCancelled();
    void understandsLibpqsText();
};

void PostgresMonitorTest::initTestCase()
{
    qunsetenv("PGPASSWORD");
    qputenv("HOME", m_passwords.path().toUtf8()); // no ~/.pgpass
    AsPostgres::give(m_folder.path());
    const QString data = m_folder.filePath(u"data"_s);
    AsPostgres::run({AsPostgres::program(u"initdb"_s), u"-D"_s, data, u"-U"_s, u"postgres"_s, u"-A"_s, u"trust"_s, u"-N"_s, u"-E"_s, u"UTF8"_s, u"--locale=C"_s});
    QFile hba(data + u"/pg_hba.conf"_s);
    QVERIFY(hba.open(QIODevice::WriteOnly | QIODevice::Truncate) && hba.write(kHba) == kHba.size());
    hba.close();
    m_port = freePort();
    startServer(data);
    MonitorConfig super = config(u"postgres"_s);
    super.address = socketPath();
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(look(super).samples, kUp), 1.0, 60'000);
    sql(u"CREATE ROLE watch LOGIN PASSWORD 'geheim'"_s);
    sql(u"CREATE ROLE trusted LOGIN"_s);
    sql(u"CREATE ROLE outcast LOGIN"_s);
    sql(u"SET password_encryption = 'md5'; CREATE ROLE old LOGIN PASSWORD 'geheim'"_s);
}

void PostgresMonitorTest::logsInAndMeasures_data()
{
    QTest::addColumn<QString>("user");
    QTest::addColumn<QByteArray>("word");
    QTest::newRow("trust") << u"trusted"_s << QByteArray();
    QTest::newRow("scram-sha-256") << u"watch"_s << QByteArray("geheim");
    QTest::newRow("md5") << u"old"_s << QByteArray("geheim");
}

void PostgresMonitorTest::logsInAndMeasures()
{
    QFETCH(QString, user);
    QFETCH(QByteArray, word);
    const Look seen = look(config(user, word));
    QCOMPARE(seen.problem, QString());
    QCOMPARE(seen.samples.size(), 5);
    QCOMPARE(valueOf(seen.samples, kUp), 1.0);
    QVERIFY(valueOf(seen.samples, kConnect) > 0 && valueOf(seen.samples, kConnect) < 5000);
    QVERIFY(valueOf(seen.samples, kPing) > 0 && valueOf(seen.samples, kPing) < valueOf(seen.samples, kConnect) + 1000);
    QVERIFY(valueOf(seen.samples, kConnections) >= 1); // at least ours
    QCOMPARE(valueOf(seen.samples, kPool), 100 * valueOf(seen.samples, kConnections) / 5); // 8 less 3 for superusers
    QCOMPARE(seen.samples.last().unit, u"%"_s);
    QCOMPARE(seen.samples.first().component, u"host"_s);
    QCOMPARE(seen.samples.first().wallMs, 5000);
}

void PostgresMonitorTest::belongsToItsService()
{
    MonitorConfig monitor = config(u"trusted"_s);
    monitor.service = u"db"_s;
    QCOMPARE(look(monitor).samples.first().component, u"db"_s);
}

void PostgresMonitorTest::bySocket()
{
    MonitorConfig monitor = config(u"watch"_s);
    monitor.address = socketPath();
    QCOMPARE(valueOf(look(monitor).samples, kUp), 1.0);
    monitor.address = m_folder.filePath(u".s.PGSQL.1"_s);
    const Look gone = look(monitor);
    QCOMPARE(valueOf(gone.samples, kUp), 0.0);
    QVERIFY2(gone.problem.contains(u"No such file or directory"_s), qPrintable(gone.problem));
}

void PostgresMonitorTest::wantsAPassword()
{
    const Look seen = look(config(u"watch"_s));
    QCOMPARE(seen.problem, u"postgresql at %1 wants a password: set password_file"_s.arg(address()));
    QCOMPARE(seen.samples.size(), 2);
    QCOMPARE(valueOf(seen.samples, kUp), 1.0); // it answers; that we may not come in is our own affair
    QVERIFY(valueOf(seen.samples, kConnect) > 0);
}

void PostgresMonitorTest::refusals_data()
{
    QTest::addColumn<QString>("user");
    QTest::addColumn<QByteArray>("word");
    QTest::addColumn<QString>("database");
    QTest::addColumn<double>("up");
    QTest::addColumn<QString>("problem");
    const QString login = u"refuses our login, check user and password_file: "_s;
    QTest::newRow("wrong password") << u"watch"_s << QByteArray("falsch") << QString() << 1.0
                                    << login + u"password authentication failed for user \"watch\" (SQLSTATE 28P01)"_s;
    QTest::newRow("wrong password, md5") << u"old"_s << QByteArray("falsch") << QString() << 1.0
                                         << login + u"password authentication failed for user \"old\" (SQLSTATE 28P01)"_s;
    QTest::newRow("no such role") << u"nobody"_s << QByteArray("falsch") << QString() << 1.0
                                  << login + u"password authentication failed for user \"nobody\" (SQLSTATE 28P01)"_s;
    QTest::newRow("rejected") << u"outcast"_s << QByteArray() << QString() << 1.0
                              << login + u"pg_hba.conf rejects connection for host \"127.0.0.1\", user \"outcast\", database \"postgres\", no encryption (SQLSTATE 28000)"_s;
    QTest::newRow("unknown database") << u"trusted"_s << QByteArray() << u"orders"_s << 0.0
                                      << u"does not have the database: database \"orders\" does not exist (SQLSTATE 3D000)"_s;
}

void PostgresMonitorTest::refusals()
{
    QFETCH(QString, user);
    QFETCH(QByteArray, word);
    QFETCH(QString, database);
    QFETCH(double, up);
    QFETCH(QString, problem);
    MonitorConfig monitor = config(user, word);
    monitor.database = database;
    const Look seen = look(monitor);
    QCOMPARE(seen.problem, u"postgresql at %1 %2"_s.arg(address(), problem));
    QCOMPARE(valueOf(seen.samples, kUp), up);
    QVERIFY(valueOf(seen.samples, kConnect) > 0);
    QVERIFY(qIsNaN(valueOf(seen.samples, kPing)));
}

void PostgresMonitorTest::passwordFileIsPrivate()
{
    MonitorConfig monitor = config(u"watch"_s);
    monitor.passwordFile = password("geheim", QFile::ReadOwner | QFile::WriteOwner | QFile::ReadOther);
    const Look seen = look(monitor);
    QCOMPARE(seen.samples.size(), 0); // nothing is claimed about the server
    QCOMPARE(seen.problem, u"%1 is refused: others can read the password; do: chmod 600 %1"_s.arg(monitor.passwordFile));
    monitor.passwordFile = m_passwords.filePath(u"nowhere"_s);
    QCOMPARE(look(monitor).problem, u"cannot read %1: No such file or directory"_s.arg(monitor.passwordFile));
}

void PostgresMonitorTest::poolOfAnOrdinaryUser()
{
    QProcess guest; // psql waits for its input and keeps its session
    AsPostgres::start(guest, {AsPostgres::program(u"psql"_s), u"-X"_s, u"-h"_s, m_folder.path(), u"-p"_s, QString::number(m_port), u"-U"_s, u"postgres"_s});
    // `watch` may not look at the other session, but counts it: two of five
    QTRY_COMPARE(valueOf(look(config(u"watch"_s, "geheim")).samples, kPool), 40.0);
    endChild(guest, SIGTERM);
    QTRY_COMPARE(valueOf(look(config(u"watch"_s, "geheim")).samples, kPool), 20.0);
}

/// What a decision tree hears of it: one word.
void PostgresMonitorTest::probeOfTrees()
{
    const auto word = [](const MonitorConfig &monitor) {
        ProbeOrder order;
        order.type = u"database"_s;
        order.subject.database = monitor;
        const MonitorCancel cancel;
        return runTreeProbe(order, {}, cancel).value.toString();
    };
    MonitorConfig super = config(u"postgres"_s);
    super.address = socketPath();
    QCOMPARE(word(super), u"ok"_s);
    QCOMPARE(word(config(u"watch"_s, "falsch")), u"authentication"_s);
    sql(u"ALTER ROLE trusted SET default_transaction_read_only = on"_s);
    QCOMPARE(word(config(u"trusted"_s)), u"read_only"_s);
    sql(u"ALTER ROLE trusted RESET default_transaction_read_only"_s);
    sql(u"CREATE TABLE wanted (a int)"_s);
    const QStringList psql{AsPostgres::program(u"psql"_s), u"-X"_s, u"-h"_s, m_folder.path(), u"-p"_s, QString::number(m_port), u"-U"_s, u"postgres"_s, u"-c"_s};
    QProcess holder, waiter;
    AsPostgres::start(holder, psql + QStringList{u"LOCK TABLE wanted; SELECT pg_sleep(60)"_s});
    AsPostgres::start(waiter, psql + QStringList{u"LOCK TABLE wanted; SELECT pg_sleep(60)"_s});
    QTRY_COMPARE_WITH_TIMEOUT(word(super), u"locked"_s, 10'000);
    endChild(waiter, SIGTERM);
    endChild(holder, SIGTERM);
    sql(u"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LOCK%'"_s);
    QTRY_COMPARE_WITH_TIMEOUT(word(super), u"ok"_s, 10'000);
}

void PostgresMonitorTest::poolIsExhausted()
{
    std::vector<std::unique_ptr<QProcess>> guests;
    MonitorConfig super = config(u"postgres"_s);
    super.address = socketPath();
    const auto start = [this](QProcess &guest) {
        AsPostgres::start(guest, {AsPostgres::program(u"psql"_s), u"-X"_s, u"-h"_s, m_folder.path(), u"-p"_s, QString::number(m_port),
                                  u"-U"_s, u"trusted"_s, u"-d"_s, u"postgres"_s});
    };
    for (int i = 0; i < 5; ++i)
        guests.push_back(std::make_unique<QProcess>());
    const auto allConnected = [&] { // a session that is just ending may have kept one of them out
        for (const auto &guest : guests) {
            if (guest->state() == QProcess::NotRunning)
                start(*guest);
        }
        return valueOf(look(super).samples, kConnections) == 6.0;
    };
    QTRY_VERIFY_WITH_TIMEOUT(allConnected(), 60'000);
    QCOMPARE(valueOf(look(super).samples, kPool), 100.0); // in the places kept for superusers it is no more than full
    const Look seen = look(config(u"watch"_s, "geheim"));
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QVERIFY2(seen.problem.startsWith(u"postgresql at %1 has no free connection: "_s.arg(address())), qPrintable(seen.problem));
    QVERIFY2(seen.problem.endsWith(u"(SQLSTATE 53300)"_s), qPrintable(seen.problem));
    for (const auto &guest : guests)
        endChild(*guest, SIGTERM);
    QTRY_COMPARE(valueOf(look(config(u"watch"_s, "geheim")).samples, kUp), 1.0);
}

/// A standby that lets nobody read answers as one that is starting does.
void PostgresMonitorTest::takesNobody()
{
    endChild(m_server, SIGINT);
    const QString data = m_folder.filePath(u"data"_s), signal = data + u"/standby.signal"_s;
    QFile file(signal);
    QVERIFY(file.open(QIODevice::WriteOnly));
    AsPostgres::give(signal);
    startServer(data, {u"-c"_s, u"hot_standby=off"_s});
    Look seen;
    QTRY_VERIFY_WITH_TIMEOUT((seen = look(config(u"trusted"_s))).problem.contains(u"57P03"_s), 30'000);
    QVERIFY2(seen.problem.startsWith(u"postgresql at %1 is starting or stopping and takes nobody: "_s.arg(address())), qPrintable(seen.problem));
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    endChild(m_server, SIGINT);
    QVERIFY(file.remove());
    startServer(data);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(look(config(u"trusted"_s)).samples, kUp), 1.0, 30'000);
}

void PostgresMonitorTest::stoppedServer()
{
    MonitorConfig monitor = config(u"trusted"_s);
    monitor.address = u"127.0.0.1:%1"_s.arg(freePort());
    const Look seen = look(monitor);
    QCOMPARE(seen.samples.size(), 1);
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QVERIFY2(seen.problem.startsWith(u"postgresql at %1 cannot be reached: "_s.arg(monitor.address)), qPrintable(seen.problem));
    QVERIFY2(seen.problem.endsWith(u"Connection refused"_s), qPrintable(seen.problem));
    monitor.address = u"localhost:%1"_s.arg(m_port); // ::1 refuses where the machine has it, 127.0.0.1 answers
    QCOMPARE(valueOf(look(monitor).samples, kUp), 1.0);
    monitor.address = u"no-such-host.invalid:5432"_s;
    const Look lost = look(monitor);
    QCOMPARE(valueOf(lost.samples, kUp), 0.0);
    QVERIFY2(lost.problem.contains(u"cannot resolve no-such-host.invalid"_s), qPrintable(lost.problem));
}

void PostgresMonitorTest::silentListener()
{
    QTcpServer silent; // the kernel connects, nobody answers
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    MonitorConfig monitor = config(u"trusted"_s, {}, 300);
    monitor.address = u"127.0.0.1:%1"_s.arg(silent.serverPort());
    QElapsedTimer timer;
    timer.start();
    const Look seen = look(monitor);
    QVERIFY(timer.elapsed() >= 290 && timer.elapsed() < 3000);
    QCOMPARE(seen.problem, u"postgresql at %1 does not answer in time"_s.arg(monitor.address));
    QCOMPARE(seen.samples.size(), 1);
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
}

void PostgresMonitorTest::anotherProtocol()
{
    QTcpServer web;
    QVERIFY(web.listen(QHostAddress::LocalHost));
    MonitorConfig monitor = config(u"trusted"_s);
    monitor.address = u"127.0.0.1:%1"_s.arg(web.serverPort());
    Look seen;
    const std::unique_ptr<QThread> other(QThread::create([&] { seen = look(monitor); }));
    connect(&web, &QTcpServer::newConnection, &web, [&web] {
        auto *client = web.nextPendingConnection();
        client->write("HTTP/1.1 400 Bad Request\r\n\r\n");
        client->disconnectFromHost();
    });
    other->start();
    QTRY_VERIFY(other->isFinished());
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QVERIFY2(seen.problem.contains(u"invalid response"_s), qPrintable(seen.problem));
}

void PostgresMonitorTest::canBeCancelled()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    MonitorConfig monitor = config(u"trusted"_s, {}, 60'000);
    monitor.address = u"127.0.0.1:%1"_s.arg(silent.serverPort());
    Config all;
    all.monitors = {monitor};
    const auto made = monitorsFor(all).at(0);
    QElapsedTimer timer;
    timer.start();
    qsizetype count = -1;
    const std::unique_ptr<QThread> other(QThread::create([&] { count = made->sample({}).size(); }));
    other->start();
    while (!other->wait(20))
        made->cancel();
    QVERIFY(timer.elapsed() < 10'000);
    QCOMPARE(count, 0); // nothing is claimed about the server
}

void PostgresMonitorTest::understandsLibpqsText()
{
    const auto german = postgresFault("Verbindung zum Server fehlgeschlagen: FATAL:  53300: tut mir leid, schon zu viele Verbindungen\nORT:  InitProcess, proc.c:331\n");
    QVERIFY(german.fault == DatabaseFault::TooManyConnections);
    QCOMPARE(german.detail, u"tut mir leid, schon zu viele Verbindungen (SQLSTATE 53300)"_s);
    QVERIFY(postgresFault("could not translate host name: x\n\tsecond line").fault == DatabaseFault::Unreachable);
    QVERIFY(postgresFault("FATAL:  57P01: terminating connection").fault == DatabaseFault::Starting);
    QVERIFY(postgresFault("ERROR:  42501: permission denied").fault == DatabaseFault::Other);
}

QTEST_GUILESS_MAIN(PostgresMonitorTest)
#include "tst_postgres_monitor.moc"
