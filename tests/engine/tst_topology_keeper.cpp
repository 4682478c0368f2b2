// The graph over time: what stays, what leaves, when the machine is looked at, what the store is told.
#include "core/engine/TopologyKeeper.h"

#include <QSignalSpy>
#include <QTest>

#include <atomic>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 hour = 3'600'000, start = 1'700'000'000'000;

ServiceConfig service(const QString &name, const QStringList &dependsOn = {})
{
    ServiceConfig service;
    service.name = name;
    service.unit = name + u".service"_s;
    service.dependsOn = dependsOn;
    return service;
}

TopologyEdge seen(const QString &from, const QString &to, TieKind kind = TieKind::Connection, const QString &detail = u"d"_s)
{
    return {from, to, kind, detail};
}

/// "web>db connection", with the hours of its life
QStringList words(const QList<TopologyEdge> &edges)
{
    QStringList lines;
    for (const TopologyEdge &edge : edges)
        lines.append(u"%1>%2 %3-%4"_s.arg(edge.from, edge.to).arg((edge.firstSeenAt - start) / hour).arg((edge.lastSeenAt - start) / hour));
    return lines;
}

} // namespace

class tst_topology_keeper : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void declaredAndSeen();
    void seenEdgesStayADay();
    void whatComesBackBeginsAnew();
    void otherConfiguration();
    void anotherDetailIsWritten();
    void circles();
    void looksOnTime();
    void looksAfterChanges();
    void writesLastSeen();
    void lateAnswerAfterStop();

private:
    [[nodiscard]] std::unique_ptr<TopologyKeeper> keeper(TopologyKeeper::Times times)
    {
        return std::make_unique<TopologyKeeper>(m_clock, nullptr, [this](const TopologyRequest &request) {
            ++m_looks;
            m_pid = request.mainPids.value(u"web"_s);
            return SeenTopology{{seen(u"web"_s, u"db"_s), seen(u"db"_s, u"web"_s)}, {u"a note"_s}};
        }, times);
    }
    std::shared_ptr<ManualClock> m_clock = std::make_shared<ManualClock>(start);
    std::atomic<int> m_looks = 0;
    std::atomic<qint64> m_pid = 0;
};

void tst_topology_keeper::declaredAndSeen()
{
    const auto merged = mergeTopology({}, {service(u"web"_s, {u"db"_s}), service(u"db"_s)}, {seen(u"web"_s, u"db"_s), seen(u"db"_s, u"disk:/"_s, TieKind::Disk)}, start);
    QCOMPARE(words(merged.topology.edges), (QStringList{u"db>disk:/ 0-0"_s, u"web>db 0-0"_s, u"web>db 0-0"_s}));
    QVERIFY(isDeclared(merged.topology.edges[1]) && !isDeclared(merged.topology.edges[2]));
    QCOMPARE(merged.topology.edges[1].detail, u"depends_on"_s);
    QVERIFY(merged.delta.seen == merged.topology.edges && merged.delta.gone.isEmpty());
    const auto again = mergeTopology(merged.topology, {service(u"web"_s, {u"db"_s}), service(u"db"_s)}, {seen(u"web"_s, u"db"_s)}, start + hour);
    QCOMPARE(words(again.topology.edges), (QStringList{u"db>disk:/ 0-0"_s, u"web>db 0-1"_s, u"web>db 0-1"_s}));
    QVERIFY(again.delta.isEmpty()); // nothing that the store must know at once
}

void tst_topology_keeper::seenEdgesStayADay()
{
    const QList<ServiceConfig> services{service(u"web"_s), service(u"db"_s)};
    const Topology first = mergeTopology({}, services, {seen(u"web"_s, u"db"_s)}, start).topology;
    QCOMPARE(mergeTopology(first, services, {}, start + 24 * hour).topology.edges.size(), 1);
    const auto later = mergeTopology(first, services, {}, start + 24 * hour + 1);
    QVERIFY(later.topology.edges.isEmpty());
    QVERIFY(later.delta.gone == first.edges && later.delta.at == start + 24 * hour + 1);
    QCOMPARE(mergeTopology(first, services, {}, start - hour).topology.edges.size(), 1); // the clock was set back
}

