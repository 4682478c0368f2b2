// The audit trail as a chain: whatever is done to it behind the engine's back is found and named.
#include "AuditTrail.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;
using Break = AuditVerdict::Break;

namespace {

/// What somebody would do who knows how the hashes are made.
QStringList hashedAnewFrom(const StorePaths &paths, qint64 from)
{
    auto db = Database::open(paths.journalDb(), Database::Access::ReadOnly);
    QList<store::AuditRow> rows;
    static_cast<void>(db->run(store::selectAuditRows() + u" FROM audit ORDER BY seq"_s, {},
                              [&rows](const QSqlQuery &row) { rows << store::auditRowOf(row); }).has_value());
    QStringList statements;
    for (qsizetype i = from - 1; i < rows.size(); ++i) {
        if (i > 0)
            rows[i].prevHash = rows[i - 1].hash;
        rows[i].hash = store::auditHash(rows[i]);
        statements << u"UPDATE audit SET prev_hash = '%1', hash = '%2' WHERE seq = %3"_s.arg(rows[i].prevHash, rows[i].hash).arg(rows[i].seq);
    }
    statements << u"UPDATE state SET value = '%1' WHERE key = 'audit.head'"_s.arg(store::auditHeadText({rows.last().seq, rows.last().hash}));
    return statements;
}

} // namespace

class TestStoreAudit : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void theEncodingIsAsDocumented();
    void oneByteOfAnyColumnOfAnyRow_data();
    void oneByteOfAnyColumnOfAnyRow();
    void rowsThatComeAndGo_data();
    void rowsThatComeAndGo();
    void hashesMadeAnewAreFound();
    void aCutTailIsFoundThoughTheEngineWentOn();
    void anOldCopyOfTheDatabaseIsFound();
    void withoutItsHeadNobodyCanTell();
};

void TestStoreAudit::theEncodingIsAsDocumented()
{
    // as computed by a program of its own from the words of the README
    QCOMPARE(store::auditHash({1, u"2023-11-14T22:13:20.000Z"_s, u"uid 1000 (änna)"_s, u"approve"_s, u"incident"_s, u""_s, u""_s, {}}),
             u"605d6b21f3b22a3dfad8dd48b7be353243d3e3b7f0d303d924d8c3842cc50781"_s);
    QCOMPARE(store::auditHash({2, QString(), u"engine"_s, u"stop"_s, u"7"_s, u"a"_s, QString(64, u'0'), {}}),
             u"588a6e91076c4e6307d31c870e779209e96a19003ca19f1a7ec99b34e0c79b96"_s);
}

void TestStoreAudit::oneByteOfAnyColumnOfAnyRow_data()
{
    QTest::addColumn<QString>("column");
    for (const char *column : {"at", "actor", "verb", "subject", "detail", "prev_hash", "hash"})
        QTest::newRow(column) << QString::fromLatin1(column);
}

void TestStoreAudit::oneByteOfAnyColumnOfAnyRow()
{
    QFETCH(QString, column);
    const Trail trail;
    for (int seq = 1; seq <= 12; ++seq) {
        const QString where = u" WHERE seq = %1"_s.arg(seq);
        trail.sql({u"CREATE TABLE kept AS SELECT * FROM audit"_s + where});
        // the last byte becomes another one; where there is none, there is one now
        trail.sql({u"UPDATE audit SET %1 = substr(%1, 1, length(%1) - 1) || iif(substr(%1, -1) = '7', '8', '7')"_s.arg(column) + where,
                   u"UPDATE audit SET %1 = '7' WHERE %1 IS NULL AND seq = %2"_s.arg(column).arg(seq)});
        const AuditVerdict verdict = trail.verdict();
        QVERIFY2(verdict.kind == Break::Changed && verdict.seq == seq, qPrintable(column + where + u": "_s + toString(verdict.kind) + verdict.text));
        QVERIFY2(verdict.text.startsWith(u"record %1 ("_s.arg(seq)) && verdict.text.endsWith(u" was changed after it was written"), qPrintable(verdict.text));
        trail.sql({u"UPDATE audit SET %1 = (SELECT %1 FROM kept)"_s.arg(column) + where, u"DROP TABLE kept"_s});
        QVERIFY2(trail.verdict().kind == Break::None, qPrintable(trail.verdict().text));
    }
}

