// Connections to real sockets on this machine.
#include "core/monitoring/PeerMonitor.h"

#include <QElapsedTimer>
#include <QTcpServer>
#include <QTest>
#include <QThread>
#include <arpa/inet.h>
#include <memory>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

MonitorConfig config(const QString &address, qint64 timeoutMs = 2000)
{
    MonitorConfig made;
    made.type = u"peer"_s;
    made.address = address;
    made.timeoutMs = timeoutMs;
    return made;
}

/// Listens but never accepts, with its queue filled: the kernel answers no further connection.
struct DeafServer {
    int listener = -1;
    quint16 port = 0;
    std::vector<int> queued;
    DeafServer()
    {
        listener = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(listener, reinterpret_cast<sockaddr *>(&address), size) != 0 || listen(listener, 0) != 0)
            qFatal("cannot listen");
        getsockname(listener, reinterpret_cast<sockaddr *>(&address), &size);
        port = ntohs(address.sin_port);
        for (int i = 0; i < 4; ++i) {
            queued.push_back(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));
            static_cast<void>(connect(queued.back(), reinterpret_cast<sockaddr *>(&address), size));
        }
    }
    ~DeafServer()
    {
        for (const int fd : queued)
            close(fd);
        close(listener);
    }
};

double find(const QList<Sample> &samples, const QString &metric)
{
    for (const auto &sample : samples) {
        if (sample.key.metric == metric)
            return sample.value;
    }
    return qQNaN();
}

} // namespace

class HostPeerTest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void readsAddresses_data();
    void readsAddresses();
    void measuresAConnection();
    void resolvesNames();
    void seesARefusedConnection();
    void isBoundedInTime();
    void boundsNameResolution();
    void canBeCancelled();
};

void HostPeerTest::readsAddresses_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("host"); // empty: refused
    QTest::newRow("name") << u"db.example:5432"_s << u"db.example"_s;
    QTest::newRow("v4") << u" 192.0.2.1:80 "_s << u"192.0.2.1"_s;
    QTest::newRow("v6") << u"[2001:db8::1]:443"_s << u"2001:db8::1"_s;
    for (const char *wrong : {"", "db", "db:", ":80", "db:http", "db:0", "db:65536", "db:-1", "2001:db8::1", "2001:db8::1:443", "[]:80", "http://db:80"})
        QTest::newRow(wrong[0] ? wrong : "empty") << QString::fromLatin1(wrong) << QString();
}

void HostPeerTest::readsAddresses()
{
    QFETCH(QString, text);
    QFETCH(QString, host);
    const auto peer = parsePeer(text);
    QCOMPARE(peer.has_value(), !host.isEmpty());
    if (peer)
        QCOMPARE(QString::fromStdString(peer->host), host);
    PeerMonitor monitor(config(text), 1000);
    if (!peer) {
        QVERIFY(monitor.sample({}).isEmpty());
        QVERIFY(monitor.problem().contains(u"expected host:port"_s));
    }
}

void HostPeerTest::measuresAConnection()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const QString address = u"127.0.0.1:%1"_s.arg(server.serverPort());
    PeerMonitor monitor(config(address), 1000);
    const auto samples = monitor.sample({5000, 6000, 7000, {}});
    QCOMPARE(samples.size(), 2);
    QCOMPARE(find(samples, u"network_reachable"_s), 1.0);
    const double time = find(samples, u"network_connect_time"_s);
    QVERIFY2(time > 0 && time < 1000, qPrintable(QString::number(time)));
    QCOMPARE(samples[0].key.labels.value(u"peer"_s), address);
    QCOMPARE(samples[1].unit, u"ms"_s);
    QVERIFY(monitor.problem().isEmpty());
}

void HostPeerTest::resolvesNames()
{
    QTcpServer server; // only IPv4: where the name has both, the other one is refused first
    QVERIFY(server.listen(QHostAddress::LocalHost));
    PeerMonitor monitor(config(u"localhost:%1"_s.arg(server.serverPort())), 1000);
    QCOMPARE(find(monitor.sample({}), u"network_reachable"_s), 1.0);
    PeerMonitor unknown(config(u"no-such-host.invalid:80"_s, 20'000), 1000);
    const auto samples = unknown.sample({});
    QCOMPARE(samples.size(), 1);
    QCOMPARE(find(samples, u"network_reachable"_s), 0.0);
    QVERIFY2(unknown.problem().startsWith(u"cannot resolve no-such-host.invalid: "_s), qPrintable(unknown.problem()));
}

void HostPeerTest::seesARefusedConnection()
{
    QTcpServer server;
    QVERIFY(server.listen(QHostAddress::LocalHost));
    const quint16 port = server.serverPort();
    server.close();
    PeerMonitor monitor(config(u"127.0.0.1:%1"_s.arg(port)), 1000);
    const auto samples = monitor.sample({});
    QCOMPARE(samples.size(), 1);
    QCOMPARE(find(samples, u"network_reachable"_s), 0.0);
    QCOMPARE(monitor.problem(), u"cannot connect to 127.0.0.1 port %1: Connection refused"_s.arg(port));
}

void HostPeerTest::isBoundedInTime()
{
    const DeafServer server;
    PeerMonitor monitor(config(u"127.0.0.1:%1"_s.arg(server.port), 300), 1000);
    QElapsedTimer timer;
    timer.start();
    const auto samples = monitor.sample({});
    QVERIFY(timer.elapsed() >= 250 && timer.elapsed() < 2000);
    QCOMPARE(find(samples, u"network_reachable"_s), 0.0);
    QVERIFY(monitor.problem().endsWith(u"Connection timed out"_s));
}

void HostPeerTest::boundsNameResolution()
{
    PeerMonitor monitor(config(u"no-such-host.invalid:80"_s, 1), 1000);
    QElapsedTimer timer;
    timer.start();
    QCOMPARE(find(monitor.sample({}), u"network_reachable"_s), 0.0);
    QVERIFY(timer.elapsed() < 1000); // whatever the name server does
    QVERIFY(monitor.problem().startsWith(u"cannot resolve"_s));
}

void HostPeerTest::canBeCancelled()
{
    const DeafServer server;
    PeerMonitor monitor(config(u"127.0.0.1:%1"_s.arg(server.port), 60'000), 1000);
    QElapsedTimer timer;
    timer.start();
    qsizetype count = -1;
    const std::unique_ptr<QThread> other(QThread::create([&] { count = monitor.sample({}).size(); }));
    other->start();
    while (!other->wait(20))
        monitor.cancel();
    QVERIFY(timer.elapsed() < 10'000);
    QCOMPARE(count, 0); // nothing is claimed about the peer
}

QTEST_GUILESS_MAIN(HostPeerTest)
#include "tst_host_peer.moc"
