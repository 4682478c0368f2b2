// The Redis monitor against real servers, and its protocol's parser.
#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/RespReply.h"
#include "tests/monitoring/HostFixture.h"
#include "tests/monitoring/ServerFixture.h"

#include <QElapsedTimer>
#include <QTcpSocket>
#include <QTest>
#include <QThread>

#include <array>
#include <csignal>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr auto kUp = "database_up{monitor=cache}", kConnect = "database_connect_time{monitor=cache}", kPing = "database_ping_time{monitor=cache}",
               kConnections = "database_connections{monitor=cache}", kPool = "database_pool_use{monitor=cache}",
               kBlocked = "database_blocked_clients{monitor=cache}";

class RedisServer
{
public:
    explicit RedisServer(const QStringList &more = {}, const QString &folder = {})
    {
        const QString home = folder.isEmpty() ? m_folder.path() : folder;
        m_process.setProcessChannelMode(QProcess::MergedChannels);
        m_process.setStandardOutputFile(QProcess::nullDevice());
        m_process.start(u"setpriv"_s, QStringList{u"--pdeathsig"_s, u"KILL"_s, u"redis-server"_s, u"--port"_s, QString::number(m_port), u"--bind"_s,
                                                  u"127.0.0.1"_s, u"--save"_s, QString(), u"--dir"_s, home, u"--unixsocket"_s, socketPath()} + more);
        if (!m_process.waitForStarted())
            qFatal("cannot start redis-server: see installer/packages.txt");
    }
    ~RedisServer() { stop(); }
    void stop() { endChild(m_process, SIGTERM); }
    [[nodiscard]] QString address() const { return u"127.0.0.1:%1"_s.arg(m_port); }
    [[nodiscard]] quint16 port() const { return m_port; }
    [[nodiscard]] QString socketPath() const { return m_folder.filePath(u"s"_s); }
    /// One command in a session of its own.
    void command(const QList<QByteArray> &words) const
    {
        QTcpSocket socket;
        socket.connectToHost(QHostAddress(QHostAddress::LocalHost), m_port);
        socket.write(respCommand(words));
        if (!socket.waitForReadyRead(10'000))
            qFatal("redis-server does not answer");
    }

private:
    QTemporaryDir m_folder;
    quint16 m_port = freePort();
    QProcess m_process;
};

struct Look { QList<Sample> samples; QString problem; };

Look look(const MonitorConfig &monitor)
{
    Config config;
    config.monitors = {monitor};
    const auto made = monitorsFor(config);
    const auto samples = made.at(0)->sample({});
    return {samples, made.at(0)->problem()};
}

MonitorConfig config(const QString &address, const QString &passwordFile = {}, qint64 timeoutMs = 5000)
{
    MonitorConfig made;
    made.type = u"redis"_s;
    made.name = u"cache"_s;
    made.address = address;
    made.passwordFile = passwordFile;
    made.timeoutMs = timeoutMs;
    return made;
}

} // namespace

class RedisMonitorTest : public QObject
{
    Q_OBJECT
    QTemporaryDir m_folder;

    QString password(const QByteArray &word)
    {
        const QString path = m_folder.filePath(QString::fromLatin1(word));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(word) < 0)
            qFatal("cannot write a password file");
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        return path;
    }

private Q_SLOTS:
    void parsesAnswers_data();
    void parsesAnswers();
    void measures();
    void passwords();
    void fullServer();
    void loading();
    void masterIsDown();
    void stoppedServer();
    void silentListener();
    void anotherProtocol();
};

