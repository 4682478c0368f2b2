// What an engine finds when it starts: a damaged, older or newer database, one killed in the middle of commits, a lock.
#include "StoreFixture.h"
#include "core/store/Database.h"
#include "core/store/Schema.h"
#include "core/store/StateLock.h"

#include <QDir>
#include <QProcess>

#include <unistd.h>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;

namespace {

/// Child: commits one intent after another and names each acknowledged one on stdout until it is killed.
int commitUntilKilled(const QString &root)
{
    auto opened = StoreWriter::open({root + u"/state"_s, root + u"/run"_s}, 30, std::make_shared<SystemClock>());
    if (!opened)
        return 1;
    for (int i = 0; i < 100'000; ++i) {
        (*opened)->commit(intentOf(u"k%1"_s.arg(i)), [i](const CommitResult &result) {
            const QByteArray line = (result.state == CommitState::Durable ? "k" : "lost") + QByteArray::number(i) + '\n';
            [[maybe_unused]] const ssize_t written = ::write(STDOUT_FILENO, line.constData(), std::size_t(line.size()));
        });
        (*opened)->append({MetricRow{{u"m"_s, {}}, u"host"_s, double(i), u"%"_s, Health::Healthy, {}, {}, 1'000'000 + i}});
        if (i % 50 == 0)
            (*opened)->flushSamples([] {});
    }
    return 0;
}

/// A database as an earlier release wrote it, from its SQL text: one statement ends with `;` at the end of a line.
void createFrom(const QString &sqlFile, const QString &database)
{
    QFile file(sqlFile);
    QVERIFY2(file.open(QIODevice::ReadOnly), qPrintable(sqlFile));
    auto db = Database::open(database, Database::Access::ReadWrite);
    QVERIFY(db);
    for (const QString &statement : QString::fromUtf8(file.readAll()).split(u";\n"_s, Qt::SkipEmptyParts)) {
        const Status done = db->exec(statement);
        QVERIFY2(done, qPrintable(statement + u": "_s + (done ? QString() : done.error().message)));
    }
}

} // namespace

class TestStoreDamage : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void everyVersionOpens_data();
    void everyVersionOpens();
    void migrationsGoStepByStep();
    void aDamagedDatabaseIsReplaced_data();
    void aDamagedDatabaseIsReplaced();
    void damageAtRunTimeIsReplaced();
    void aNewerDatabaseIsRefused();
    void theLockSaysWhoHoldsIt();
    void killedInTheMiddleOfCommits();
};

void TestStoreDamage::everyVersionOpens_data()
{
    QTest::addColumn<QString>("journal");
    QTest::addColumn<int>("patterns");
    QTest::newRow("1") << u"/prunella-v1.sql"_s << 0;
    QTest::newRow("2") << u"/prunella-v2.sql"_s << 1;
    QTest::newRow("3") << u"/prunella-v3.sql"_s << 1;
}

void TestStoreDamage::everyVersionOpens()
{
    QFETCH(QString, journal);
    StoreFixture store;
    store.close();
    QDir(store.paths().stateDir).removeRecursively();
    QVERIFY(QDir().mkpath(store.paths().stateDir));
    createFrom(QStringLiteral(TEST_DATA) + journal, store.paths().journalDb());
    createFrom(QStringLiteral(TEST_DATA "/metrics-v1.sql"), store.paths().metricsDb());
    store.open();
    QVERIFY2(store.writer && store.writer->health().text.isEmpty(), qPrintable(store.error));
    const auto reader = store.reader();
    const auto incidents = *reader->incidents({});
    QCOMPARE(incidents.size(), 2);
    QCOMPARE(incidents[0].component, u"web"_s);
    QCOMPARE(incidents[0].timeline.size(), 3);
    QCOMPARE(incidents[0].diagnosis->causeId, u"killed_by_signal"_s);
    QVERIFY(incidents[0].actions.first().verified);
    const StoredState state = *reader->storedState();
    QCOMPARE(state.unfinished.size(), 1);
    QCOMPARE(state.undelivered.size(), 1);
    QCOMPARE(state.processes.size(), 1);
    QCOMPARE(state.state[u"epoch"_s], u"3"_s);
    QCOMPARE(reader->audit(0)->size(), 1);
    QTEST(int(reader->patterns()->size()), "patterns");
    QVERIFY(reader->changes(0, 4'000'000'000'000) && reader->changes(0, 4'000'000'000'000)->isEmpty());
    QVERIFY(incidents[0].feedback.has_value() == journal.contains(u"v3"_s));
    QCOMPARE(reader->incidentFacts(10)->size(), 2);
    QVERIFY(reader->topology(0)->edges.isEmpty());
    QCOMPARE(reader->latestMetrics()->first().value, 91.5);
    QCOMPARE(reader->history({reader->latestMetrics()->first().key, 0, 2'000'000'000'000, 100})->size(), 3);
}

