// A week of 200 series at one sample every 30 s through the backtest, all of it raw: the hardest case, because a real store
// keeps raw samples for two days and minutes after that. usage (release build, one core):
//   taskset -c 0 build/release/bin/bench_backtest           SERIES=200 DAYS=7 by default
#include "core/engine/Backtest.h"
#include "core/store/Database.h"
#include "core/store/StoreWriter.h"

#include <QElapsedTimer>
#include <QTemporaryDir>
#include <QTest>

#include <cstdio>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 intervalMs = 30'000, dayMs = 86'400'000;
constexpr qint64 end = 1'760'000'000'000;

int numberOf(const char *name, int standard)
{
    return std::max(1, qEnvironmentVariable(name, QString::number(standard)).toInt());
}

/// Noise around 40, and every 20th series goes up to 95 for a quarter of an hour once a day.
bool fill(const QString &stateDir, int series, int days)
{
    {
        const auto writer = StoreWriter::open({stateDir, stateDir}, 30, std::make_shared<ManualClock>(end));
        if (!writer)
            return false;
    }
    auto db = store::Database::open(stateDir + u"/metrics.db"_s, store::Database::Access::ReadWrite);
    const qint64 samples = days * dayMs / intervalMs;
    return db && db->transaction([&]() -> Status {
        const QString numbers = u"WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ? - 1) "_s;
        Status done = db->run(numbers + u"INSERT INTO series(id, metric, labels, component, unit) SELECT i + 1, 'queue_depth',"
                                        " json_object('queue', 'q' || i), 'host', '' FROM n"_s, {series});
        for (int id = 1; done && id <= series; ++id) {
            done = db->run(numbers + u"INSERT INTO samples SELECT ?, ? + i * 30000, 40 + ((i * 7919 + ? * 104729) % 1000) / 100.0"
                                     " + (CASE WHEN ? % 20 = 0 AND i % 2880 BETWEEN 1000 AND 1030 THEN 50 ELSE 0 END) FROM n"_s,
                           {samples, id, end - samples * intervalMs, id, id});
        }
        return done;
    }).has_value();
}

} // namespace

class BenchBacktest : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void week();
};

void BenchBacktest::week()
{
    const int series = numberOf("SERIES", 200), days = numberOf("DAYS", 7);
    const QTemporaryDir dir;
    QVERIFY(fill(dir.path(), series, days));
    BacktestOptions options;
    options.stateDir = dir.path();
    options.sinceMs = days * dayMs;
    options.config.mode = Mode::Automatic;
    ThresholdConfig limit;
    limit.metric = u"queue_depth"_s;
    limit.warning = 80;
    options.config.thresholds = {limit};
    for (int round = 1; round <= 2; ++round) { // the second finds the file in the page cache
        QElapsedTimer timer;
        timer.start();
        const auto report = runBacktest(options);
        QVERIFY2(report, report ? "" : qPrintable(report.error().message));
        QCOMPARE(report->basis.samples, qint64(series) * days * dayMs / intervalMs);
        QCOMPARE_GE(report->added, series / 20 * days); // what goes over the limit, and what else is unusual
        std::printf("%lld samples of %d series, %d incidents: %.2f s, %.0f ns a sample\n", report->basis.samples, series, report->added,
                    double(timer.elapsed()) / 1000, double(timer.nsecsElapsed()) / double(report->basis.samples));
    }
}

QTEST_GUILESS_MAIN(BenchBacktest)
#include "bench_backtest.moc"
