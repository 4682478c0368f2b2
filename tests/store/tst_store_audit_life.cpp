// The audit trail over the life of a store: what the engine itself does, and what happens to it, leaves one unbroken chain.
#include "AuditTrail.h"
#include "core/store/JournalDb.h"

#include <QDir>
#include <QProcess>

#include <thread>
#include <unistd.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;
using Break = AuditVerdict::Break;

namespace {

/// Child: commits records, several a transaction, until it is killed.
int auditUntilKilled(const QString &root)
{
    auto opened = StoreWriter::open({root + u"/state"_s, root + u"/run"_s}, 30, std::make_shared<SystemClock>());
    if (!opened)
        return 1;
    for (int i = 0; i < 100'000; ++i) {
        (*opened)->commit(audits(i * 3, 3), [](const CommitResult &) {
            [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, "x", 1);
        });
    }
    return 0;
}

} // namespace

class TestStoreAuditLife : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void whatTheEngineWritesIsUnbroken();
    void theHeadMayBeBehindButNotAhead();
    void aHeadThatCannotBeWrittenIsSaid();
    void manyCallersKeepOneChain();
    void killedInTheMiddleOfCommits();
    void aRefusedTransactionLeavesNoGap();
    void anOldStoreIsChainedOnce();
    void aDamagedStoreIsContinued();
    void forgottenRecordsAreVouchedFor();
};

void TestStoreAuditLife::whatTheEngineWritesIsUnbroken()
{
    Trail trail;
    trail.open();
    Transaction odd; // what no database gives back as it was given
    odd.audits << AuditRecord{1, QString(QChar(0xFEFF)) + QChar(0xFEFF) + u"bom"_s, QString(QChar(0xD800)), QString(), u"𝄞"_s};
    QVERIFY(trail.commit(odd).state == CommitState::Durable);
    const AuditVerdict verdict = trail.verdict();
    QVERIFY2(verdict.kind == Break::None, qPrintable(verdict.text));
    QCOMPARE(verdict.records, 13);
    QCOMPARE(verdict.since, u"2023-11-14T22:13:20.001Z"_s);
    QCOMPARE(verdict.last.seq, 13);
    QVERIFY(QFile::permissions(trail.paths().auditHead()) == (QFile::ReadOwner | QFile::WriteOwner | QFile::ReadUser | QFile::WriteUser));
    QCOMPARE(store::readAuditHeads(trail.paths().auditHead())->size(), 5); // a line a commit
    StoreFixture empty;
    QVERIFY(empty.reader()->verifyAudit()->kind == Break::None);
    QCOMPARE(empty.reader()->verifyAudit()->records, 0);
}

/// Killed between the commit and the line in the file: no cut tail, and the next engine writes the line.
void TestStoreAuditLife::theHeadMayBeBehindButNotAhead()
{
    Trail trail;
    QFile file(trail.paths().auditHead());
    QVERIFY(file.open(QIODevice::ReadWrite));
    const QByteArray all = file.readAll();
    QVERIFY(file.resize(all.lastIndexOf('\n', -2) + 30)); // the last line is torn
    QVERIFY2(trail.verdict().kind == Break::None, qPrintable(trail.verdict().text));
    trail.open();
    QCOMPARE(store::readAuditHeads(trail.paths().auditHead())->last().seq, 12);
    QVERIFY(trail.commit(audits(13, 1)).state == CommitState::Durable);
    QVERIFY2(trail.verdict().kind == Break::None, qPrintable(trail.verdict().text));
    QCOMPARE(store::readAuditHeads(trail.paths().auditHead())->size(), 5);
}

