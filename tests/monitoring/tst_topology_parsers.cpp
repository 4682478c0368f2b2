// What the kernel and others write, and whose it is: text in, values out.
#include "core/monitoring/TopologyConnections.h"
#include "core/monitoring/TopologyContainers.h"
#include "core/monitoring/TopologyDisks.h"
#include "core/monitoring/TopologySockDiag.h"

#include <QFile>
#include <QTest>

#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

const std::string kId(64, 'a');

void append(std::vector<char> &bytes, const void *data, std::size_t size)
{
    const auto *from = static_cast<const char *>(data);
    bytes.insert(bytes.end(), from, from + size);
    bytes.resize((bytes.size() + 3) & ~std::size_t(3));
}

std::vector<char> diagEntry(quint8 type, quint8 state, quint32 inode, quint32 peer, const std::string &name)
{
    std::vector<char> body;
    unix_diag_msg message{};
    message.udiag_family = AF_UNIX;
    message.udiag_type = type;
    message.udiag_state = state;
    message.udiag_ino = inode;
    append(body, &message, sizeof(message));
    nlattr attribute{quint16(NLA_HDRLEN + name.size()), UNIX_DIAG_NAME};
    append(body, &attribute, sizeof(attribute));
    append(body, name.data(), name.size());
    attribute = {quint16(NLA_HDRLEN + 4), UNIX_DIAG_PEER};
    append(body, &attribute, sizeof(attribute));
    append(body, &peer, sizeof(peer));
    std::vector<char> bytes;
    const nlmsghdr header{quint32(sizeof(nlmsghdr) + body.size()), SOCK_DIAG_BY_FAMILY, 0, 0, 0};
    append(bytes, &header, sizeof(header));
    append(bytes, body.data(), body.size());
    return bytes;
}

DiskMount mount(const char *path, const char *type, unsigned minor, const char *source = "x")
{
    DiskMount mount;
    mount.path = path;
    mount.root = "/";
    mount.type = type;
    mount.source = source;
    mount.major = 8;
    mount.minor = minor;
    return mount;
}

} // namespace

class tst_topology_parsers : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tcp();
    void addresses();
    void unixText();
    void unixDiag();
    void inetDiag();
    void bothWaysTellTheSame();
    void portRange();
    void controlGroups();
    void places_data();
    void places();
    void owners();
    void ownChecksAreLeftOut();
    void containerNames();
    void disks();
};

void tst_topology_parsers::tcp()
{
    const auto sockets = parseTcpSockets(
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000   107        0 20234 1 0000 100 0 0 10 0\n"
        "   1: 0100007F:9C40 0100007F:1538 01 00000000:00000000 02:00000000 00000000     0        0 20300 2 0000 20 4 30 10 -1\n"
        "   2: 0100007F:9C41 0100007F:1538 06 00000000:00000000 03:00000000 00000000     0        0 0 3 0000\n" // TIME_WAIT
        "   3: 0100007F:9C42 0100007F:15\n"
        "   4: zz00007F:9C42 0100007F:1538 01 00000000:00000000 02:00000000 00000000     0        0 20300 2\n"
        "   5: 0500000A:9C43 0900000A:01BB 02 00000000:00000000 02:00000000 00000000     0        0 20301 2 0000\n"
        "   6: 0500000A:9C44 0900000A:01BB 01 00000000:00000000 02:00000000 00000000     0        0 2030"); // cut off
    QCOMPARE(sockets.size(), 3u);
    QVERIFY(sockets[0].state == TcpState::Listen);
    QCOMPARE(sockets[0].inode, 20234u);
    QCOMPARE(toString(sockets[0].local), u"127.0.0.1:5432"_s);
    QVERIFY(sockets[1].remote == sockets[0].local);
    QVERIFY(sockets[2].state == TcpState::SynSent);
    QCOMPARE(toString(sockets[2].remote), u"10.0.0.9:443"_s);
    QVERIFY(parseTcpSockets("").empty());
}