void TestStoreDamage::migrationsGoStepByStep()
{
    const QTemporaryDir dir;
    auto db = Database::open(dir.filePath(u"x.db"_s), Database::Access::ReadWrite);
    store::Migrations steps{{u"CREATE TABLE a (x)"_s, u"INSERT INTO a VALUES (1)"_s}};
    QVERIFY(store::migrate(*db, steps));
    QVERIFY(store::migrate(*db, steps)); // nothing to do
    steps << QStringList{u"UPDATE a SET x = 2"_s, u"this is no SQL"_s};
    QVERIFY(!store::checkVersion(*db, steps));
    const Status broken = store::migrate(*db, steps);
    QVERIFY(!broken && broken.error().message.startsWith(u"step 2 of the schema failed"));
    QCOMPARE(db->value(u"SELECT x FROM a"_s)->toInt(), 1); // a step is whole or not at all
    QCOMPARE(db->value(u"PRAGMA user_version"_s)->toInt(), 1);
    steps[1].removeLast();
    QVERIFY(store::migrate(*db, steps));
    QCOMPARE(db->value(u"SELECT x FROM a"_s)->toInt(), 2);
    QVERIFY(store::checkVersion(*db, steps));
}

void TestStoreDamage::aDamagedDatabaseIsReplaced_data()
{
    QTest::addColumn<qint64>("offset");
    QTest::newRow("no database at all") << qint64(0);
    QTest::newRow("a page in the middle") << qint64(4096 * 2);
}

void TestStoreDamage::aDamagedDatabaseIsReplaced()
{
    QFETCH(qint64, offset);
    StoreFixture store;
    QVERIFY(store.commit(intentOf(u"a"_s)).state == CommitState::Durable);
    store.close();
    overwrite(store.paths().journalDb(), offset, QByteArray(4096, 'Z'));
    overwrite(store.paths().metricsDb(), 0, QByteArray(4096, 'Z'));
    store.open();
    QVERIFY2(store.writer, qPrintable(store.error));
    StoreHealth health = store.writer->health();
    QVERIFY(health.damagedAndReplaced && health.journalOk && health.metricsOk);
    const QString moved = store.paths().journalDb() + u".damaged-20231114T221320Z"_s;
    QVERIFY2(health.text.contains(moved), qPrintable(health.text));
    QVERIFY(QFile::exists(moved));
    QVERIFY(QFile::exists(store.paths().metricsDb() + u".damaged-20231114T221320Z"_s));
    QVERIFY(store.commit(intentOf(u"b"_s)).state == CommitState::Durable);
    store.close();
    store.open(); // remembered until a person has seen it
    QVERIFY(store.writer->health().damagedAndReplaced);
    store.writer->acknowledgeDamage();
    QTRY_VERIFY(!store.writer->health().damagedAndReplaced);
    QVERIFY(store.writer->health().text.isEmpty());
    store.close();
    store.open();
    QVERIFY(!store.writer->health().damagedAndReplaced);
    QCOMPARE(unfinishedIds(store), QStringList{u"b"_s});
}

