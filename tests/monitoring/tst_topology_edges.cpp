// From sockets and units to edges: directions, other namespaces, ways over units in between.
#include "core/monitoring/TopologyConnections.h"
#include "core/monitoring/TopologyUnits.h"

#include <QTest>

#include <arpa/inet.h>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

SocketAddress address(const char *text, int port)
{
    SocketAddress address;
    address.port = quint16(port);
    address.bytes[10] = address.bytes[11] = 0xff;
    inet_pton(AF_INET, text, address.bytes.data() + 12);
    return address;
}

TcpSocket listens(const char *at, int port, quint64 inode)
{
    return {address(at, port), address("0.0.0.0", 0), TcpState::Listen, inode};
}

TcpSocket connected(const char *at, int port, const char *to, int toPort, quint64 inode, TcpState state = TcpState::Established)
{
    return {address(at, port), address(to, toPort), state, inode};
}

ProcessOwner service(const QString &name) { return {ProcessOwner::Service, name, {}}; }
ProcessOwner unit(const QString &name) { return {ProcessOwner::Unit, u"unit:"_s + name, {}}; }

/// "web -> db (127.0.0.1:5432)"
QStringList words(const QList<TopologyEdge> &edges)
{
    QStringList lines;
    for (const TopologyEdge &edge : edges)
        lines.append(u"%1 -> %2 (%3)"_s.arg(edge.from, edge.to, edge.detail));
    return lines;
}

QStringList kinds(const QList<TopologyEdge> &edges)
{
    static const QStringList names{u"declared"_s, u"requires"_s, u"binds"_s, u"wants"_s, u"after"_s};
    QStringList lines;
    for (const TopologyEdge &edge : edges)
        lines.append(u"%1 %2 %3: %4"_s.arg(edge.from, names.value(int(edge.kind)), edge.to, edge.detail));
    return lines;
}

} // namespace

class tst_topology_edges : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void loopbackPair();
    void whoOpenedIt();
    void notAcceptedYet();
    void peersOutside();
    void tooManyPeers();
    void namespacesApart();
    void strangersAmongThemselves();
    void localSockets();
    void unitsAtFirstHand();
    void unitsOverOthers();
    void weakestStepCounts();
    void unitsInACircle();
};

void tst_topology_edges::loopbackPair()
{
    SocketHolders holders;
    holders.add({1}, service(u"db"_s));
    holders.add({2}, service(u"db"_s));
    holders.add({3}, service(u"web"_s));
    holders.add({4}, service(u"web"_s));
    holders.add({5}, service(u"web"_s));
    const NetworkView network{{listens("0.0.0.0", 5432, 1), connected("127.0.0.1", 5432, "127.0.0.1", 40001, 2),
                               connected("127.0.0.1", 40001, "127.0.0.1", 5432, 3),
                               // its own workers: no edge to itself
                               listens("127.0.0.1", 80, 4), connected("127.0.0.1", 40002, "127.0.0.1", 80, 5)}, {}};
    QCOMPARE(words(connectionEdges({network}, holders, {}).edges), QStringList{u"web -> db (127.0.0.1:5432)"_s});
    // the accepting process is another than the listener's
    SocketHolders inetd;
    inetd.add({1}, unit(u"inetd.service"_s));
    inetd.add({2}, service(u"db"_s));
    inetd.add({3}, service(u"web"_s));
    QCOMPARE(words(connectionEdges({network}, inetd, {}).edges), QStringList{u"web -> db (127.0.0.1:5432)"_s});
}

