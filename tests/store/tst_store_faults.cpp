// What happens when prunella.db cannot be written: a full disk, a lock, an entry it refuses.
#include "StoreFixture.h"
#include "core/store/Database.h"
#include "core/store/FallbackFile.h"
#include "core/store/JournalDb.h"

#include <QFile>

#include <csignal>
#include <sys/resource.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;
using store::FallbackFile;

namespace {

/// No file of this process grows beyond `bytes` while this lives: writes fail as on a failing disk.
class FileSizeLimit
{
public:
    explicit FileSizeLimit(rlim_t bytes)
    {
        std::signal(SIGXFSZ, SIG_IGN);
        ::getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit{bytes, m_before.rlim_max};
        ::setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileSizeLimit() { ::setrlimit(RLIMIT_FSIZE, &m_before); }
    Q_DISABLE_COPY_MOVE(FileSizeLimit)

private:
    rlimit m_before{};
};

/// The log of the journal is at least so long, so that a limit below it hits the database and not the fallback file.
void fillLog(StoreFixture &store, qint64 bytes)
{
    const QString log = store.paths().journalDb() + u"-wal"_s;
    for (int i = 0; QFileInfo(log).size() < bytes; ++i) {
        Transaction t = intentOf(u"fill%1"_s.arg(i));
        t.outcomes << outcome(u"fill%1"_s.arg(i));
        QVERIFY(store.commit(t).state == CommitState::Durable);
    }
}

} // namespace

class TestStoreFaults : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aFullDiskFallsBackAndRecovers();
    void aFullDiskIsNamed();
    void fallbackSurvivesTheEngine();
    void nothingWritableIsLost();
    void aLockedDatabaseFallsBack();
    void oneBadEntryDoesNotHarmTheOthers();
    void aTornRecordIsSkipped();
    void aFullFallbackFileSaysSo();
};

