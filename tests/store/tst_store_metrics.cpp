// Samples: what is written, rolled up, forgotten, and read for a chart.
#include "StoreFixture.h"
#include "core/store/Database.h"
#include "core/store/MetricsDb.h"
#include "core/store/MetricsWriter.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QRandomGenerator>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;
using store::MetricsDb;

namespace {

constexpr qint64 minute = 60'000, hour = 3'600'000, day = 24 * hour;
constexpr qint64 start = 1'700'000'000'000 / day * day;

MetricRow row(const QString &metric, qint64 at, double value, Health status = Health::Healthy)
{
    return {{metric, {{u"path"_s, u"/"_s}}}, u"host"_s, value, u"%"_s, status, 80, 95, at};
}

/// A store of its own, driven step by step.
struct Bench {
    Bench() { reopen(); }
    void reopen()
    {
        db.reset();
        QFile journal(dir.filePath(u"prunella.db"_s));
        auto opened = MetricsDb::open(dir.filePath(u"metrics.db"_s), start);
        db.emplace(std::move(*opened));
    }
    void upkeep(qint64 now, int days = 30)
    {
        auto plan = db->planUpkeep(now, days);
        while (!plan.series.isEmpty())
            QVERIFY(db->stepUpkeep(plan));
        QVERIFY(db->finishUpkeep(plan));
    }
    [[nodiscard]] int count(const QString &table)
    {
        return db->database().value(u"SELECT count(*) FROM "_s + table)->toInt();
    }
    QTemporaryDir dir;
    std::optional<MetricsDb> db;
};

} // namespace

class TestStoreMetrics : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void latestAndPublicView();
    void statusIsKeptOverTime();
    void whatWasNotMeasuredIsNotStored();
    void rollUpsAreExact();
    void lateRowsAreRolledUpAgain();
    void oldSamplesGo();
    void historyHasAtMostMaxPoints();
    void historyMixesRollUpsAndRaw();
    void badHistoryQuestions();
    void samplesWaitForADiskAndAreBounded();
    void bytesPerRow();
};

void TestStoreMetrics::latestAndPublicView()
{
    StoreFixture store;
    store.writer->append({row(u"disk_usage"_s, start + 1000, 85.25, Health::Warning), row(u"disk_usage"_s, start, 70)});
    store.writer->append({MetricRow{{u"load"_s, {}}, u"host"_s, 2, {}, Health::Unknown, {}, {}, start + 5}});
    store.flush();
    const auto latest = *store.reader()->latestMetrics();
    QCOMPARE(latest.size(), 2);
    QCOMPARE(toString(latest[0].key), u"disk_usage{path=/}"_s);
    QCOMPARE(latest[0].value, 85.25);
    QCOMPARE(latest[0].at, start + 1000);
    QVERIFY(latest[0].status == Health::Warning);
    QCOMPARE(latest[0].critical.value_or(0), 95.0);
    QCOMPARE(latest[0].component, u"host"_s);
    QCOMPARE(latest[0].unit, u"%"_s);
    QVERIFY(!latest[1].warning && latest[1].status == Health::Unknown);

    auto db = Database::open(store.paths().metricsDb(), Database::Access::ReadOnly);
    int rows = 0;
    QVERIFY(db->run(u"SELECT id, metric_name, current_value, threshold_warning, threshold_critical, status, measured_at"
                    " FROM system_health_metrics WHERE metric_name = 'disk_usage' ORDER BY measured_at DESC LIMIT 1"_s, {},
                    [&](const QSqlQuery &query) {
                        ++rows;
                        QVERIFY(query.value(0).toLongLong() > 0);
                        QCOMPARE(query.value(2).toDouble(), 85.25);
                        QCOMPARE(query.value(3).toDouble(), 80.0);
                        QCOMPARE(query.value(5).toString(), u"warning"_s);
                        QCOMPARE(query.value(6).toString(), isoTime(start + 1000));
                    }));
    QCOMPARE(rows, 1);
}