void tst_topology_edges::whoOpenedIt()
{
    SocketHolders holders;
    holders.add({1}, service(u"a"_s));
    holders.add({2}, service(u"b"_s));
    holders.add({3}, service(u"a"_s));
    holders.add({4}, service(u"b"_s));
    const auto edges = [&holders](std::vector<TcpSocket> sockets) { return words(connectionEdges({{std::move(sockets), {}}}, holders, {}).edges); };
    const TcpSocket fromA = connected("127.0.0.1", 40001, "127.0.0.1", 39000, 1), atB = connected("127.0.0.1", 39000, "127.0.0.1", 40001, 2);
    // both ports are ephemeral ones: the listener decides
    QCOMPARE(edges({listens("127.0.0.1", 39000, 4), fromA, atB}), QStringList{u"a -> b (127.0.0.1:39000)"_s});
    QCOMPARE(edges({listens("127.0.0.1", 40001, 3), fromA, atB}), QStringList{u"b -> a (127.0.0.1:40001)"_s});
    // nobody listens any more, and nothing tells them apart
    QCOMPARE(edges({fromA, atB}), QStringList());
    // nobody listens any more, but one port is no ephemeral one
    QCOMPARE(edges({connected("127.0.0.1", 40001, "127.0.0.1", 5432, 1), connected("127.0.0.1", 5432, "127.0.0.1", 40001, 2)}),
             QStringList{u"a -> b (127.0.0.1:5432)"_s});
    // both listen, as members of a cluster do
    QCOMPARE(edges({listens("127.0.0.1", 5432, 4), listens("0.0.0.0", 40001, 3), connected("127.0.0.1", 40001, "127.0.0.1", 5432, 1),
                    connected("127.0.0.1", 5432, "127.0.0.1", 40001, 2)}),
             QStringList{u"a -> b (127.0.0.1:5432)"_s});
}

void tst_topology_edges::notAcceptedYet()
{
    SocketHolders holders;
    holders.add({1}, service(u"db"_s));
    holders.add({3}, service(u"web"_s));
    NetworkView network{{listens("0.0.0.0", 5432, 1), connected("127.0.0.1", 5432, "127.0.0.1", 40001, 0),
                         connected("127.0.0.1", 40001, "127.0.0.1", 5432, 3)}, {}};
    QCOMPARE(words(connectionEdges({network}, holders, {}).edges), QStringList{u"web -> db (127.0.0.1:5432)"_s});
    network.tcp = {listens("0.0.0.0", 5432, 1), connected("127.0.0.1", 40001, "127.0.0.1", 5432, 3, TcpState::SynSent)}; // backlog full
    QCOMPARE(words(connectionEdges({network}, holders, {}).edges), QStringList{u"web -> db (127.0.0.1:5432)"_s});
}

void tst_topology_edges::peersOutside()
{
    SocketHolders holders;
    for (quint64 inode = 1; inode < 9; ++inode)
        holders.add({inode}, service(u"web"_s));
    holders.add({20}, unit(u"cron.service"_s));
    const NetworkView network{{listens("0.0.0.0", 80, 1), connected("10.0.0.1", 80, "10.0.0.7", 50000, 2), // a client outside
                               connected("10.0.0.1", 40001, "10.0.0.9", 5432, 3), connected("10.0.0.1", 40002, "10.0.0.9", 5432, 4),
                               connected("10.0.0.1", 40003, "10.0.0.9", 40000, 5),
                               connected("10.0.0.1", 40004, "10.0.0.8", 443, 6, TcpState::SynSent), // it does not answer
                               connected("127.0.0.1", 40005, "127.0.0.1", 9999, 7), // whose we may not see
                               connected("10.0.0.1", 40006, "10.0.0.9", 25, 20)}, {}};
    QCOMPARE(words(connectionEdges({network}, holders, {}).edges),
             (QStringList{u"web -> peer:10.0.0.8:443 (10.0.0.8:443)"_s, u"web -> peer:10.0.0.9:40000 (10.0.0.9:40000)"_s,
                          u"web -> peer:10.0.0.9:5432 (10.0.0.9:5432)"_s}));
}

void tst_topology_edges::tooManyPeers()
{
    SocketHolders holders;
    NetworkView network;
    for (int i = 0; i < kMostPeers + 5; ++i) {
        holders.add({quint64(i + 1)}, service(u"crawler"_s));
        network.tcp.push_back(connected("10.0.0.1", 40000 + i, "10.0.0.9", 1000 + i, quint64(i + 1)));
    }
    const ConnectionEdges found = connectionEdges({network}, holders, {});
    QCOMPARE(found.edges.size(), kMostPeers);
    QCOMPARE(found.tooMany.value(u"crawler"_s), 5);
}

