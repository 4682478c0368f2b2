// The releases of services: kept over restarts, renewed by service and release, handed to the next engine.
#include "StoreFixture.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 noon = 1'700'000'000'000;

ReleaseRecord record(const QString &service, const QString &release, qint64 firstSeen)
{
    return {service, release, firstSeen, firstSeen + 5, 123'456, 0, {}};
}

} // namespace

class TestStoreReleases : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void comeBackWhole();
    void areRenewed();
    void areHandedToTheNextEngine();
};

void TestStoreReleases::comeBackWhole()
{
    StoreFixture store;
    Transaction t;
    t.releases << record(u"db"_s, u"1:2.0-1"_s, noon) << record(u"web"_s, u"1.4.1"_s, noon) << record(u"web"_s, u"1.4.2"_s, noon + 1);
    t.releases.last().failedAt = noon + 9;
    t.releases.last().failedWhy = u"it crash-looped: \"x\""_s;
    QVERIFY(!t.isEmpty());
    QVERIFY(store.commit(t).state == CommitState::Durable);
    store.close();
    store.open();
    QVERIFY(*store.reader()->releases() == t.releases);
    QVERIFY(*store.reader()->releases(u"web"_s) == t.releases.mid(1));
    QVERIFY(store.reader()->releases(u"none"_s)->isEmpty());
}

void TestStoreReleases::areRenewed()
{
    StoreFixture store;
    Transaction first, second;
    first.releases << record(u"web"_s, u"1"_s, noon);
    second.releases << first.releases.first();
    second.releases.first().healthyMs = 999'999;
    second.releases.first().failedAt = noon + 7;
    QVERIFY(store.commit(first).state == CommitState::Durable);
    QVERIFY(store.commit(second).state == CommitState::Durable);
    QVERIFY(*store.reader()->releases() == second.releases);
}

void TestStoreReleases::areHandedToTheNextEngine()
{
    StoreFixture store;
    QVERIFY(store.state().releases.isEmpty());
    Transaction t;
    t.releases << record(u"web"_s, u"2"_s, noon + 1) << record(u"web"_s, u"1"_s, noon);
    QVERIFY(store.commit(t).state == CommitState::Durable);
    const QList<ReleaseRecord> restored = store.state().releases;
    QCOMPARE(restored.size(), 2);
    QCOMPARE(restored[0].release, u"1"_s); // oldest first
    QVERIFY(restored[1] == t.releases[0]);
}

QTEST_GUILESS_MAIN(TestStoreReleases)
#include "tst_store_releases.moc"