void TestStoreFaults::aFullDiskFallsBackAndRecovers()
{
    StoreFixture store;
    fillLog(store, 256 * 1024);
    std::atomic<int> changes = 0;
    store.writer->setHealthListener([&](const StoreHealth &) { ++changes; });
    {
        const FileSizeLimit limit(128 * 1024);
        const CommitResult result = store.commit(intentOf(u"a"_s));
        QVERIFY(result.state == CommitState::Fallback);
        QVERIFY2(result.error.contains(u"prunella.db cannot be written"), qPrintable(result.error));
        Transaction later;
        later.outcomes << outcome(u"a"_s);
        QVERIFY(store.commit(later).state == CommitState::Fallback);
        QVERIFY(store.commit(intentOf(u"b"_s)).state == CommitState::Fallback);
        const StoreHealth health = store.writer->health();
        QVERIFY(!health.journalOk);
        QVERIFY2(health.text.contains(store.paths().fallbackFile()), qPrintable(health.text));
        QVERIFY(QFile(store.paths().fallbackFile()).size() == FallbackFile::size);
        QVERIFY(unfinishedIds(store).isEmpty());
    }
    QTRY_VERIFY_WITH_TIMEOUT(store.writer->health().journalOk, 15'000);
    QVERIFY2(store.writer->health().text.isEmpty(), qPrintable(store.writer->health().text));
    QVERIFY(changes >= 2);
    QCOMPARE(unfinishedIds(store), QStringList{u"b"_s});
    QCOMPARE(store.reader()->incidents({0, {}, u"incident-a"_s, 10})->size(), 1);
    QVERIFY(FallbackFile::open(store.paths().fallbackFile())->isEmpty());
}

void TestStoreFaults::aFullDiskIsNamed()
{
    StoreFixture store;
    store.close();
    auto journal = store::JournalDb::open(store.paths().journalDb(), 1);
    QVERIFY(journal);
    const auto pages = journal->database().value(u"PRAGMA page_count"_s);
    QVERIFY(journal->database().exec(u"PRAGMA max_page_count = "_s + pages->toString()));
    Transaction t = intentOf(u"a"_s);
    t.incidents[0].summary = QString(100'000, u'x');
    const Status full = journal->write({&t, 1});
    QVERIFY(!full);
    QCOMPARE(full.error().message, u"disk full"_s);
    QVERIFY(journal->database().exec(u"PRAGMA max_page_count = 100000"_s));
    QVERIFY(journal->write({&t, 1}));
}

void TestStoreFaults::fallbackSurvivesTheEngine()
{
    StoreFixture store;
    fillLog(store, 256 * 1024);
    {
        const FileSizeLimit limit(128 * 1024);
        QVERIFY(store.commit(intentOf(u"a"_s)).state == CommitState::Fallback);
        QVERIFY(store.commit(intentOf(u"b"_s)).state == CommitState::Fallback);
        Transaction done;
        done.outcomes << outcome(u"b"_s);
        QVERIFY(store.commit(done).state == CommitState::Fallback);
        store.close(); // as a killed engine: nothing reached the database
    }
    QVERIFY(!FallbackFile::open(store.paths().fallbackFile())->isEmpty());
    store.open();
    QVERIFY2(store.writer, qPrintable(store.error));
    QCOMPARE(unfinishedIds(store), QStringList{u"a"_s});
    QVERIFY(FallbackFile::open(store.paths().fallbackFile())->isEmpty());
    store.close();
    store.open(); // a second time changes nothing
    QCOMPARE(unfinishedIds(store), QStringList{u"a"_s});
}

void TestStoreFaults::nothingWritableIsLost()
{
    StoreFixture store;
    {
        const FileSizeLimit limit(0);
        const CommitResult result = store.commit(intentOf(u"a"_s));
        QVERIFY(result.state == CommitState::Lost);
        const QString text = store.writer->health().text;
        QVERIFY2(text.contains(u"nothing acts without a person"), qPrintable(text));
    }
    QTRY_VERIFY_WITH_TIMEOUT(store.writer->health().journalOk, 15'000);
    // the incident is kept, the intent that was refused is not
    QVERIFY(unfinishedIds(store).isEmpty());
    QCOMPARE(store.reader()->incidents({})->size(), 1);
    QVERIFY(store.commit(intentOf(u"b"_s)).state == CommitState::Durable);
}

void TestStoreFaults::aLockedDatabaseFallsBack()
{
    StoreFixture store;
    {
        auto other = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        QVERIFY(other && other->exec(u"BEGIN IMMEDIATE"_s));
        const CommitResult result = store.commit(intentOf(u"a"_s));
        QVERIFY(result.state == CommitState::Fallback);
        QVERIFY2(result.error.contains(u"locked by another program"), qPrintable(result.error));
    }
    QTRY_VERIFY_WITH_TIMEOUT(store.writer->health().journalOk, 15'000);
    QCOMPARE(unfinishedIds(store), QStringList{u"a"_s});
}

void TestStoreFaults::oneBadEntryDoesNotHarmTheOthers()
{
    StoreFixture store;
    {
        auto other = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        QVERIFY(other && other->exec(u"CREATE TRIGGER refuse BEFORE INSERT ON journal WHEN new.action_id = 'bad'"
                                     " BEGIN SELECT RAISE(ABORT, 'refused here'); END"_s));
    }
    std::vector<std::future<CommitResult>> answers;
    for (const QString &id : {u"a"_s, u"bad"_s, u"b"_s}) {
        auto promise = std::make_shared<std::promise<CommitResult>>();
        answers.push_back(promise->get_future());
        store.writer->commit(intentOf(id), [promise](const CommitResult &result) { promise->set_value(result); });
    }
    QVERIFY(answers[0].get().state == CommitState::Durable);
    const CommitResult bad = answers[1].get();
    QVERIFY(bad.state == CommitState::Lost);
    QVERIFY2(bad.error.contains(u"refused here"), qPrintable(bad.error));
    QVERIFY(answers[2].get().state == CommitState::Durable);
    QVERIFY(store.commit(intentOf(u"c"_s)).state == CommitState::Durable);
    QCOMPARE(unfinishedIds(store), (QStringList{u"a"_s, u"b"_s, u"c"_s}));
}

void TestStoreFaults::aTornRecordIsSkipped()
{
    const QTemporaryDir dir;
    const QString path = dir.filePath(u"journal"_s);
    {
        auto file = FallbackFile::open(path);
        QVERIFY(file && file->isEmpty());
        QVERIFY(file->append({"one", "two", "three"}));
    }
    overwrite(path, 9 + 4 + 9 + 1, QByteArray(1, '\0')); // in the middle of "two"
    auto file = FallbackFile::open(path);
    QCOMPARE(file->read(), (QByteArrayList{"one", "three"}));
    QVERIFY(file->append({"four"}));
    overwrite(path, 3 * 9 + 4 + 4 + 6 + 9 + 2, QByteArray(3, '\0')); // the last one lost its end
    *file = std::move(*FallbackFile::open(path));
    QVERIFY(file->append({"five"}));
    QCOMPARE(file->read(), (QByteArrayList{"one", "three", "five"}));
    QVERIFY(file->clear());
    QVERIFY(file->read().isEmpty());
    QVERIFY(FallbackFile::open(path)->isEmpty());
    QCOMPARE(QFileInfo(path).size(), FallbackFile::size);
}

void TestStoreFaults::aFullFallbackFileSaysSo()
{
    const QTemporaryDir dir;
    auto file = FallbackFile::open(dir.filePath(u"journal"_s));
    QVERIFY(file->append({QByteArray(FallbackFile::size - 20, 'x')}));
    const Status more = file->append({QByteArray(20, 'y')});
    QVERIFY(!more);
    QVERIFY2(more.error().message.contains(u"is full"), qPrintable(more.error().message));
    QCOMPARE(file->read().size(), 1);
}

QTEST_GUILESS_MAIN(TestStoreFaults)
#include "tst_store_faults.moc"
