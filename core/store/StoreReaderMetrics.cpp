// What the samples were: for charts, and the newest of each series.
#include "core/store/Database.h"
#include "core/store/Rows.h"
#include "core/store/StoreReader.h"

namespace prunella {

using namespace Qt::StringLiterals;
using store::Database;

namespace {

constexpr qint64 minuteMs = 60'000, hourMs = 3'600'000;

/// Which table answers for which part of the time, oldest first: hours up to `hours`, minutes up to `minutes`, then raw.
struct Sources { qint64 hours = 0, minutes = 0; };

/// The finest that a point's width asks for, or what is left where raw samples are gone.
Sources chooseSources(const HistoryQuery &query, qint64 width, qint64 rawFrom, qint64 rolledTo)
{
    const qint64 minutesEnd = rolledTo * minuteMs, hoursEnd = minutesEnd / hourMs * hourMs;
    Sources sources{query.from, query.from};
    if (width >= hourMs)
        sources.hours = std::max(query.from, hoursEnd);
    // the minute in which raw samples begin is whole only in its roll-up
    const qint64 rawWhole = rawFrom % minuteMs == 0 ? rawFrom : (rawFrom / minuteMs + 1) * minuteMs;
    sources.minutes = width >= minuteMs ? minutesEnd : std::min(minutesEnd, rawWhole);
    sources.minutes = std::max(sources.hours, sources.minutes);
    return sources;
}

// One line of `at, low, mean, high, count` a stored row. A roll-up stands in the middle of its time. The values are bound
// once, in q: Qt takes no numbered placeholders.
const QString withRows =
    u"WITH q(series, start, hours, minutes, stop, width) AS (SELECT ?, ?, ?, ?, ?, ?), rows AS ("
    "SELECT min(stop, max(start, bucket * 3600000 + 1800000)) AS at, low, mean, high, count FROM q JOIN rollup_hour"
    " ON series_id = series AND bucket >= start / 3600000 AND bucket < hours / 3600000 AND bucket * 3600000 <= stop"
    " UNION ALL SELECT min(stop, max(start, bucket * 60000 + 30000)), low, mean, high, count FROM q JOIN rollup_minute"
    " ON series_id = series AND bucket >= hours / 60000 AND bucket < minutes / 60000 AND bucket * 60000 <= stop"
    " UNION ALL SELECT at, value, value, value, 1 FROM q JOIN samples"
    " ON series_id = series AND at >= minutes AND at <= stop) "_s;

HistoryPoint pointOf(const QSqlQuery &row)
{
    return {row.value(0).toLongLong(), row.value(1).toDouble(), row.value(2).toDouble(), row.value(3).toDouble()};
}

Result<QList<HistoryPoint>> readPoints(Database &db, qint64 series, const HistoryQuery &query)
{
    const qint64 width = std::max<qint64>(1, (query.to - query.from) / query.maxPoints + 1); // ms of one point
    const auto rawFrom = db.value(u"SELECT min(at) FROM samples WHERE series_id = ?"_s, {series});
    const auto rolledTo = db.value(u"SELECT value FROM meta WHERE key = 'rolled_to'"_s);
    if (!rawFrom || !rolledTo)
        return tl::unexpected(rawFrom ? rolledTo.error() : rawFrom.error());
    const qint64 rawSince = rawFrom->isNull() ? query.to + 1 : rawFrom->toLongLong();
    Sources sources = chooseSources(query, width, rawSince, rolledTo->toLongLong());
    if (rawSince <= query.from && width >= minuteMs) { // few raw samples need no roll-up: they are exact
        const auto raw = db.value(u"SELECT count(*) FROM samples WHERE series_id = ? AND at >= ? AND at <= ?"_s,
                                  {series, query.from, query.to});
        if (raw && raw->toInt() <= query.maxPoints)
            sources = {query.from, query.from};
    }
    const QVariantList binds{series, query.from, sources.hours, sources.minutes, query.to, width};
    const auto count = db.value(withRows + u"SELECT count(*) FROM rows"_s, binds);
    if (!count)
        return tl::unexpected(count.error());
    QList<HistoryPoint> points;
    const auto keep = [&points](const QSqlQuery &row) { points << pointOf(row); };
    const Status done = count->toInt() <= query.maxPoints
        ? db.run(withRows + u"SELECT at, low, mean, high FROM rows ORDER BY at"_s, binds, keep)
        : db.run(withRows + u"SELECT start + sum((at - start) * count) / sum(count), min(low),"
                            " sum(mean * count) / sum(count), max(high) FROM rows, q GROUP BY (at - start) / width ORDER BY 1"_s,
                 binds, keep);
    if (!done)
        return tl::unexpected(done.error());
    return points;
}

} // namespace

Result<QList<HistoryPoint>> StoreReader::history(const HistoryQuery &query)
{
    if (query.maxPoints < 1 || query.to < query.from)
        return failure(ErrorCode::Invalid, u"a history needs a time span and at least one point"_s);
    const auto db = metrics();
    if (!db)
        return tl::unexpected(db.error());
    const auto series = (*db)->value(u"SELECT id FROM series WHERE metric = ? AND labels = ?"_s,
                                     {store::text(query.key.metric), store::jsonText(toJson(query.key.labels))});
    auto points = series ? (series->isValid() ? readPoints(**db, series->toLongLong(), query) : Result<QList<HistoryPoint>>())
                         : tl::unexpected(series.error());
    if (!points)
        return failure(points.error().code, (*db)->path() + u" cannot be read: "_s + points.error().message);
    return points;
}

Result<QList<MetricRow>> StoreReader::latestMetrics()
{
    const auto db = metrics();
    if (!db)
        return tl::unexpected(db.error());
    QList<MetricRow> rows;
    auto done = (*db)->run(
        u"SELECT s.metric, s.labels, s.component, s.unit, x.value, x.at, c.status, c.warning, c.critical FROM series s"
        " JOIN samples x ON x.series_id = s.id AND x.at = (SELECT max(at) FROM samples WHERE series_id = s.id)"
        " LEFT JOIN series_context c ON c.series_id = s.id"
        " AND c.since = (SELECT max(since) FROM series_context WHERE series_id = s.id AND since <= x.at)"
        " ORDER BY s.metric, s.labels"_s,
        {}, [&rows](const QSqlQuery &row) {
            MetricRow metric{{row.value(0).toString(), labelsFromJson(store::jsonOf(row.value(1)))}, row.value(2).toString(),
                             row.value(4).toDouble(), row.value(3).toString(),
                             fromString<Health>(row.value(6).toString()).value_or(Health::Unknown), {}, {},
                             row.value(5).toLongLong()};
            if (!row.isNull(7))
                metric.warning = row.value(7).toDouble();
            if (!row.isNull(8))
                metric.critical = row.value(8).toDouble();
            rows << metric;
        });
    if (!done)
        return failure(done.error().code, (*db)->path() + u" cannot be read: "_s + done.error().message);
    return rows;
}

} // namespace prunella