void tst_topology_parsers::addresses()
{
    const auto sockets = parseTcpSockets(
        "title\n"
        "   0: 00000000000000000000000000000000:0050 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 11 1\n"
        "   1: 0000000000000000FFFF00000100007F:0050 0000000000000000FFFF00000100007F:9C40 01 0:0 0:0 0 0 0 12 1\n"
        "   2: B80D0120000000000000000001000000:9C41 B80D0120000000000000000002000000:01BB 08 0:0 0:0 0 0 0 13 1\n"
        "   3: 00000000000000000000000001000000:9C41 00000000000000000000000001000000:01BB 01 0:0 0:0 0 0 0 14 1\n");
    QCOMPARE(sockets.size(), 4u);
    QVERIFY(isAny(sockets[0].local) && !isLoopback(sockets[0].local));
    QCOMPARE(toString(sockets[1].local), u"127.0.0.1:80"_s); // a dual-stack socket's IPv4 peer looks as it does in tcp
    QVERIFY(isLoopback(sockets[1].local));
    QCOMPARE(toString(sockets[2].remote), u"[2001:db8::2]:443"_s);
    QVERIFY(sockets[2].state == TcpState::CloseWait && !isLoopback(sockets[2].local));
    QVERIFY(isLoopback(sockets[3].local));
    SocketAddress any4;
    any4.bytes[10] = any4.bytes[11] = 0xff;
    QVERIFY(isAny(any4));
}

void tst_topology_parsers::unixText()
{
    const auto sockets = parseUnixSockets("Num       RefCount Protocol Flags    Type St Inode Path\n"
                                          "0000000000000000: 00000002 00000000 00010000 0001 01 301 /run/my app.sock\n"
                                          "0000000000000000: 00000003 00000000 00000000 0001 03 302 /run/my app.sock\n"
                                          "0000000000000000: 00000003 00000000 00000000 0001 03 303\n"
                                          "0000000000000000: 00000002 00000000 00000000 0002 01 304 /run/log\n"
                                          "0000000000000000: 00000002 00000000 00000000 0001 01 305\n" // not connected
                                          "0000000000000000: 00000003 00000000 00000000 0005 03 306 @abstract\n");
    QCOMPARE(sockets.size(), 4u);
    QVERIFY((sockets[0] == UnixSocket{301, 0, true, "/run/my app.sock"}));
    QVERIFY((sockets[1] == UnixSocket{302, 0, false, "/run/my app.sock"}));
    QVERIFY((sockets[2] == UnixSocket{303, 0, false, {}}));
    QCOMPARE(sockets[3].name, "@abstract");
}

void tst_topology_parsers::unixDiag()
{
    std::vector<char> bytes = diagEntry(SOCK_STREAM, 10, 401, 0, std::string("/run/a\0", 7));
    const auto more = diagEntry(SOCK_SEQPACKET, 1, 402, 403, std::string("\0abs", 4));
    bytes.insert(bytes.end(), more.begin(), more.end());
    const auto datagram = diagEntry(SOCK_DGRAM, 1, 404, 405, {});
    bytes.insert(bytes.end(), datagram.begin(), datagram.end());
    std::vector<UnixSocket> sockets;
    QVERIFY(!parseUnixDiag(bytes, sockets));
    QCOMPARE(sockets.size(), 2u);
    QVERIFY((sockets[0] == UnixSocket{401, 0, true, "/run/a"}));
    QVERIFY((sockets[1] == UnixSocket{402, 403, false, "@abs"}));
    for (std::size_t length = 0; length < bytes.size(); ++length) { // cut off anywhere: no more than what is there
        std::vector<UnixSocket> some;
        const std::vector<char> part(bytes.begin(), bytes.begin() + std::ptrdiff_t(length));
        static_cast<void>(parseUnixDiag(part, some));
        QVERIFY(some.size() <= 2);
    }
    const nlmsghdr end{sizeof(nlmsghdr), NLMSG_DONE, 0, 0, 0};
    append(bytes, &end, sizeof(end));
    QVERIFY(parseUnixDiag(bytes, sockets));
}