/// The same loopback addresses mean something else in each namespace; others may reach from one to the other.
void tst_topology_edges::namespacesApart()
{
    SocketHolders holders;
    holders.add({1}, service(u"db"_s));
    holders.add({2}, service(u"db"_s));
    holders.add({3}, service(u"web"_s));
    holders.add({11}, service(u"inner"_s));
    holders.add({12}, service(u"inner"_s));
    holders.add({13}, service(u"outer"_s));
    holders.add({21}, service(u"db"_s));
    holders.add({22}, service(u"inner"_s));
    const NetworkView host{{listens("127.0.0.1", 5432, 1), connected("127.0.0.1", 5432, "127.0.0.1", 40001, 2),
                            connected("127.0.0.1", 40001, "127.0.0.1", 5432, 3), listens("172.17.0.1", 45000, 1),
                            connected("172.17.0.1", 45000, "172.17.0.2", 40009, 21)}, {}};
    const NetworkView other{{listens("127.0.0.1", 5432, 11), connected("127.0.0.1", 5432, "127.0.0.1", 40001, 12),
                             connected("127.0.0.1", 40001, "127.0.0.1", 5432, 13), connected("172.17.0.2", 40009, "172.17.0.1", 45000, 22)}, {}};
    QCOMPARE(words(connectionEdges({host, other}, holders, {}).edges),
             (QStringList{u"inner -> db (172.17.0.1:45000)"_s, u"outer -> inner (127.0.0.1:5432)"_s, u"web -> db (127.0.0.1:5432)"_s}));
}

void tst_topology_edges::strangersAmongThemselves()
{
    SocketHolders holders;
    holders.add({1}, unit(u"redis.service"_s));
    holders.add({2}, unit(u"redis.service"_s));
    holders.add({3}, unit(u"cron.service"_s));
    NetworkView network{{listens("0.0.0.0", 6379, 1), connected("127.0.0.1", 6379, "127.0.0.1", 40001, 2),
                         connected("127.0.0.1", 40001, "127.0.0.1", 6379, 3)}, {}};
    QVERIFY(connectionEdges({network}, holders, {}).edges.isEmpty());
    holders.add({3}, service(u"web"_s)); // one of ours
    QCOMPARE(words(connectionEdges({network}, holders, {}).edges), QStringList{u"web -> unit:redis.service (127.0.0.1:6379)"_s});
    SocketHolders left; // a check of our own
    left.add({1}, service(u"redis"_s));
    left.add({2}, service(u"redis"_s));
    left.add({3}, {});
    QVERIFY(connectionEdges({network}, left, {}).edges.isEmpty());
}

void tst_topology_edges::localSockets()
{
    SocketHolders holders;
    holders.add({1}, service(u"db"_s));
    holders.add({2}, service(u"db"_s));
    for (quint64 inode = 3; inode < 20; ++inode)
        holders.add({inode}, service(u"web"_s));
    holders.add({8}, service(u"db"_s));
    holders.add({14}, unit(u"systemd-journald.service"_s));
    const NetworkView network{{}, {{1, 0, true, "/run/db"}, {2, 3, false, "/run/db"}, {3, 2, false, {}}, // accepted, client
                                   {4, 5, false, {}}, {5, 4, false, {}},                               // a pair
                                   {7, 8, false, {}}, {8, 7, false, {}},                               // inherited by another service
                                   {13, 14, false, {}}, {14, 13, false, "/run/systemd/journal/stdout"}}};
    QCOMPARE(words(connectionEdges({network}, holders, {}).edges), QStringList{u"web -> db (/run/db)"_s});
    // a client with a name of its own
    const NetworkView named{{}, {{1, 0, true, "/run/db"}, {2, 3, false, "/run/db"}, {3, 2, false, "/tmp/client"}}};
    QCOMPARE(words(connectionEdges({named}, holders, {}).edges), QStringList{u"web -> db (/run/db)"_s});
    // the other end is in another namespace
    const NetworkView here{{}, {{3, 2, false, {}}}}, there{{}, {{1, 0, true, "/run/db"}, {2, 0, false, "/run/db"}}};
    QCOMPARE(words(connectionEdges({here, there}, holders, {}).edges), QStringList{u"web -> db (/run/db)"_s});
}

namespace {

using Units = QMap<QString, UnitLinks>;

QStringList edgesOf(const QMap<QString, QString> &services, const Units &units)
{
    return kinds(unitEdges(services, [&units](const QString &unit) {
        const auto it = units.constFind(unit);
        if (it == units.cend())
            return std::optional<UnitLinks>();
        UnitLinks links = *it;
        if (links.id.isEmpty())
            links.id = unit;
        return std::optional(links);
    }));
}

UnitLinks needs(const QStringList &units)
{
    UnitLinks links;
    links.needs = units;
    return links;
}

} // namespace

