#include "core/store/MetricsDb.h"

#include "core/store/Files.h"
#include "core/store/Rows.h"
#include "core/store/Schema.h"

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 minuteMs = 60'000, hourMinutes = 60, hourMs = 3'600'000, dayMs = 24 * hourMs;

/// Samples arrive up to so late without a second roll-up of their minute.
constexpr qint64 lateMs = 30'000;

QVariant numberOrNull(const std::optional<double> &value)
{
    return value ? QVariant(*value) : QVariant(QMetaType::fromType<double>());
}

} // namespace

Result<MetricsDb> MetricsDb::open(const QString &path, qint64 wallMs)
{
    bool moved = false;
    for (;;) {
        if (auto file = ensurePrivateFile(path); !file)
            return tl::unexpected(file.error());
        auto database = Database::open(path, Database::Access::ReadWrite);
        if (!database)
            return tl::unexpected(database.error());
        MetricsDb metrics(std::move(*database));
        const Status ready = metrics.prepare();
        if (ready)
            return metrics;
        if (!metrics.sawDamage() || moved)
            return tl::unexpected(ready.error());
        {
            const Database closing(std::move(metrics.m_db)); // before the rename
        }
        if (const auto away = moveAside(path, wallMs); !away)
            return tl::unexpected(away.error());
        moved = true;
    }
}

Status MetricsDb::prepare()
{
    // No quick_check: it reads the whole file, which may have a gigabyte. Damage is also seen when it is met.
    for (const QString &pragma : {u"PRAGMA auto_vacuum = INCREMENTAL"_s, u"PRAGMA journal_mode = WAL"_s,
                                  u"PRAGMA synchronous = NORMAL"_s}) {
        if (auto done = m_db.exec(pragma); !done)
            return done;
    }
    if (auto done = migrate(m_db, metricsMigrations()); !done)
        return done;
    return load();
}

Status MetricsDb::load()
{
    m_series.clear();
    Status done = m_db.run(
        u"SELECT s.id, s.metric, s.labels, s.component, s.unit, c.status, c.warning, c.critical FROM series s"
        " LEFT JOIN series_context c ON c.series_id = s.id"
        " AND c.since = (SELECT max(since) FROM series_context WHERE series_id = s.id)"_s,
        {}, [this](const QSqlQuery &row) {
            Series series{row.value(0).toLongLong(), row.value(3).toString(), row.value(4).toString(), {}};
            if (!row.isNull(5)) {
                Context context{fromString<Health>(row.value(5).toString()).value_or(Health::Unknown), {}, {}};
                if (!row.isNull(6))
                    context.warning = row.value(6).toDouble();
                if (!row.isNull(7))
                    context.critical = row.value(7).toDouble();
                series.context = context;
            }
            m_series.insert({row.value(1).toString(), labelsFromJson(jsonOf(row.value(2)))}, series);
        });
    if (!done)
        return done;
    const auto rolled = m_db.value(u"SELECT value FROM meta WHERE key = 'rolled_to'"_s);
    if (!rolled)
        return tl::unexpected(rolled.error());
    m_rolledTo = rolled->toLongLong();
    return {};
}

Status MetricsDb::write(std::span<const MetricRow> rows)
{
    const qint64 rolledTo = m_rolledTo;
    const Status done = m_db.transaction([&]() -> Status {
        qint64 oldest = m_rolledTo;
        QVariantList binds;
        for (const MetricRow &row : rows) {
            if (auto prepared = prepareRow(row, binds); !prepared)
                return prepared;
            oldest = std::min(oldest, row.at / minuteMs);
        }
        if (auto written = insertSamples(binds); !written)
            return written;
        // rows that were long kept in memory: their minutes are rolled up once more
        return oldest < m_rolledTo ? saveRolledTo(oldest) : Status();
    });
    if (done)
        return done;
    m_rolledTo = rolledTo;
    // Ids and contexts remembered in this transaction were rolled back with it.
    if (!sawDamage())
        static_cast<void>(load().has_value());
    return done;
}

Result<MetricsDb::Series *> MetricsDb::seriesOf(const MetricRow &row)
{
    Series &series = m_series[row.key];
    if (series.id != 0 && series.component == row.component && series.unit == row.unit)
        return &series;
    const auto id = m_db.value(u"INSERT INTO series(metric, labels, component, unit) VALUES (?, ?, ?, ?)"
                               " ON CONFLICT(metric, labels) DO UPDATE SET component = excluded.component,"
                               " unit = excluded.unit RETURNING id"_s,
                               {text(row.key.metric), jsonText(toJson(row.key.labels)), text(row.component), text(row.unit)});
    if (!id) {
        m_series.remove(row.key);
        return tl::unexpected(id.error());
    }
    series.id = id->toLongLong();
    series.component = row.component;
    series.unit = row.unit;
    return &series;
}

/// What must be known before the sample: its series, and what is said of it when that has changed.
Status MetricsDb::prepareRow(const MetricRow &row, QVariantList &binds)
{
    if (!qIsFinite(row.value) || row.at <= 0)
        return {}; // not measured
    const auto series = seriesOf(row);
    if (!series)
        return tl::unexpected(series.error());
    const Context context{row.status, row.warning, row.critical};
    if ((*series)->context != context) {
        auto done = m_db.run(u"INSERT OR REPLACE INTO series_context(series_id, since, status, warning, critical)"
                             " VALUES (?, ?, ?, ?, ?)"_s,
                             {(*series)->id, row.at, toString(row.status), numberOrNull(row.warning), numberOrNull(row.critical)});
        if (!done)
            return done;
        (*series)->context = context;
    }
    binds << (*series)->id << row.at << row.value;
    return {};
}