void tst_topology_parsers::inetDiag()
{
    inet_diag_msg message{};
    message.idiag_family = AF_INET;
    message.idiag_state = 1;
    message.id.idiag_sport = htons(40001);
    message.id.idiag_dport = htons(5432);
    message.id.idiag_src[0] = htonl(0x7f000001);
    message.id.idiag_dst[0] = htonl(0x0a000005);
    message.idiag_inode = 77;
    std::vector<char> bytes;
    const auto add = [&bytes, &message] {
        const nlmsghdr header{quint32(sizeof(nlmsghdr) + sizeof(message)), SOCK_DIAG_BY_FAMILY, 0, 0, 0};
        append(bytes, &header, sizeof(header));
        append(bytes, &message, sizeof(message));
    };
    add();
    message.idiag_state = 6; // TIME_WAIT
    add();
    message.idiag_state = 10;
    message.idiag_family = AF_INET6;
    message.id = {};
    message.id.idiag_sport = htons(80);
    add();
    std::vector<TcpSocket> sockets;
    QVERIFY(!parseInetDiag(bytes, sockets));
    QCOMPARE(sockets.size(), 2u);
    QCOMPARE(toString(sockets[0].local), u"127.0.0.1:40001"_s);
    QCOMPARE(toString(sockets[0].remote), u"10.0.0.5:5432"_s);
    QVERIFY(sockets[0].state == TcpState::Established && sockets[0].inode == 77);
    QVERIFY(sockets[1].state == TcpState::Listen && isAny(sockets[1].local) && sockets[1].local.port == 80);
}

/// The machine's own sockets, from netlink and as text: those that we hold open ourselves are in both, alike.
void tst_topology_parsers::bothWaysTellTheSame()
{
    const int listener = ::socket(AF_INET6, SOCK_STREAM, 0), client = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in6 any{};
    any.sin6_family = AF_INET6;
    QCOMPARE(::bind(listener, reinterpret_cast<sockaddr *>(&any), sizeof(any)), 0);
    QCOMPARE(::listen(listener, 1), 0);
    socklen_t size = sizeof(any);
    QCOMPARE(::getsockname(listener, reinterpret_cast<sockaddr *>(&any), &size), 0);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = any.sin6_port;
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    QCOMPARE(::connect(client, reinterpret_cast<sockaddr *>(&to), sizeof(to)), 0);
    const auto ours = [&any](const std::vector<TcpSocket> &all) {
        std::vector<TcpSocket> found;
        std::copy_if(all.begin(), all.end(), std::back_inserter(found), [&any](const TcpSocket &socket) {
            return socket.local.port == ntohs(any.sin6_port) || socket.remote.port == ntohs(any.sin6_port);
        });
        std::sort(found.begin(), found.end(), [](const auto &a, const auto &b) { return std::tie(a.local, a.remote) < std::tie(b.local, b.remote); });
        return found;
    };
    std::vector<TcpSocket> text;
    for (const auto &name : {u"/proc/net/tcp"_s, u"/proc/net/tcp6"_s}) {
        QFile file(name);
        QVERIFY(file.open(QIODevice::ReadOnly));
        const QByteArray all = file.readAll();
        const auto part = parseTcpSockets({all.constData(), std::size_t(all.size())});
        text.insert(text.end(), part.begin(), part.end());
    }
    const auto told = readInetDiag();
    QVERIFY(told);
    QCOMPARE(ours(text).size(), 3u); // listener, client, and the one that waits to be accepted
    QVERIFY(ours(text) == ours(*told));
    ::close(listener);
    ::close(client);
}

void tst_topology_parsers::portRange()
{
    QVERIFY(parsePortRange("1024\t2000\n").contains(1024) && !parsePortRange("1024\t2000\n").contains(2001));
    QVERIFY(parsePortRange("").contains(40000) && parsePortRange("9 1\n").contains(40000) && !parsePortRange("x\n").contains(80));
}

void tst_topology_parsers::controlGroups()
{
    QCOMPARE(controlGroupOf("0::/system.slice/web.service\n"), "/system.slice/web.service");
    QCOMPARE(controlGroupOf("3:cpu:/\n1:name=systemd:/system.slice/web.service\n0::/\n"), "/system.slice/web.service");
    QCOMPARE(controlGroupOf("3:cpu:/x\n1:name=systemd:/\n0::/system.slice/web.service\n"), "/system.slice/web.service");
    QCOMPARE(controlGroupOf(""), "");
}