void TestStoreAudit::rowsThatComeAndGo_data()
{
    QTest::addColumn<QStringList>("statements");
    QTest::addColumn<int>("kind");
    QTest::addColumn<int>("seq");
    QTest::addColumn<QString>("text");
    const auto row = [](const char *name, const QStringList &statements, Break kind, int seq, const QString &text) {
        QTest::newRow(name) << statements << int(kind) << seq << text;
    };
    const QString insert = u"INSERT INTO audit(seq, at, actor, verb, subject, detail) VALUES (%1, '2023-11-14T22:13:20.000Z', 'eve', 'approve', 'x', '')"_s;
    row("the first is gone", {u"DELETE FROM audit WHERE seq = 1"_s}, Break::Missing, 1, u"record 1 is missing before record 2 ("_s);
    row("one is gone", {u"DELETE FROM audit WHERE seq = 5"_s}, Break::Missing, 5, u"record 5 is missing before record 6 ("_s);
    row("three are gone", {u"DELETE FROM audit WHERE seq BETWEEN 5 AND 7"_s}, Break::Missing, 5, u"records 5 to 7 are missing before record 8 ("_s);
    row("the last is gone", {u"DELETE FROM audit WHERE seq = 12"_s}, Break::CutOff, 12, u"record 12 is cut off at the end"_s);
    row("the end is gone", {u"DELETE FROM audit WHERE seq > 7"_s}, Break::CutOff, 8, u"records 8 to 12 are cut off at the end"_s);
    row("all are gone", {u"DELETE FROM audit"_s}, Break::CutOff, 1, u"records 1 to 12 are cut off at the end"_s);
    row("one at the end", {insert.arg(13)}, Break::Inserted, 13, u"was inserted"_s);
    row("two at the end", {insert.arg(13), insert.arg(14)}, Break::Inserted, 13, u"was inserted"_s);
    row("one at the beginning", {insert.arg(0)}, Break::Inserted, 0, u"was inserted"_s);
    row("one in another's place", {u"DELETE FROM audit WHERE seq = 5"_s, insert.arg(5)}, Break::Changed, 5, u"was changed"_s);
    row("another number", {u"UPDATE audit SET seq = 99 WHERE seq = 5"_s}, Break::Missing, 5, u"record 5 is missing"_s);
    row("another number for the last", {u"UPDATE audit SET seq = 13 WHERE seq = 12"_s}, Break::Reordered, 13, u"it was written as record 12"_s);
    row("two swapped", {u"UPDATE audit SET seq = -1 WHERE seq = 5"_s, u"UPDATE audit SET seq = 5 WHERE seq = 6"_s, u"UPDATE audit SET seq = 6 WHERE seq = -1"_s},
        Break::Reordered, 5, u"it was written as record 6"_s);
    row("two far apart swapped", {u"UPDATE audit SET seq = -1 WHERE seq = 2"_s, u"UPDATE audit SET seq = 2 WHERE seq = 12"_s, u"UPDATE audit SET seq = 12 WHERE seq = -1"_s},
        Break::Reordered, 2, u"it was written as record 12"_s);
    row("a gap closed", {u"DELETE FROM audit WHERE seq = 5"_s, u"UPDATE audit SET seq = -seq WHERE seq > 5"_s, u"UPDATE audit SET seq = -seq - 1 WHERE seq < 0"_s},
        Break::Reordered, 5, u"it was written as record 6"_s);
    row("room made for one", {u"UPDATE audit SET seq = -seq WHERE seq > 4"_s, u"UPDATE audit SET seq = -seq + 1 WHERE seq < 0"_s, insert.arg(5)},
        Break::Changed, 5, u"record 5 ("_s);
}

void TestStoreAudit::rowsThatComeAndGo()
{
    QFETCH(QStringList, statements);
    QFETCH(int, seq);
    QFETCH(QString, text);
    const Trail trail;
    trail.sql(statements);
    const AuditVerdict verdict = trail.verdict();
    const QString what = toString(verdict.kind) + u": "_s + verdict.text;
    if (qstrcmp(QTest::currentDataTag(), "room made for one") == 0)
        QVERIFY2(verdict.kind == Break::Inserted || verdict.kind == Break::Changed, qPrintable(what));
    else
        QTEST(int(verdict.kind), "kind");
    QCOMPARE(int(verdict.seq), seq);
    QVERIFY2(verdict.text.contains(text), qPrintable(what));
}