// Many rows a statement: Qt's part of the work counts by statement and is more than SQLite's.
Status MetricsDb::insertSamples(const QVariantList &binds)
{
    constexpr qsizetype columns = 3, rowsAtOnce = 100;
    static const QString one = u"INSERT OR REPLACE INTO samples(series_id, at, value) VALUES (?, ?, ?)"_s;
    static const QString many = one + u", (?, ?, ?)"_s.repeated(rowsAtOnce - 1);
    for (qsizetype next = 0; next < binds.size();) {
        const bool full = binds.size() - next >= columns * rowsAtOnce;
        const qsizetype count = full ? columns * rowsAtOnce : columns;
        if (auto done = m_db.run(full ? many : one, binds.mid(next, count)); !done)
            return done;
        next += count;
    }
    return {};
}

Status MetricsDb::saveRolledTo(qint64 minute)
{
    auto done = m_db.run(u"INSERT OR REPLACE INTO meta(key, value) VALUES ('rolled_to', ?)"_s, {minute});
    if (done)
        m_rolledTo = minute;
    return done;
}

MetricsDb::Upkeep MetricsDb::planUpkeep(qint64 nowMs, int retentionDays) const
{
    Upkeep upkeep{nowMs, retentionDays * dayMs, 0, (nowMs - lateMs) / minuteMs, {}};
    upkeep.fromMinute = std::max(m_rolledTo, (nowMs - rawKeptMs) / minuteMs);
    for (const Series &series : m_series)
        upkeep.series << series.id;
    return upkeep;
}

Status MetricsDb::stepUpkeep(Upkeep &upkeep)
{
    if (upkeep.series.isEmpty())
        return {};
    const qint64 series = upkeep.series.takeLast();
    return m_db.transaction([&]() -> Status {
        if (auto done = rollUp(series, upkeep.fromMinute, upkeep.toMinute); !done)
            return done;
        return expire(series, upkeep.nowMs, upkeep.retentionMs);
    });
}

Status MetricsDb::rollUp(qint64 series, qint64 fromMinute, qint64 toMinute)
{
    auto done = m_db.run(u"INSERT OR REPLACE INTO rollup_minute SELECT series_id, at / 60000, min(value), avg(value),"
                         " max(value), count(*) FROM samples WHERE series_id = ? AND at >= ? AND at < ? GROUP BY at / 60000"_s,
                         {series, fromMinute * minuteMs, toMinute * minuteMs});
    if (!done)
        return done;
    // whole hours only; the reader takes minutes for the rest
    return m_db.run(u"INSERT OR REPLACE INTO rollup_hour SELECT series_id, bucket / 60, min(low),"
                    " sum(mean * count) / sum(count), max(high), sum(count) FROM rollup_minute"
                    " WHERE series_id = ? AND bucket >= ? AND bucket < ? GROUP BY bucket / 60"_s,
                    {series, fromMinute / hourMinutes * hourMinutes, toMinute / hourMinutes * hourMinutes});
}

Status MetricsDb::expire(qint64 series, qint64 nowMs, qint64 retentionMs)
{
    const qint64 rawFrom = nowMs - std::min(rawKeptMs, retentionMs), rolledFrom = nowMs - retentionMs;
    Status done = m_db.run(u"DELETE FROM samples WHERE series_id = ? AND at < ?"_s, {series, rawFrom});
    if (done)
        done = m_db.run(u"DELETE FROM rollup_minute WHERE series_id = ? AND bucket < ?"_s, {series, rolledFrom / minuteMs});
    if (done)
        done = m_db.run(u"DELETE FROM rollup_hour WHERE series_id = ? AND bucket < ?"_s, {series, rolledFrom / hourMs});
    if (done) // the context that held when the raw samples begin is still needed
        done = m_db.run(u"DELETE FROM series_context WHERE series_id = ? AND since < (SELECT max(since) FROM"
                        " series_context WHERE series_id = ? AND since <= ?)"_s, {series, series, rawFrom});
    return done;
}

Status MetricsDb::forgetEmptySeries()
{
    QList<qint64> empty;
    Status done = m_db.run(u"SELECT id FROM series WHERE NOT EXISTS (SELECT 1 FROM samples WHERE series_id = id)"
                           " AND NOT EXISTS (SELECT 1 FROM rollup_minute WHERE series_id = id)"
                           " AND NOT EXISTS (SELECT 1 FROM rollup_hour WHERE series_id = id)"_s,
                           {}, [&empty](const QSqlQuery &row) { empty << row.value(0).toLongLong(); });
    for (const qint64 id : empty) {
        if (done)
            done = m_db.run(u"DELETE FROM series_context WHERE series_id = ?"_s, {id});
        if (done)
            done = m_db.run(u"DELETE FROM series WHERE id = ?"_s, {id});
    }
    m_series.removeIf([&empty](auto entry) { return empty.contains(entry.value().id); });
    return done;
}

Status MetricsDb::finishUpkeep(const Upkeep &upkeep)
{
    Status done;
    if (upkeep.toMinute > m_rolledTo)
        done = saveRolledTo(upkeep.toMinute);
    if (done)
        done = forgetEmptySeries();
    if (done)
        done = m_db.run(u"PRAGMA incremental_vacuum(500)"_s, {}, [](const QSqlQuery &) {});
    if (done)
        done = m_db.run(u"PRAGMA wal_checkpoint(PASSIVE)"_s);
    return done;
}

} // namespace prunella::store