void RedisMonitorTest::parsesAnswers_data()
{
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QString>("expected"); // "-": error, "...": not all there, "?": no Redis
    QTest::newRow("simple") << QByteArray("+PONG\r\n") << u"PONG"_s;
    QTest::newRow("error") << QByteArray("-NOAUTH x\r\n") << u"-NOAUTH x"_s;
    QTest::newRow("integer") << QByteArray(":7\r\n") << u"7"_s;
    QTest::newRow("bulk") << QByteArray("$4\r\na\r\nb\r\n") << u"a\r\nb"_s;
    QTest::newRow("null") << QByteArray("$-1\r\n") << QString();
    for (const char *part : {"", "+", "+PONG\r", "$", "$4\r\n", "$4\r\nabcd", "$4\r\nabcd\r"})
        QTest::newRow(part[0] ? part : "nothing") << QByteArray(part) << u"..."_s;
    for (const char *wrong : {"HTTP/1.1 400\r\n", "*1\r\n", "$-2\r\n", "$x\r\n", "$99999999999\r\n", "$2000000\r\n"})
        QTest::newRow(wrong) << QByteArray(wrong) << u"?"_s;
    QTest::newRow("endless line") << QByteArray("+" + QByteArray(5000, 'x')) << u"?"_s;
}

void RedisMonitorTest::parsesAnswers()
{
    QFETCH(QByteArray, bytes);
    QFETCH(QString, expected);
    const auto parsed = parseResp(bytes);
    QString seen = u"?"_s;
    if (parsed)
        seen = !*parsed ? u"..."_s : QString(((*parsed)->isError ? u"-"_s : QString()) + QString::fromLatin1((*parsed)->text));
    QCOMPARE(seen, expected);
}

void RedisMonitorTest::measures()
{
    const RedisServer server({u"--maxclients"_s, u"10"_s});
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(look(config(server.address())).samples, kUp), 1.0, 20'000);
    QTcpSocket guest;
    guest.connectToHost(QHostAddress(QHostAddress::LocalHost), server.port());
    QVERIFY(guest.waitForConnected());
    Look seen;
    QTRY_COMPARE((seen = look(config(server.address())), valueOf(seen.samples, kConnections)), 2.0); // with ours
    QCOMPARE(seen.problem, QString());
    QCOMPARE(seen.samples.size(), 6);
    QCOMPARE(valueOf(seen.samples, kPool), 20.0);
    QCOMPARE(valueOf(seen.samples, kBlocked), 0.0);
    QVERIFY(valueOf(seen.samples, kConnect) > 0 && valueOf(seen.samples, kPing) > 0);
    guest.write(respCommand({"BLPOP", "queue", "0"}));
    QVERIFY(guest.waitForBytesWritten());
    QTRY_COMPARE(valueOf(look(config(server.address())).samples, kBlocked), 1.0);
    QCOMPARE(valueOf(look(config(server.socketPath())).samples, kUp), 1.0);
}