void TestStoreAuditLife::aHeadThatCannotBeWrittenIsSaid()
{
    Trail trail;
    QVERIFY(QFile::rename(trail.paths().auditHead(), trail.paths().auditHead() + u".away"_s));
    QVERIFY(QDir().mkdir(trail.paths().auditHead()));
    trail.open();
    QVERIFY(trail.commit(audits(13, 1)).state == CommitState::Durable);
    const QString text = trail.writer->health().text;
    QVERIFY2(text.contains(trail.paths().auditHead() + u" cannot be written"), qPrintable(text));
    QVERIFY(QDir().rmdir(trail.paths().auditHead()));
    QVERIFY(trail.commit(audits(14, 1)).state == CommitState::Durable);
    QTRY_VERIFY2(trail.writer->health().text.isEmpty(), qPrintable(trail.writer->health().text));
    QVERIFY2(trail.verdict().kind == Break::None, qPrintable(trail.verdict().text));
}

void TestStoreAuditLife::manyCallersKeepOneChain()
{
    StoreFixture store;
    constexpr int callers = 4, each = 2500;
    std::atomic<int> durable = 0;
    std::vector<std::thread> threads;
    for (int caller = 0; caller < callers; ++caller) {
        threads.emplace_back([&, caller] {
            for (int i = 0; i < each; ++i)
                store.writer->commit(audits(caller * each + i, 1), [&](const CommitResult &result) { durable += result.state == CommitState::Durable; });
        });
    }
    for (std::thread &thread : threads)
        thread.join();
    QTRY_COMPARE_WITH_TIMEOUT(durable.load(), callers * each, 60'000);
    const AuditVerdict verdict = *store.reader()->verifyAudit();
    QVERIFY2(verdict.kind == Break::None, qPrintable(verdict.text));
    QCOMPARE(verdict.records, callers * each);
    QCOMPARE(verdict.last.seq, callers * each);
}

void TestStoreAuditLife::killedInTheMiddleOfCommits()
{
    int behind = 0;
    for (int round = 0; round < 8; ++round) {
        StoreFixture store;
        store.close();
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(), {u"--audit-until-killed"_s, store.dir.path()});
        QVERIFY(child.waitForStarted());
        qsizetype acknowledged = 0;
        while (acknowledged < 20 + 70 * round) {
            QVERIFY(child.waitForReadyRead(10'000));
            acknowledged += child.readAllStandardOutput().size();
        }
        child.kill();
        QVERIFY(child.waitForFinished());
        acknowledged += child.readAllStandardOutput().size();
        const AuditVerdict verdict = *store.reader()->verifyAudit(); // as it was left, before another engine looks at it
        QVERIFY2(verdict.kind == Break::None, qPrintable(verdict.text));
        QVERIFY(verdict.records >= 3 * acknowledged && verdict.records % 3 == 0);
        const auto heads = *store::readAuditHeads(store.paths().auditHead());
        QVERIFY(heads.last().seq >= 3 * acknowledged);
        behind += heads.last().seq < verdict.last.seq;
        store.open();
        QVERIFY(store.commit(audits(1, 1)).state == CommitState::Durable);
        QVERIFY2(store.reader()->verifyAudit()->kind == Break::None, qPrintable(store.reader()->verifyAudit()->text));
        auto db = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        QVERIFY(db->exec(u"DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)"_s));
        QVERIFY(store.reader()->verifyAudit()->kind == Break::CutOff);
    }
    qInfo("audit.head was behind the table after %d of 8 kills", behind);
}

void TestStoreAuditLife::aRefusedTransactionLeavesNoGap()
{
    Trail trail;
    trail.sql({u"CREATE TRIGGER refuse BEFORE INSERT ON outbox BEGIN SELECT RAISE(ABORT, 'refused here'); END"_s});
    trail.open();
    Transaction refused = audits(13, 2);
    refused.outbox << OutboxItem{u"d"_s, {}, {}, {}, {}, 1, 0};
    QVERIFY(trail.commit(refused).state == CommitState::Lost);
    QVERIFY(trail.commit(audits(15, 2)).state == CommitState::Durable);
    QVERIFY2(trail.verdict().kind == Break::None, qPrintable(trail.verdict().text));
    QCOMPARE(trail.verdict().last.seq, 14);
}

void TestStoreAuditLife::anOldStoreIsChainedOnce()
{
    StoreFixture store;
    store.close();
    QDir(store.paths().stateDir).removeRecursively();
    QVERIFY(QDir().mkpath(store.paths().stateDir));
    QFile file(QStringLiteral(TEST_DATA "/prunella-v3.sql"));
    QVERIFY(file.open(QIODevice::ReadOnly));
    {
        auto db = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        for (const QString &statement : QString::fromUtf8(file.readAll()).split(u";\n"_s, Qt::SkipEmptyParts))
            QVERIFY2(db->exec(statement), qPrintable(statement));
        QVERIFY(db->exec(u"INSERT INTO audit VALUES (4, NULL, 'uid 1000 (anna)', 'approve', 'x', '')"_s));
    }
    store.open();
    QVERIFY2(store.writer, qPrintable(store.error));
    AuditVerdict verdict = *store.reader()->verifyAudit();
    QVERIFY2(verdict.kind == Break::None, qPrintable(verdict.text));
    QCOMPARE(verdict.records, 2);
    store.close();
    auto db = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
    QVERIFY(db->exec(u"UPDATE audit SET actor = 'x' WHERE seq = 4"_s));
    store.open(); // a second start makes nothing right
    verdict = *store.reader()->verifyAudit();
    QVERIFY2(verdict.kind == Break::Changed && verdict.seq == 4, qPrintable(verdict.text));
}

void TestStoreAuditLife::aDamagedStoreIsContinued()
{
    Trail trail;
    overwrite(trail.paths().journalDb(), 0, QByteArray(4096, 'Z'));
    trail.open();
    QVERIFY2(trail.writer && trail.writer->health().damagedAndReplaced, qPrintable(trail.error));
    QVERIFY(trail.commit(audits(1, 2)).state == CommitState::Durable);
    const AuditVerdict verdict = trail.verdict();
    QVERIFY2(verdict.kind == Break::None, qPrintable(verdict.text));
    QCOMPARE(verdict.records, 3);
    QCOMPARE(verdict.last.seq, 15);
    const AuditRecord first = trail.reader()->audit(0)->first();
    QCOMPARE(first.verb, u"checkpoint"_s);
    QVERIFY2(first.detail.startsWith(u"12 ") && first.detail.contains(u"prunella.db.damaged-"), qPrintable(first.detail));
    trail.close();
    trail.sql({u"DELETE FROM audit WHERE verb = 'checkpoint'"_s});
    QVERIFY(trail.verdict().kind == Break::Missing);
    // a store that was thrown away is another thing
    Trail thrown;
    for (const QString &side : {u""_s, u"-wal"_s, u"-shm"_s})
        QFile::remove(thrown.paths().journalDb() + side);
    thrown.open();
    QVERIFY(thrown.commit(audits(1, 2)).state == CommitState::Durable);
    QVERIFY2(thrown.verdict().text.startsWith(u"records 1 to 12 are missing before record 13"), qPrintable(thrown.verdict().text));
}

void TestStoreAuditLife::forgottenRecordsAreVouchedFor()
{
    Trail trail;
    const auto forget = [&trail](int number) {
        auto journal = store::JournalDb::open(trail.paths().journalDb(), 1);
        return journal && journal->forgetAudit(1'700'000'000'000 + number, 1'700'000'100'000);
    };
    QVERIFY(forget(7)); // all before record 7
    AuditVerdict verdict = trail.verdict();
    QVERIFY2(verdict.kind == Break::None, qPrintable(verdict.text));
    QCOMPARE(verdict.records, 12 - 6 + 1);
    QVERIFY(forget(9));
    verdict = trail.verdict();
    QVERIFY2(verdict.kind == Break::None, qPrintable(verdict.text));
    QCOMPARE(verdict.records, 14 - 8);
    trail.sql({u"DELETE FROM audit WHERE seq = 9"_s}); // one more than was vouched for
    QVERIFY2(trail.verdict().kind == Break::Missing, qPrintable(trail.verdict().text));
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--audit-until-killed")
        return auditUntilKilled(app.arguments().value(2));
    TestStoreAuditLife test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_store_audit_life.moc"