void tst_topology_parsers::places_data()
{
    QTest::addColumn<QString>("group");
    QTest::addColumn<QString>("expected"); // unit, user, container id or name
    const QString id = QString::fromStdString(kId);
    QTest::newRow("service") << u"/system.slice/web.service"_s << u"web.service|-|"_s;
    QTest::newRow("instance") << u"/system.slice/system-postgresql.slice/postgresql@15-main.service"_s << u"postgresql@15-main.service|-|"_s;
    QTest::newRow("delegated") << u"/system.slice/web.service/worker.service"_s << u"web.service|-|"_s;
    QTest::newRow("session") << u"/user.slice/user-1000.slice/session-3.scope"_s << u"session-3.scope|-|"_s;
    QTest::newRow("user unit") << u"/user.slice/user-1000.slice/user@1000.service/app.slice/web.service"_s << u"web.service|1000|"_s;
    QTest::newRow("user manager") << u"/user.slice/user-1000.slice/user@1000.service/init.scope"_s << u"init.scope|1000|"_s;
    QTest::newRow("docker") << u"/system.slice/docker-%1.scope"_s.arg(id) << u"|-|"_s + id;
    QTest::newRow("docker inside") << u"/system.slice/docker-%1.scope/system.slice/inner.service"_s.arg(id) << u"|-|"_s + id;
    QTest::newRow("cgroupfs") << u"/docker/%1"_s.arg(id) << u"|-|"_s + id;
    QTest::newRow("podman") << u"/machine.slice/libpod-%1.scope/container"_s.arg(id) << u"|-|"_s + id;
    QTest::newRow("podman in a unit") << u"/system.slice/web.service/libpod-payload-%1"_s.arg(id) << u"web.service|-|"_s + id;
    QTest::newRow("rootless") << u"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-%1.scope"_s.arg(id) << u"user@1000.service|-|"_s + id;
    QTest::newRow("kubernetes") << u"/kubepods.slice/kubepods-pod1.slice/cri-containerd-%1.scope"_s.arg(id) << u"|-|"_s + id;
    QTest::newRow("nspawn") << u"/machine.slice/machine-db.scope/payload"_s << u"|-|db"_s;
    QTest::newRow("lxc") << u"/lxc.payload.db/system.slice/x.service"_s << u"|-|db"_s;
    QTest::newRow("escaped") << u"/system.slice/__odd.service"_s << u"_odd.service|-|"_s;
    QTest::newRow("root") << u"/"_s << u"|-|"_s;
    QTest::newRow("none") << QString() << u"|-|"_s;
    QTest::newRow("short number") << u"/docker/abc"_s << u"|-|"_s;
}

void tst_topology_parsers::places()
{
    QFETCH(QString, group);
    QFETCH(QString, expected);
    const GroupPlace place = placeOf(group.toStdString());
    const bool running = place.userManager && place.containerId.isEmpty();
    QCOMPARE(place.unit + u'|' + (running ? QString::number(place.uid) : u"-"_s) + u'|' + place.containerId + place.container, expected);
}

void tst_topology_parsers::owners()
{
    ServiceConfig web, mine, worker, db;
    web.name = u"web"_s, web.unit = u"web.service"_s;
    mine.name = u"mine"_s, mine.unit = u"web.service"_s, mine.manager = Manager::SystemdUser;
    worker.name = u"worker"_s, worker.manager = Manager::Process;
    db.name = u"db"_s, db.manager = Manager::Container, db.container = u"database"_s;
    const QString id = QString::fromStdString(kId);
    const TopologyOwners owners({web, mine, worker, db}, {{u"worker"_s, 50}}, {{id, u"database"_s}});
    const auto ownerOf = [&owners](const QString &group, qint64 session = 1) -> QString {
        const ProcessOwner owner = owners.ownerOf({60, 1, session, "prog", group.toStdString(), 0, 0});
        return owner.name + u'|' + owner.container;
    };
    QCOMPARE(ownerOf(u"/system.slice/web.service"_s), u"web|"_s);
    QCOMPARE(ownerOf(u"/user.slice/user-%1.slice/user@%1.service/app.slice/web.service"_s.arg(::getuid())), u"mine|"_s);
    QCOMPARE(ownerOf(u"/user.slice/user-77.slice/user@77.service/app.slice/web.service"_s), u"unit:web.service|"_s); // another user's
    QCOMPARE(ownerOf(u"/system.slice/prunella.service"_s, 50), u"worker|"_s); // leads the session, whatever its group
    QCOMPARE(ownerOf(u"/docker/"_s + id), u"db|container:database"_s);
    QCOMPARE(ownerOf(u"/docker/"_s + QString(64, u'b')), u"container:bbbbbbbbbbbb|"_s);
    QCOMPARE(ownerOf(u"/system.slice/web.service/libpod-payload-"_s + id), u"web|container:database"_s);
    QCOMPARE(ownerOf(u"/system.slice/cron.service"_s), u"unit:cron.service|"_s);
    QCOMPARE(ownerOf(u"/user.slice/user-0.slice/session-1.scope"_s), u"process:prog|"_s);
    SocketHolders holders; // a socket that systemd handed on is the service's
    holders.add({7}, {ProcessOwner::Process, u"process:systemd"_s, {}});
    holders.add({7}, {ProcessOwner::Service, u"web"_s, {}});
    holders.add({7}, {ProcessOwner::Unit, u"unit:a.service"_s, {}});
    QCOMPARE(holders.of(7)->name, u"web"_s);
    QVERIFY(!holders.of(8) && !holders.of(0));
}

