// The journal's steps: intent, start, outcome, verification, undo; also while prunella.db cannot be written.
#include "StoreFixture.h"
#include "core/store/Database.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;

namespace {

constexpr qint64 at = 1'700'000'000'000;

Transaction notesOf(const QString &id)
{
    Transaction t;
    t.notes << JournalNote{id, JournalNote::Kind::Started, {}, at + 1} << JournalNote{id, JournalNote::Kind::Verified, u"unchanged: 3 of 3"_s, at + 3}
            << JournalNote{id, JournalNote::Kind::Undone, u"undo-1"_s, at + 4};
    return t;
}

JournalTimes timesOf(const StoreFixture &store, const QString &id)
{
    const auto found = store.reader()->journal({id, u"nobody"_s});
    return found && found->size() == 1 ? found->value(id) : JournalTimes{};
}

} // namespace

class TestStoreNotes : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyStepIsKept();
    void stepsGoToTheFallbackFile();
    void aStepIsNoUnfinishedIntent();
};

void TestStoreNotes::everyStepIsKept()
{
    StoreFixture store;
    QVERIFY(store.commit(intentOf(u"a"_s)).state == CommitState::Durable);
    QCOMPARE(timesOf(store, u"a"_s).intentAt, at);
    QCOMPARE(timesOf(store, u"a"_s).startedAt, 0);
    Transaction started;
    started.notes << JournalNote{u"a"_s, JournalNote::Kind::Started, {}, at + 1};
    QVERIFY(store.commit(started).state == CommitState::Durable);
    QCOMPARE(timesOf(store, u"a"_s).startedAt, at + 1);
    QCOMPARE(timesOf(store, u"a"_s).verifiedAt, 0);
    QCOMPARE(unfinishedIds(store), QStringList{u"a"_s});
    Transaction rest = notesOf(u"a"_s);
    rest.outcomes << outcome(u"a"_s);
    QVERIFY(store.commit(rest).state == CommitState::Durable);
    const JournalTimes times = timesOf(store, u"a"_s);
    QCOMPARE(times.intentAt, at);
    QCOMPARE(times.outcomeAt, at + 1000);
    QCOMPARE(times.verifiedAt, at + 3);
    QCOMPARE(times.verdict, u"unchanged: 3 of 3"_s);
    QCOMPARE(times.undoneAt, at + 4);
    QCOMPARE(times.undoneBy, u"undo-1"_s);
    QVERIFY(unfinishedIds(store).isEmpty());
}

void TestStoreNotes::stepsGoToTheFallbackFile()
{
    StoreFixture store;
    QVERIFY(store.commit(intentOf(u"a"_s)).state == CommitState::Durable);
    {
        auto other = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        QVERIFY(other && other->exec(u"BEGIN IMMEDIATE"_s));
        const CommitResult result = store.commit(notesOf(u"a"_s));
        QVERIFY2(result.state == CommitState::Fallback, qPrintable(result.error));
        store.close(); // as a killed engine: nothing reached the database
    }
    QCOMPARE(timesOf(store, u"a"_s).startedAt, 0);
    store.open();
    const JournalTimes times = timesOf(store, u"a"_s);
    QCOMPARE(times.intentAt, at);
    QCOMPARE(times.startedAt, at + 1);
    QCOMPARE(times.verifiedAt, at + 3);
    QCOMPARE(times.verdict, u"unchanged: 3 of 3"_s);
    QCOMPARE(times.undoneAt, at + 4);
    QCOMPARE(times.undoneBy, u"undo-1"_s);
    store.close();
    store.open(); // a second time changes nothing
    QCOMPARE(timesOf(store, u"a"_s).startedAt, at + 1);
    QCOMPARE(unfinishedIds(store), QStringList{u"a"_s});
}

/// Its intent may have been in a database that was replaced: there is nothing to be done for it.
void TestStoreNotes::aStepIsNoUnfinishedIntent()
{
    StoreFixture store;
    QVERIFY(store.commit(notesOf(u"stray"_s)).state == CommitState::Durable);
    QVERIFY(unfinishedIds(store).isEmpty());
    QCOMPARE(timesOf(store, u"stray"_s).startedAt, at + 1);
    QCOMPARE(timesOf(store, u"stray"_s).intentAt, 0);
}

QTEST_GUILESS_MAIN(TestStoreNotes)
#include "tst_store_notes.moc"