void TestStoreAudit::hashesMadeAnewAreFound()
{
    Trail trail;
    trail.sql({u"UPDATE audit SET actor = 'uid 0 (root)' WHERE seq = 12"_s});
    trail.sql(hashedAnewFrom(trail.paths(), 12).mid(0, 1)); // the last one alone, without the entry in state
    QVERIFY(trail.verdict().kind == Break::Changed);
    QCOMPARE(trail.verdict().seq, 12);
    trail.sql({u"UPDATE audit SET actor = 'uid 0 (root)' WHERE seq = 4"_s});
    trail.sql(hashedAnewFrom(trail.paths(), 4).mid(0, 1)); // one in the middle
    QVERIFY(trail.verdict().kind == Break::Changed);
    QCOMPARE(trail.verdict().seq, 4);
    trail.sql(hashedAnewFrom(trail.paths(), 4)); // all that follow, and the entry in state: only the file knows better
    const AuditVerdict verdict = trail.verdict();
    QVERIFY2(verdict.kind == Break::Changed && verdict.text.contains(u"audit.head"), qPrintable(verdict.text));
    QCOMPARE(verdict.seq, 6); // the first of the following ones that a commit ended with
    const Trail behind; // killed before the last line was written: the entry in state knows better
    QFile file(behind.paths().auditHead());
    QVERIFY(file.open(QIODevice::ReadWrite));
    QVERIFY(file.resize(file.readAll().lastIndexOf('\n', -2) + 1));
    behind.sql({u"UPDATE audit SET actor = 'uid 0 (root)' WHERE seq = 12"_s});
    behind.sql(hashedAnewFrom(behind.paths(), 12).mid(0, 1));
    QVERIFY2(behind.verdict().kind == Break::Changed && behind.verdict().seq == 12, qPrintable(behind.verdict().text));
}

void TestStoreAudit::aCutTailIsFoundThoughTheEngineWentOn()
{
    Trail cut;
    cut.sql({u"DELETE FROM audit WHERE seq > 10"_s, u"DELETE FROM sqlite_sequence"_s});
    cut.open();
    QVERIFY(cut.commit(audits(20, 2)).state == CommitState::Durable);
    QVERIFY2(cut.verdict().kind == Break::Missing, qPrintable(cut.verdict().text));
    QVERIFY2(cut.verdict().text.startsWith(u"records 11 to 12 are missing before record 13"), qPrintable(cut.verdict().text));
    Trail longer;
    longer.sql({u"INSERT INTO audit(at, actor, verb, subject, detail) VALUES ('', 'eve', 'approve', 'x', '')"_s});
    longer.open();
    QVERIFY(longer.commit(audits(20, 2)).state == CommitState::Durable); // nothing of the engine's is lost for it
    QCOMPARE(longer.verdict().records, 15);
    QVERIFY2(longer.verdict().kind == Break::Inserted, qPrintable(longer.verdict().text));
    QCOMPARE(longer.verdict().seq, 13);
}

void TestStoreAudit::anOldCopyOfTheDatabaseIsFound()
{
    Trail trail;
    const QString copy = trail.paths().stateDir + u"/copy"_s;
    QVERIFY(QFile::copy(trail.paths().journalDb(), copy));
    trail.open();
    QVERIFY(trail.commit(audits(13, 4)).state == CommitState::Durable);
    trail.close();
    for (const QString &side : {u""_s, u"-wal"_s, u"-shm"_s})
        QFile::remove(trail.paths().journalDb() + side);
    QVERIFY(QFile::rename(copy, trail.paths().journalDb())); // whole in itself
    QVERIFY2(trail.verdict().kind == Break::CutOff, qPrintable(trail.verdict().text));
    QVERIFY2(trail.verdict().text.startsWith(u"records 13 to 16 are cut off"), qPrintable(trail.verdict().text));
    trail.open();
    QVERIFY(trail.commit(audits(20, 1)).state == CommitState::Durable);
    QVERIFY2(trail.verdict().text.startsWith(u"records 13 to 16 are missing before record 17"), qPrintable(trail.verdict().text));
}

void TestStoreAudit::withoutItsHeadNobodyCanTell()
{
    Trail trail;
    QVERIFY(QFile::rename(trail.paths().auditHead(), trail.paths().auditHead() + u".away"_s));
    QVERIFY(trail.verdict().kind == Break::NoHead);
    QVERIFY2(trail.verdict().text.startsWith(u"the file audit.head is missing"), qPrintable(trail.verdict().text));
    QVERIFY(QFile::rename(trail.paths().auditHead() + u".away"_s, trail.paths().auditHead()));
    trail.sql({u"DELETE FROM state WHERE key = 'audit.head'"_s});
    QVERIFY(trail.verdict().kind == Break::NoHead);
    trail.open(); // the file knows where it ended
    QVERIFY(trail.commit(audits(13, 1)).state == CommitState::Durable);
    QVERIFY2(trail.verdict().kind == Break::None, qPrintable(trail.verdict().text));
}

QTEST_GUILESS_MAIN(TestStoreAudit)
#include "tst_store_audit.moc"
