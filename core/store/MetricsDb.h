#pragma once
#include "core/model/StoreQueries.h"
#include "core/store/Database.h"

#include <span>

namespace prunella::store {

/// metrics.db for its one writer: samples, what was said of them, roll-ups. May be lost without losing a decision.
class MetricsDb
{
public:
    static constexpr qint64 rawKeptMs = 48LL * 3600 * 1000;

    /// Opens or creates; a damaged database is moved aside and a fresh one is started.
    [[nodiscard]] static Result<MetricsDb> open(const QString &path, qint64 wallMs);

    /// All rows or none. A second value of one series at one time replaces the first.
    [[nodiscard]] Status write(std::span<const MetricRow> rows);

    /// Rolls up and forgets, one series a step, so that a commit need not wait long. Cheap when nothing is due.
    struct Upkeep {
        qint64 nowMs = 0, retentionMs = 0;
        qint64 fromMinute = 0, toMinute = 0; ///< buckets to roll up, `to` not included
        QList<qint64> series;                ///< still to be done
    };
    [[nodiscard]] Upkeep planUpkeep(qint64 nowMs, int retentionDays) const;
    [[nodiscard]] Status stepUpkeep(Upkeep &upkeep);
    /// After the last step: remembers how far it went, gives pages back, moves the log into the database.
    [[nodiscard]] Status finishUpkeep(const Upkeep &upkeep);

    [[nodiscard]] bool sawDamage() const { return m_db.sawDamage(); }
    [[nodiscard]] Database &database() { return m_db; }

private:
    struct Context {
        Health status = Health::Unknown;
        std::optional<double> warning, critical;
        bool operator==(const Context &) const = default;
    };
    struct Series {
        qint64 id = 0;
        QString component, unit;
        std::optional<Context> context; ///< the newest stored one
    };

    explicit MetricsDb(Database db) : m_db(std::move(db)) {}
    [[nodiscard]] Status prepare();
    [[nodiscard]] Status load();
    [[nodiscard]] Status prepareRow(const MetricRow &row, QVariantList &binds);
    [[nodiscard]] Status insertSamples(const QVariantList &binds);
    [[nodiscard]] Result<Series *> seriesOf(const MetricRow &row);
    [[nodiscard]] Status rollUp(qint64 series, qint64 fromMinute, qint64 toMinute);
    [[nodiscard]] Status expire(qint64 series, qint64 nowMs, qint64 retentionMs);
    [[nodiscard]] Status forgetEmptySeries();
    [[nodiscard]] Status saveRolledTo(qint64 minute);

    Database m_db;
    QHash<SeriesKey, Series> m_series;
    qint64 m_rolledTo = 0; ///< first minute bucket that is not rolled up
};

} // namespace prunella::store