void tst_topology_edges::unitsAtFirstHand()
{
    Units units{{u"web.service"_s, {}}, {u"db.service"_s, {}}, {u"cache.service"_s, {}}, {u"cron.service"_s, {}}, {u"dev-sdb.device"_s, {}},
                {u"postgresql.service"_s, {.id = u"db.service"_s}}};
    units[u"web.service"_s] = {.needs = {u"db.service"_s, u"sysinit.target"_s, u"system.slice"_s, u"gone.service"_s}, .bindsTo = {u"dev-sdb.device"_s},
                               .wants = {u"cache.service"_s, u"cron.service"_s}, .after = {u"db.service"_s, u"cron.service"_s}};
    // the configuration names the database by an alias; what systemd does not have is left out
    QCOMPARE(edgesOf({{u"web.service"_s, u"web"_s}, {u"postgresql.service"_s, u"db"_s}, {u"cache.service"_s, u"cache"_s}}, units),
             (QStringList{u"web wants cache: Wants=cache.service"_s, u"web requires db: Requires=db.service"_s, u"web after db: After=db.service"_s,
                          u"web wants unit:cron.service: Wants=cron.service"_s, u"web binds unit:dev-sdb.device: BindsTo=dev-sdb.device"_s}));
}

void tst_topology_edges::unitsOverOthers()
{
    Units units{{u"web.service"_s, needs({u"db.socket"_s, u"stack.target"_s})}, {u"db.service"_s, {}}, {u"cache.service"_s, {}},
                {u"stack.target"_s, needs({u"proxy.service"_s})}, {u"proxy.service"_s, needs({u"cache.service"_s, u"deep.service"_s})},
                {u"deep.service"_s, {}}};
    units[u"db.socket"_s].triggers = {u"db.service"_s};
    units[u"web.service"_s].after = {u"stack.target"_s};
    units[u"stack.target"_s].after = {u"cache.service"_s};
    const QMap<QString, QString> services{{u"web.service"_s, u"web"_s}, {u"db.service"_s, u"db"_s}, {u"cache.service"_s, u"cache"_s}};
    QCOMPARE(edgesOf(services, units),
             (QStringList{u"web requires cache: Requires=stack.target -> Requires=proxy.service -> Requires=cache.service"_s,
                          u"web after cache: After=stack.target -> After=cache.service"_s,
                          u"web requires db: Requires=db.socket -> Triggers=db.service"_s}));
    // whose socket is of no service of ours: still what it needs
    QCOMPARE(edgesOf({{u"web.service"_s, u"web"_s}}, units), QStringList{u"web requires unit:db.service: Requires=db.socket -> Triggers=db.service"_s});
}

void tst_topology_edges::weakestStepCounts()
{
    Units units{{u"web.service"_s, {.wants = {u"stack.target"_s}}}, {u"stack.target"_s, needs({u"db.service"_s})}, {u"db.service"_s, {}}};
    const QMap<QString, QString> services{{u"web.service"_s, u"web"_s}, {u"db.service"_s, u"db"_s}};
    QCOMPARE(edgesOf(services, units), QStringList{u"web wants db: Wants=stack.target -> Requires=db.service"_s});
    units[u"web.service"_s].needs = {u"stack.target"_s}; // a stronger way
    QCOMPARE(edgesOf(services, units), QStringList{u"web requires db: Requires=stack.target -> Requires=db.service"_s});
    units[u"web.service"_s].bindsTo = {u"db.service"_s};
    QCOMPARE(edgesOf(services, units), QStringList{u"web binds db: BindsTo=db.service"_s});
}

void tst_topology_edges::unitsInACircle()
{
    const Units units{{u"a.service"_s, needs({u"b.service"_s})}, {u"b.service"_s, needs({u"x.target"_s})}, {u"x.target"_s, needs({u"y.target"_s})},
                      {u"y.target"_s, needs({u"x.target"_s, u"a.service"_s})}};
    QCOMPARE(edgesOf({{u"a.service"_s, u"a"_s}, {u"b.service"_s, u"b"_s}}, units),
             (QStringList{u"a requires b: Requires=b.service"_s, u"b requires a: Requires=x.target -> Requires=y.target -> Requires=a.service"_s}));
}

QTEST_GUILESS_MAIN(tst_topology_edges)
#include "tst_topology_edges.moc"