void TestStoreDamage::damageAtRunTimeIsReplaced()
{
    StoreFixture store;
    QVERIFY(store.commit(intentOf(u"a"_s)).state == CommitState::Durable);
    store.close();
    store.open(); // with an empty log: the pages are in the database itself
    {
        // another program's commit makes the writer forget the pages it holds and read them again
        auto other = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        QVERIFY(other && other->exec(u"INSERT INTO state(key, value) VALUES ('other', 'x')"_s));
        overwrite(store.paths().journalDb(), 0, QByteArray(QFileInfo(store.paths().journalDb()).size(), 'Z'));
    }
    const CommitResult result = store.commit(intentOf(u"b"_s));
    QVERIFY(result.state == CommitState::Fallback);
    QTRY_VERIFY_WITH_TIMEOUT(store.writer->health().journalOk, 15'000);
    QVERIFY(store.writer->health().damagedAndReplaced);
    QCOMPARE(unfinishedIds(store), QStringList{u"b"_s});
}

void TestStoreDamage::aNewerDatabaseIsRefused()
{
    StoreFixture store;
    store.close();
    for (const QString &path : {store.paths().journalDb(), store.paths().metricsDb()}) {
        auto db = Database::open(path, Database::Access::ReadWrite);
        const QString before = db->value(u"PRAGMA user_version"_s)->toString();
        QVERIFY(db->exec(u"PRAGMA user_version = 99"_s));
        store.open();
        QVERIFY(!store.writer);
        QVERIFY(store.code == ErrorCode::Invalid);
        QVERIFY2(store.error.contains(path) && store.error.contains(u"version 99") && store.error.contains(u"newer"),
                 qPrintable(store.error));
        QVERIFY(db->exec(u"PRAGMA user_version = "_s + before));
    }
    QVERIFY(QDir(store.paths().stateDir).entryList({u"*damaged*"_s}).isEmpty());
}

void TestStoreDamage::theLockSaysWhoHoldsIt()
{
    const QTemporaryDir dir;
    const QString state = dir.filePath(u"new/state"_s);
    {
        auto held = StateLock::acquire(state);
        QVERIFY(held);
        const auto second = StateLock::acquire(state);
        QVERIFY(!second);
        QVERIFY(second.error().code == ErrorCode::Busy);
        const QString who = u"pid "_s + QString::number(::getpid()) + u" since 20"_s;
        QVERIFY2(second.error().message.contains(who), qPrintable(second.error().message));
        QVERIFY2(second.error().message.contains(u"tst_store_damage"), qPrintable(second.error().message));
        const StateLock moved = std::move(*held);
        QVERIFY(!StateLock::acquire(state));
    }
    QVERIFY(StateLock::acquire(state));
}

void TestStoreDamage::killedInTheMiddleOfCommits()
{
    for (int round = 0; round < 5; ++round) {
        StoreFixture store;
        store.close();
        QProcess child;
        child.start(QCoreApplication::applicationFilePath(), {u"--commit-until-killed"_s, store.dir.path()});
        QVERIFY(child.waitForStarted());
        QByteArray output;
        while (output.count('\n') < 40 + 60 * round) {
            QVERIFY(child.waitForReadyRead(10'000));
            output += child.readAllStandardOutput();
        }
        child.kill();
        QVERIFY(child.waitForFinished());
        output += child.readAllStandardOutput();
        output.truncate(output.lastIndexOf('\n'));
        store.open();
        QVERIFY2(store.writer && !store.writer->health().damagedAndReplaced, qPrintable(store.error));
        const QStringList stored = unfinishedIds(store);
        const QSet<QString> ids(stored.cbegin(), stored.cend());
        for (const QByteArray &line : output.split('\n'))
            QVERIFY2(ids.contains(QString::fromLatin1(line)), line.constData());
        QCOMPARE(store.reader()->incidents({0, {}, {}, 1'000'000})->size(), ids.size()); // each transaction whole
    }
}

int main(int argc, char **argv)
{
    QCoreApplication app(argc, argv);
    if (app.arguments().value(1) == u"--commit-until-killed")
        return commitUntilKilled(app.arguments().value(2));
    TestStoreDamage test;
    return QTest::qExec(&test, argc, argv);
}
#include "tst_store_damage.moc"