void tst_topology_keeper::whatComesBackBeginsAnew()
{
    const QList<ServiceConfig> services{service(u"web"_s), service(u"db"_s)};
    const Topology first = mergeTopology({}, services, {seen(u"web"_s, u"db"_s)}, start).topology;
    const auto back = mergeTopology(first, services, {seen(u"web"_s, u"db"_s)}, start + 25 * hour);
    QCOMPARE(words(back.topology.edges), QStringList{u"web>db 25-25"_s});
    QCOMPARE(words(back.delta.gone), QStringList{u"web>db 0-0"_s});
    QCOMPARE(words(back.delta.seen), QStringList{u"web>db 25-25"_s});
}

void tst_topology_keeper::otherConfiguration()
{
    const Topology first = mergeTopology({}, {service(u"web"_s, {u"db"_s}), service(u"db"_s)},
                                         {seen(u"web"_s, u"unit:redis.service"_s), seen(u"web"_s, u"peer:10.0.0.9:1"_s)}, start).topology;
    QCOMPARE(first.edges.size(), 3);
    // no longer declared; db is gone; redis is a service of ours now
    const auto other = mergeTopology(first, {service(u"web"_s), service(u"redis"_s)}, {}, start + hour);
    QCOMPARE(words(other.topology.edges), QStringList{u"web>peer:10.0.0.9:1 0-0"_s});
    QCOMPARE(words(other.delta.gone), (QStringList{u"web>db 0-0"_s, u"web>unit:redis.service 0-0"_s}));
}

void tst_topology_keeper::anotherDetailIsWritten()
{
    const QList<ServiceConfig> services{service(u"web"_s), service(u"db"_s)};
    const Topology first = mergeTopology({}, services, {seen(u"web"_s, u"db"_s, TieKind::Connection, u"127.0.0.1:1"_s)}, start).topology;
    const auto next = mergeTopology(first, services, {seen(u"web"_s, u"db"_s, TieKind::Connection, u"127.0.0.1:2"_s)}, start + hour);
    QCOMPARE(words(next.delta.seen), QStringList{u"web>db 0-1"_s});
    QCOMPARE(next.topology.edges.first().detail, u"127.0.0.1:2"_s);
}

void tst_topology_keeper::circles()
{
    Topology topology;
    const auto tie = [&topology](const QString &from, const QString &to, TieKind kind = TieKind::Connection) { topology.edges.append(seen(from, to, kind)); };
    tie(u"web"_s, u"app"_s);
    tie(u"app"_s, u"db"_s);
    tie(u"db"_s, u"disk:/"_s, TieKind::Disk);
    tie(u"db"_s, u"web"_s, TieKind::After); // an order, no need
    QVERIFY(cyclesOf(topology).isEmpty());
    tie(u"db"_s, u"web"_s);
    QCOMPARE(cyclesOf(topology), QStringList{u"app -> db -> web -> app"_s});
    tie(u"db"_s, u"app"_s); // a shorter one by the same nodes
    tie(u"x"_s, u"y"_s);
    tie(u"y"_s, u"x"_s);
    tie(u"x"_s, u"web"_s);
    tie(u"between"_s, u"web"_s);
    tie(u"y"_s, u"between"_s); // on no circle
    QCOMPARE(cyclesOf(topology), (QStringList{u"app -> db -> app"_s, u"web -> app -> db -> web"_s, u"x -> y -> x"_s}));
    sortEdges(topology.edges);
    QCOMPARE(cyclesOf(topology).size(), 3); // whatever their order
}