void TestStoreMetrics::statusIsKeptOverTime()
{
    Bench bench;
    const std::vector rows{row(u"a"_s, start, 1), row(u"a"_s, start + 1, 90, Health::Warning), row(u"a"_s, start + 2, 91, Health::Warning)};
    QVERIFY(bench.db->write(rows));
    bench.reopen(); // what is stored already is not stored again
    const std::vector more{row(u"a"_s, start + 3, 92, Health::Warning), row(u"a"_s, start + 4, 1)};
    QVERIFY(bench.db->write(more));
    QCOMPARE(bench.count(u"series_context"_s), 3);
    QStringList words;
    QVERIFY(bench.db->database().run(u"SELECT status FROM system_health_metrics ORDER BY measured_at"_s, {},
                                     [&](const QSqlQuery &query) { words << query.value(0).toString(); }));
    QCOMPARE(words.join(u' '), u"healthy warning warning warning healthy"_s);
}

void TestStoreMetrics::whatWasNotMeasuredIsNotStored()
{
    Bench bench;
    const std::vector rows{row(u"a"_s, start, qQNaN()), row(u"a"_s, start, qInf()), row(u"a"_s, 0, 1), row(u"a"_s, start, 3),
                           row(u"a"_s, start, 4)};
    QVERIFY(bench.db->write(rows));
    QCOMPARE(bench.count(u"samples"_s), 1);
    QCOMPARE(bench.db->database().value(u"SELECT value FROM samples"_s)->toDouble(), 4.0);
}