void tst_topology_parsers::ownChecksAreLeftOut()
{
    ServiceConfig worker;
    worker.name = u"worker"_s, worker.manager = Manager::Process;
    TopologyOwners owners({worker}, {{u"worker"_s, 11}}, {});
    // 5 is a child of 9, which is one of ours, 10: numbers start anew
    const std::vector<SeenProcess> processes{{5, 9, 9, "check", "/", 0, 0}, {9, 10, 9, "plugin", "/", 0, 0}, {10, 1, 10, "prunellactl", "/", 0, 0},
                                             {11, 10, 11, "worker", "/", 0, 0}, {12, 11, 11, "child", "/", 0, 0}, {13, 1, 13, "curl", "/", 0, 0}};
    owners.leaveOut(processes, 10);
    QStringList names;
    for (const SeenProcess &process : processes)
        names.append(owners.ownerOf(process).name);
    QCOMPARE(names, (QStringList{{}, {}, {}, u"worker"_s, u"worker"_s, u"process:curl"_s}));
}

void tst_topology_parsers::containerNames()
{
    QCOMPARE(dockerNameOf(R"({"ID":"1","Name":"/db","State":{}})"), u"db"_s);
    QVERIFY(dockerNameOf("{").isEmpty());
    const auto names = podmanNamesOf(R"([{"id":"1","names":["db","alias"]},{"id":"2","names":[]},{"id":"3"}])");
    QCOMPARE(names.size(), 1);
    QCOMPARE(names.value(u"1"_s), u"db"_s);
    QVERIFY(podmanNamesOf("{}").isEmpty());
}

void tst_topology_parsers::disks()
{
    const MountView host({mount("/", "ext4", 1, "/dev/sda1"), mount("/var", "ext4", 2), mount("/proc", "proc", 3), mount("/run", "tmpfs", 4),
                          mount("/srv", "tmpfs", 5), mount("/var/lib/docker/overlay2/x/merged", "overlay", 6)});
    const auto diskIn = [&host](std::string_view path, const MountView &own) {
        const auto disk = diskOf(path, own, host);
        return disk ? QString::fromStdString(disk->path) : QString();
    };
    QCOMPARE(diskIn("/etc/x", host), u"/"_s);
    QCOMPARE(diskIn("/var/lib/db", host), u"/var"_s);
    QCOMPARE(diskIn("/variable", host), u"/"_s);
    QCOMPARE(diskIn("/proc/1", host), QString());
    QCOMPARE(diskIn("/run/x", host), QString());
    QCOMPARE(diskIn("/srv/data", host), u"/srv"_s);
    // PrivateTmp: a folder of / under another name; ProtectSystem: a private tmpfs
    const MountView service({mount("/", "ext4", 1), mount("/tmp", "ext4", 1), mount("/data", "tmpfs", 9)});
    QCOMPARE(diskIn("/tmp/x", service), u"/"_s);
    QCOMPARE(diskIn("/data/x", service), u"/data"_s);
    const MountView container({mount("/", "overlay", 6), mount("/data", "ext4", 2)});
    QCOMPARE(diskIn("/etc", container), u"/var"_s);
    QCOMPARE(diskIn("/data/x", container), u"/var"_s);
    QCOMPARE(diskIn("/x", MountView({mount("/", "overlay", 77)})), QString());
    QCOMPARE(diskIn("/x", MountView()), QString());
}

QTEST_GUILESS_MAIN(tst_topology_parsers)
#include "tst_topology_parsers.moc"