void RedisMonitorTest::passwords()
{
    const RedisServer server({u"--requirepass"_s, u"geheim"_s});
    const MonitorConfig good = config(server.address(), password("geheim"));
    QTRY_COMPARE_WITH_TIMEOUT(look(good).problem, QString(), 20'000);
    QCOMPARE(look(good).samples.size(), 6);
    MonitorConfig named = good;
    named.user = u"default"_s;
    QCOMPARE(look(named).problem, QString());
    const Look none = look(config(server.address()));
    QVERIFY2(none.problem.startsWith(u"redis at %1 wants a password: set password_file"_s.arg(server.address())), qPrintable(none.problem));
    QCOMPARE(valueOf(none.samples, kUp), 1.0);
    QVERIFY(valueOf(none.samples, kPing) > 0); // even a refusal is an answer
    const Look wrong = look(config(server.address(), password("falsch")));
    QVERIFY2(wrong.problem.contains(u"refuses our login, check user and password_file: WRONGPASS"_s), qPrintable(wrong.problem));
    QCOMPARE(valueOf(wrong.samples, kUp), 1.0);
    const RedisServer open;
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(look(config(open.address())).samples, kConnections), 1.0, 20'000);
    const Look needless = look(config(open.address(), password("geheim")));
    QVERIFY2(needless.problem.contains(u"refuses our login"_s), qPrintable(needless.problem));
}

void RedisMonitorTest::fullServer()
{
    const RedisServer server({u"--maxclients"_s, u"2"_s});
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(look(config(server.address())).samples, kPool), 50.0, 20'000);
    std::array<QTcpSocket, 2> guests;
    for (auto &guest : guests) {
        guest.connectToHost(QHostAddress(QHostAddress::LocalHost), server.port());
        guest.write(respCommand({"PING"}));
        QVERIFY(guest.waitForReadyRead(10'000));
    }
    const Look seen = look(config(server.address()));
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QVERIFY2(seen.problem.contains(u"has no free connection: ERR max number of clients reached"_s), qPrintable(seen.problem));
}

/// A file that takes its time: Redis has a setting for that.
void RedisMonitorTest::loading()
{
    QTemporaryDir folder;
    {
        RedisServer writer({}, folder.path());
        QTRY_COMPARE_WITH_TIMEOUT(valueOf(look(config(writer.address())).samples, kUp), 1.0, 20'000);
        QList<QByteArray> words{"MSET"};
        for (int i = 0; i < 400; ++i)
            words << "key" + QByteArray::number(i) << QByteArray(200, 'x');
        writer.command(words);
        writer.command({"SAVE"});
    }
    const RedisServer server({u"--key-load-delay"_s, u"20000"_s, u"--loading-process-events-interval-bytes"_s, u"1024"_s, u"--rdbcompression"_s, u"no"_s},
                             folder.path());
    Look seen;
    QTRY_VERIFY_WITH_TIMEOUT((seen = look(config(server.address()))).problem.contains(u"LOADING"_s), 10'000);
    QVERIFY2(seen.problem.startsWith(u"redis at %1 is starting or stopping and takes nobody: "_s.arg(server.address())), qPrintable(seen.problem));
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QTRY_COMPARE_WITH_TIMEOUT(valueOf(look(config(server.address())).samples, kUp), 1.0, 60'000);
}

void RedisMonitorTest::masterIsDown()
{
    const RedisServer server({u"--replicaof"_s, u"127.0.0.1"_s, QString::number(freePort()), u"--replica-serve-stale-data"_s, u"no"_s});
    Look seen;
    QTRY_VERIFY_WITH_TIMEOUT((seen = look(config(server.address()))).problem.contains(u"MASTERDOWN"_s), 20'000);
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
}

void RedisMonitorTest::stoppedServer()
{
    const QString address = u"127.0.0.1:%1"_s.arg(freePort());
    const Look seen = look(config(address));
    QCOMPARE(seen.samples.size(), 1);
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QVERIFY2(seen.problem.startsWith(u"redis at %1 cannot be reached: "_s.arg(address)) && seen.problem.endsWith(u"Connection refused"_s), qPrintable(seen.problem));
    QVERIFY(look(config(m_folder.filePath(u"no-socket"_s))).problem.endsWith(u"No such file or directory"_s));
    QVERIFY(look(config(QString(200, u'/'))).problem.endsWith(u"File name too long"_s));
}

void RedisMonitorTest::silentListener()
{
    QTcpServer silent;
    QVERIFY(silent.listen(QHostAddress::LocalHost));
    const QString address = u"127.0.0.1:%1"_s.arg(silent.serverPort());
    QElapsedTimer timer;
    timer.start();
    const Look seen = look(config(address, {}, 300));
    QVERIFY(timer.elapsed() >= 290 && timer.elapsed() < 3000);
    QCOMPARE(seen.problem, u"redis at %1 does not answer in time"_s.arg(address));
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QVERIFY(valueOf(seen.samples, kConnect) > 0);
}

void RedisMonitorTest::anotherProtocol()
{
    QTcpServer web;
    QVERIFY(web.listen(QHostAddress::LocalHost));
    connect(&web, &QTcpServer::newConnection, &web, [&web] { web.nextPendingConnection()->write("HTTP/1.1 400 Bad Request\r\n\r\n"); });
    Look seen;
    const std::unique_ptr<QThread> other(QThread::create([&] { seen = look(config(u"127.0.0.1:%1"_s.arg(web.serverPort()))); }));
    other->start();
    QTRY_VERIFY(other->isFinished());
    QCOMPARE(valueOf(seen.samples, kUp), 0.0);
    QVERIFY2(seen.problem.endsWith(u"it does not speak Redis' protocol"_s), qPrintable(seen.problem));
}

QTEST_GUILESS_MAIN(RedisMonitorTest)
#include "tst_redis_monitor.moc"
