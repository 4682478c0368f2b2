// What was changed on the machine: kept, read by time and component, told to the search for patterns.
#include "StoreFixture.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 dayMs = 86'400'000, noon = 1'700'000'000'000;

ChangeRecord change(const QString &id, qint64 at, ChangeKind kind, const QString &component, const QString &to = {})
{
    return {id, kind, component, u"subject-"_s + id, u"1"_s, to, u"detail of "_s + id, u"uid 1000 (anna)"_s, at};
}

QStringList idsOf(const Result<QList<ChangeRecord>> &changes)
{
    QStringList ids;
    for (const ChangeRecord &record : changes.value_or(QList<ChangeRecord>{}))
        ids << record.id;
    return ids;
}

} // namespace

class TestStoreChanges : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void comeBackWhole();
    void areReadByTimeAndComponent();
    void aRecordIsRenewed();
    void stayAsLongAsIncidents();
    void deploymentsOfServices();
    void theLastDayIsRestored();
};

void TestStoreChanges::comeBackWhole()
{
    StoreFixture store;
    Transaction t;
    for (const ChangeKind kind : {ChangeKind::Deployment, ChangeKind::ConfigFile, ChangeKind::Package, ChangeKind::Kernel})
        t.changes << change(QString::number(int(kind)), noon + int(kind), kind, u"web"_s, u"2"_s);
    t.changes << ChangeRecord{u"empty"_s, ChangeKind::Kernel, {}, {}, {}, {}, {}, {}, noon + 9};
    QVERIFY(!t.isEmpty());
    QVERIFY(store.commit(t).state == CommitState::Durable);
    store.close();
    store.open();
    QVERIFY(*store.reader()->changes(noon, noon + 10) == t.changes);
}

void TestStoreChanges::areReadByTimeAndComponent()
{
    StoreFixture store;
    Transaction t;
    t.changes << change(u"c"_s, noon + 3, ChangeKind::ConfigFile, u"web"_s) << change(u"a"_s, noon + 1, ChangeKind::ConfigFile, u"web"_s)
              << change(u"b"_s, noon + 2, ChangeKind::Package, {}) << change(u"d"_s, noon + 4, ChangeKind::ConfigFile, u"db"_s);
    QVERIFY(store.commit(t).state == CommitState::Durable);
    const auto reader = store.reader();
    QCOMPARE(idsOf(reader->changes(0, noon + 99)), (QStringList{u"a"_s, u"b"_s, u"c"_s, u"d"_s}));
    QCOMPARE(idsOf(reader->changes(noon + 2, noon + 4)), (QStringList{u"b"_s, u"c"_s}));
    QCOMPARE(idsOf(reader->changes(0, noon + 99, u"web"_s)), (QStringList{u"a"_s, u"c"_s}));
    QCOMPARE(idsOf(reader->changes(0, noon + 99, {}, 2)), (QStringList{u"c"_s, u"d"_s})); // the newest
}

void TestStoreChanges::aRecordIsRenewed()
{
    StoreFixture store;
    Transaction first, second;
    first.changes << change(u"a"_s, noon, ChangeKind::ConfigFile, u"web"_s);
    second.changes << first.changes.first();
    second.changes.first().detail = u"more is known"_s;
    QVERIFY(store.commit(first).state == CommitState::Durable);
    QVERIFY(store.commit(second).state == CommitState::Durable);
    QVERIFY(*store.reader()->changes(0, noon + 1) == second.changes);
}

void TestStoreChanges::stayAsLongAsIncidents()
{
    StoreFixture store;
    Transaction t;
    t.changes << change(u"old"_s, store.clock->now().wallMs - 400 * dayMs, ChangeKind::ConfigFile, u"web"_s);
    QVERIFY(store.commit(t).state == CommitState::Durable);
    store.close(); // the last turn tidies up
    store.open();
    QCOMPARE(store.reader()->changes(0, noon)->size(), 1);
}

void TestStoreChanges::deploymentsOfServices()
{
    StoreFixture store;
    Transaction t;
    t.changes << change(u"2"_s, noon + 2, ChangeKind::Package, u"web"_s, u"1.1"_s) << change(u"1"_s, noon + 1, ChangeKind::Deployment, u"web"_s, u"1.0"_s)
              << change(u"host"_s, noon + 3, ChangeKind::Package, {}, u"5"_s) << change(u"file"_s, noon + 4, ChangeKind::ConfigFile, u"web"_s)
              << change(u"gone"_s, noon + 5, ChangeKind::Package, u"web"_s);
    QVERIFY(store.commit(t).state == CommitState::Durable);
    const auto facts = *store.reader()->deployments(10);
    QCOMPARE(facts.size(), 2);
    QVERIFY(facts[0].service == u"web" && facts[0].version == u"1.0" && facts[0].at == noon + 1);
    QVERIFY(facts[1].service == u"web" && facts[1].version == u"1.1" && facts[1].at == noon + 2);
}

void TestStoreChanges::theLastDayIsRestored()
{
    StoreFixture store;
    QVERIFY(store.state().recentChanges.isEmpty());
    Transaction t;
    t.changes << change(u"new"_s, noon, ChangeKind::ConfigFile, u"web"_s) << change(u"day"_s, noon - dayMs, ChangeKind::ConfigFile, u"web"_s)
              << change(u"old"_s, noon - dayMs - 1, ChangeKind::ConfigFile, u"web"_s);
    QVERIFY(store.commit(t).state == CommitState::Durable);
    QCOMPARE(idsOf(store.state().recentChanges), (QStringList{u"day"_s, u"new"_s}));
}

QTEST_GUILESS_MAIN(TestStoreChanges)
#include "tst_store_changes.moc"