void TestStoreMetrics::rollUpsAreExact()
{
    Bench bench;
    std::vector<MetricRow> rows;
    for (qint64 at = start; at < start + 2 * hour + 30 * minute; at += 10'000)
        rows.push_back(row(u"a"_s, at, double(at - start) / 1000));
    QVERIFY(bench.db->write(rows));
    bench.upkeep(start + hour + 10 * minute);
    bench.upkeep(start + 2 * hour + 30 * minute);
    QCOMPARE(bench.count(u"rollup_hour"_s), 2);
    QVERIFY(bench.db->database().run(u"SELECT low, mean, high, count FROM rollup_minute WHERE bucket = ?"_s, {start / minute + 61},
                                     [](const QSqlQuery &query) {
                                         QCOMPARE(query.value(0).toDouble(), 3660.0);
                                         QCOMPARE(query.value(1).toDouble(), 3685.0);
                                         QCOMPARE(query.value(2).toDouble(), 3710.0);
                                         QCOMPARE(query.value(3).toInt(), 6);
                                     }));
    QVERIFY(bench.db->database().run(u"SELECT low, mean, high, count FROM rollup_hour WHERE bucket = ?"_s, {start / hour + 1},
                                     [](const QSqlQuery &query) {
                                         QCOMPARE(query.value(0).toDouble(), 3600.0);
                                         QCOMPARE(query.value(1).toDouble(), 5395.0);
                                         QCOMPARE(query.value(2).toDouble(), 7190.0);
                                         QCOMPARE(query.value(3).toInt(), 360);
                                     }));
}

void TestStoreMetrics::lateRowsAreRolledUpAgain()
{
    Bench bench;
    const std::vector first{row(u"a"_s, start + 1000, 10), row(u"a"_s, start + 2 * hour, 1)};
    QVERIFY(bench.db->write(first));
    bench.upkeep(start + 2 * hour + minute);
    const std::vector late{row(u"a"_s, start + 2000, 30)};
    QVERIFY(bench.db->write(late));
    bench.reopen();
    bench.upkeep(start + 2 * hour + 6 * minute);
    for (const QString &table : {u"rollup_minute"_s, u"rollup_hour"_s})
        QCOMPARE(bench.db->database().value(u"SELECT mean FROM "_s + table + u" ORDER BY bucket LIMIT 1"_s)->toDouble(), 20.0);
}

void TestStoreMetrics::oldSamplesGo()
{
    Bench bench;
    std::vector<MetricRow> rows;
    for (qint64 at = start; at < start + 3 * day; at += 10 * minute)
        rows.push_back(row(u"a"_s, at, 1));
    rows.push_back(row(u"gone"_s, start, 1));
    QVERIFY(bench.db->write(rows));
    bench.upkeep(start + day); // while the first day is still raw
    bench.upkeep(start + 3 * day);
    QCOMPARE(bench.count(u"samples"_s), 2 * 144);
    QCOMPARE(bench.count(u"rollup_minute"_s), 3 * 144 + 1);
    QCOMPARE(bench.count(u"series"_s), 2);
    bench.upkeep(start + 4 * day, 2);
    QCOMPARE(bench.count(u"rollup_minute"_s), 144);
    QCOMPARE(bench.count(u"series"_s), 1);
    const std::vector again{row(u"gone"_s, start + 4 * day, 1)};
    QVERIFY(bench.db->write(again)); // it may come back
    QCOMPARE(bench.count(u"series"_s), 2);
    bench.upkeep(start + 40 * day, 2);
    QCOMPARE(bench.count(u"samples"_s) + bench.count(u"series"_s) + bench.count(u"series_context"_s), 0);
}

void TestStoreMetrics::historyHasAtMostMaxPoints()
{
    StoreFixture store;
    QList<MetricRow> rows;
    for (int i = 0; i < 3600; ++i)
        rows << row(u"a"_s, start + i * 1000, i);
    store.writer->append(rows);
    store.flush();
    const auto reader = store.reader();
    const SeriesKey key = rows[0].key;
    const auto few = *reader->history({key, start, start + 59'999, 600});
    QCOMPARE(few.size(), 60);
    QCOMPARE(few[7].at, start + 7000);
    QCOMPARE(few[7].low, 7.0);
    QCOMPARE(few[7].high, 7.0);
    for (const int points : {1, 7, 600, 3599}) {
        const auto many = *reader->history({key, start, start + hour, points});
        QVERIFY2(many.size() <= points && many.size() >= points / 2, qPrintable(QString::number(many.size())));
        QCOMPARE(many.first().low, 0.0);
        QCOMPARE(many.last().high, 3599.0);
        for (int i = 1; i < many.size(); ++i)
            QVERIFY(many[i].at > many[i - 1].at && many[i].low <= many[i].mean && many[i].mean <= many[i].high);
    }
}

void TestStoreMetrics::historyMixesRollUpsAndRaw()
{
    StoreFixture store;
    store.close();
    const qint64 end = start + 4 * day;
    {
        auto db = MetricsDb::open(store.paths().metricsDb(), start);
        QVERIFY(db);
        for (int d = 0; d < 4; ++d) {
            std::vector<MetricRow> rows;
            for (qint64 at = start + d * day; at < start + (d + 1) * day; at += 30'000)
                rows.push_back(row(u"a"_s, at, double((at - start) / 1000)));
            QVERIFY(db->write(rows));
            auto plan = db->planUpkeep(start + (d + 1) * day - 5 * minute, 30);
            while (!plan.series.isEmpty())
                QVERIFY(db->stepUpkeep(plan));
            QVERIFY(db->finishUpkeep(plan));
        }
    }
    const auto reader = store.reader();
    const SeriesKey key = row(u"a"_s, 0, 0).key;
    for (const int points : {50, 600, 100'000}) { // hours, minutes, raw where there is some
        const auto history = *reader->history({key, start, end, points});
        QVERIFY2(!history.isEmpty() && history.size() <= points, qPrintable(QString::number(history.size())));
        QVERIFY(history.size() >= 40);
        QCOMPARE(history.first().low, 0.0);
        QCOMPARE(history.last().high, double((end - start) / 1000 - 30));
        for (int i = 1; i < history.size(); ++i) {
            QVERIFY(history[i].at > history[i - 1].at);
            QVERIFY(history[i].mean > history[i - 1].mean); // the values only grow: nothing is counted twice
        }
    }
    QVERIFY(reader->history({key, start, end, 100'000})->size() > 2 * 2880); // two days of raw samples are in it
}

void TestStoreMetrics::badHistoryQuestions()
{
    StoreFixture store;
    const auto reader = store.reader();
    QVERIFY(reader->history({{u"none"_s, {}}, 0, 1000, 10})->isEmpty());
    QVERIFY(!reader->history({{u"none"_s, {}}, 0, 1000, 0}));
    QVERIFY(!reader->history({{u"none"_s, {}}, 1000, 0, 10}));
    store.close();
    QFile::remove(store.paths().metricsDb());
    const auto gone = store.reader()->latestMetrics();
    QVERIFY(!gone);
    QVERIFY2(gone.error().message.contains(store.paths().metricsDb()), qPrintable(gone.error().message));
}

void TestStoreMetrics::samplesWaitForADiskAndAreBounded()
{
    StoreFixture store;
    store.close();
    store::MetricsWriter writer(store.paths(), 30);
    QVERIFY(writer.open(start));
    std::vector<MetricRow> rows;
    for (std::size_t i = 0; i < store::MetricsWriter::capacity + 100; ++i)
        rows.push_back(row(u"a"_s, start + qint64(i), double(i)));
    {
        auto other = Database::open(store.paths().metricsDb(), Database::Access::ReadWrite);
        QVERIFY(other && other->exec(u"BEGIN IMMEDIATE"_s));
        writer.add(rows);
        QVERIFY(!writer.writeSlice(start));
        QVERIFY(!writer.isOk());
        QCOMPARE(writer.dropped(), 100);
        QVERIFY2(writer.text().contains(u"50000 samples are kept in memory, 100 were dropped"), qPrintable(writer.text()));
        QVERIFY(!writer.upkeepStep(start));
    }
    while (writer.writeSlice(start)) { }
    QVERIFY(writer.isOk() && writer.text().isEmpty());
    const auto newest = store.reader()->latestMetrics();
    QCOMPARE(newest->first().value, double(store::MetricsWriter::capacity + 99));
}

void TestStoreMetrics::bytesPerRow()
{
    constexpr int series = 200, seconds = 3600;
    StoreFixture store;
    QRandomGenerator random(5);
    QElapsedTimer timer;
    timer.start();
    for (int second = 0; second < seconds; ++second) {
        QList<MetricRow> rows;
        for (int i = 0; i < series; ++i)
            rows << row(u"metric_%1"_s.arg(i), start + second * 1000 + i % 20, random.generateDouble() * 100);
        store.writer->append(rows);
        if (second % 10 == 9)
            store.flush();
    }
    const double took = double(timer.elapsed());
    store.clock->jumpWall(start + 2 * hour - store.clock->now().wallMs);
    store.close();
    auto db = Database::open(store.paths().metricsDb(), Database::Access::ReadWrite);
    const double count = db->value(u"SELECT count(*) FROM samples"_s)->toDouble();
    QCOMPARE(count, double(series * seconds));
    const double pages = db->value(u"SELECT count(*) FROM dbstat WHERE name = 'samples'"_s).value_or(QVariant(0)).toDouble();
    const double bytes = pages > 0 ? pages * 4096 : double(QFileInfo(store.paths().metricsDb()).size());
    qInfo("%.1f bytes a row for %d series x 1 h (whole file %.1f), %.2f s of writing", bytes / count, series,
          double(QFileInfo(store.paths().metricsDb()).size()) / count, took / 1000);
    QVERIFY(bytes / count < 30);
}

QTEST_GUILESS_MAIN(TestStoreMetrics)
#include "tst_store_metrics.moc"
