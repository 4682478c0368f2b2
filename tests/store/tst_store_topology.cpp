// The graph of dependencies in the store: now, at any earlier time, over restarts.
#include "StoreFixture.h"
#include "core/base/Clock.h"
#include "core/store/Database.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 day = 86'400'000, start = 1'700'000'000'000;

TopologyEdge edge(const QString &from, const QString &to, TieKind kind, qint64 first, qint64 last, const QString &detail = {})
{
    return {from, to, kind, detail, first, last};
}

Transaction change(qint64 at, const QList<TopologyEdge> &seen, const QList<TopologyEdge> &gone = {})
{
    Transaction transaction;
    transaction.topology = {gone, seen, at};
    return transaction;
}

} // namespace

class TestStoreTopology : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void comesBackSorted();
    void whatEndedStaysAsHistory();
    void whatComesBackIsANewRow();
    void endedAndBackInOneTransaction();
    void oldHistoryIsForgotten();
};

void TestStoreTopology::comesBackSorted()
{
    StoreFixture store;
    const QList<TopologyEdge> edges{edge(u"web"_s, u"db"_s, TieKind::Connection, start, start + 5, u"127.0.0.1:5432"_s),
                                    edge(u"web"_s, u"db"_s, TieKind::Declared, start, start + 5, u"depends_on"_s),
                                    edge(u"app"_s, u"disk:/var"_s, TieKind::Disk, start, start + 5, u"ext4 /dev/sda1"_s)};
    QVERIFY(store.commit(change(start, edges)).state == CommitState::Durable);
    store.close();
    store.open();
    const Topology now = *store.reader()->topology(0);
    QVERIFY((now.edges == QList<TopologyEdge>{edges[2], edges[1], edges[0]}));
    QCOMPARE(now.at, start + 5);
    QVERIFY(store.reader()->topology(start - 1)->edges.isEmpty());
    QCOMPARE(store.reader()->topology(start)->edges.size(), 3);
    // seen again: the same row, its beginning stays
    QVERIFY(store.commit(change(start + 9, {edge(u"web"_s, u"db"_s, TieKind::Connection, start, start + 9, u"[::1]:5432"_s)})).state == CommitState::Durable);
    const Topology later = *store.reader()->topology(0);
    QCOMPARE(later.edges.size(), 3);
    QVERIFY(later.edges[2] == edge(u"web"_s, u"db"_s, TieKind::Connection, start, start + 9, u"[::1]:5432"_s));
}

void TestStoreTopology::whatEndedStaysAsHistory()
{
    StoreFixture store;
    const TopologyEdge tie = edge(u"web"_s, u"db"_s, TieKind::Connection, start, start + 1000);
    QVERIFY(store.commit(change(start, {tie})).state == CommitState::Durable);
    TopologyEdge last = tie;
    last.lastSeenAt = start + 2000;
    QVERIFY(store.commit(change(start + day, {}, {last})).state == CommitState::Durable);
    QVERIFY(store.reader()->topology(0)->edges.isEmpty());
    QVERIFY(store.reader()->topology(start + day)->edges.isEmpty());
    QVERIFY((store.reader()->topology(start + day - 1)->edges == QList<TopologyEdge>{last}));
}

void TestStoreTopology::whatComesBackIsANewRow()
{
    StoreFixture store;
    const TopologyEdge before = edge(u"web"_s, u"db"_s, TieKind::Connection, start, start + 1000);
    const TopologyEdge after = edge(u"web"_s, u"db"_s, TieKind::Connection, start + 3 * day, start + 3 * day);
    QVERIFY(store.commit(change(start, {before})).state == CommitState::Durable);
    QVERIFY(store.commit(change(start + day, {}, {before})).state == CommitState::Durable);
    QVERIFY(store.commit(change(start + 3 * day, {after})).state == CommitState::Durable);
    QVERIFY((store.reader()->topology(start)->edges == QList<TopologyEdge>{before}));
    QVERIFY(store.reader()->topology(start + 2 * day)->edges.isEmpty());
    QVERIFY((store.reader()->topology(start + 3 * day)->edges == QList<TopologyEdge>{after}));
}

void TestStoreTopology::endedAndBackInOneTransaction()
{
    StoreFixture store;
    const TopologyEdge before = edge(u"web"_s, u"db"_s, TieKind::Connection, start, start + 1000);
    const TopologyEdge after = edge(u"web"_s, u"db"_s, TieKind::Connection, start + 2 * day, start + 2 * day);
    QVERIFY(store.commit(change(start, {before})).state == CommitState::Durable);
    QVERIFY(store.commit(change(start + 2 * day, {after}, {before})).state == CommitState::Durable);
    QVERIFY((store.reader()->topology(start + day)->edges == QList<TopologyEdge>{before}));
    QVERIFY((store.reader()->topology(0)->edges == QList<TopologyEdge>{after}));
}

/// With the samples: after metrics_retention_days. What is in the graph stays, however old.
void TestStoreTopology::oldHistoryIsForgotten()
{
    StoreFixture store;
    const TopologyEdge ended = edge(u"web"_s, u"db"_s, TieKind::Connection, start, start);
    const TopologyEdge stays = edge(u"web"_s, u"db"_s, TieKind::Declared, start, start);
    QVERIFY(store.commit(change(start + 1, {ended, stays})).state == CommitState::Durable);
    QVERIFY(store.commit(change(start + 2, {}, {ended})).state == CommitState::Durable);
    const auto rows = [&store] {
        auto db = store::Database::open(store.paths().journalDb(), store::Database::Access::ReadOnly);
        return db->value(u"SELECT count(*) FROM topology_edges"_s)->toInt();
    };
    QCOMPARE(rows(), 2);
    store.close();
    store.clock->jumpWall(40 * day);
    store.open();
    store.close(); // the last turn tidies up
    QCOMPARE(rows(), 1);
    QVERIFY((store.reader()->topology(0)->edges == QList<TopologyEdge>{stays}));
}

QTEST_GUILESS_MAIN(TestStoreTopology)
#include "tst_store_topology.moc"