void tst_topology_keeper::looksOnTime()
{
    auto topology = keeper({.firstMs = 1, .everyMs = 1, .restMs = 0, .writeMs = 1'000'000});
    QSignalSpy changes(topology.get(), &TopologyKeeper::changed);
    topology->restore(mergeTopology({}, {service(u"web"_s)}, {seen(u"web"_s, u"unit:old.service"_s)}, start - hour).topology);
    topology->setServices({service(u"web"_s, {u"db"_s}), service(u"db"_s)});
    QVERIFY(changes.isEmpty() && m_looks.load() == 0); // not before the start
    topology->start();
    QCOMPARE(changes.size(), 1); // what is declared, at once
    QCOMPARE(words(topology->topology().edges), (QStringList{u"web>db 0-0"_s, u"web>unit:old.service -1--1"_s}));
    QTRY_VERIFY(m_looks > 3);
    QTRY_COMPARE(topology->topology().edges.size(), 4);
    QCOMPARE(changes.size(), 2); // seen again is no news
    QCOMPARE(topology->notes(), (QStringList{u"a note"_s, u"these depend on each other in a circle, as far as was seen: db -> web -> db"_s}));
    topology->stop();
    QCOMPARE(changes.size(), 3);
    QCOMPARE(changes.last().first().value<TopologyDelta>().seen.size(), 4);
}

void tst_topology_keeper::looksAfterChanges()
{
    m_looks = 0;
    auto topology = keeper({.firstMs = 1, .everyMs = 1'000'000, .restMs = 1, .writeMs = 1'000'000});
    topology->setServices({service(u"web"_s), service(u"db"_s)});
    topology->start();
    QTRY_COMPARE(topology->topology().edges.size(), 2);
    QCOMPARE(m_looks.load(), 1);
    RawEvent same, other;
    same.kind = other.kind = RawEventKind::UnitChanged;
    same.unit.mainPid = same.previousUnit.mainPid = other.previousUnit.mainPid = 7;
    other.unit.mainPid = 8;
    topology->note(same);
    RawEvent process;
    process.kind = RawEventKind::ProcessChanged;
    process.component = u"web"_s;
    process.process = {u"web"_s, 4711, true, false, false, 0, false};
    for (int i = 0; i < 100; ++i) { // many at once are one look, or one that runs and one more
        topology->note(other);
        topology->note(process);
    }
    QTRY_COMPARE(m_pid.load(), 4711);
    QTRY_VERIFY(m_looks >= 2);
    QVERIFY(m_looks <= 3);
    topology->stop();
}

void tst_topology_keeper::writesLastSeen()
{
    m_looks = 0;
    auto topology = keeper({.firstMs = 1, .everyMs = 1, .restMs = 0, .writeMs = 60'000});
    QSignalSpy changes(topology.get(), &TopologyKeeper::changed);
    topology->setServices({service(u"web"_s), service(u"db"_s)});
    topology->start();
    QTRY_COMPARE(changes.size(), 1);
    m_clock->advance(hour);
    QTRY_COMPARE(changes.size(), 2);
    const TopologyDelta delta = changes.last().first().value<TopologyDelta>();
    QCOMPARE(words(delta.seen), (QStringList{u"db>web 0-1"_s, u"web>db 0-1"_s}));
    const int looks = m_looks;
    QTRY_VERIFY(m_looks > looks + 3);
    QCOMPARE(changes.size(), 2);
    topology->stop();
}

void tst_topology_keeper::lateAnswerAfterStop()
{
    m_looks = 0;
    auto topology = keeper({.firstMs = 0, .everyMs = 1, .restMs = 0, .writeMs = 60'000});
    topology->setServices({service(u"web"_s), service(u"db"_s)});
    topology->start();
    QTRY_VERIFY(m_looks > 0);
    topology->stop();
    const auto edges = topology->topology().edges;
    QCoreApplication::processEvents();
    QVERIFY(topology->topology().edges == edges);
    topology.reset(); // waits for what still runs
}

QTEST_GUILESS_MAIN(tst_topology_keeper)
#include "tst_topology_keeper.moc"
