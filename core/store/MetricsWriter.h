#pragma once
#include "core/store/MetricsDb.h"
#include "core/store/StorePaths.h"

#include <atomic>
#include <deque>
#include <vector>

namespace prunella::store {

/// Samples on their way into metrics.db: kept in memory, bounded, while it cannot be written. One thread.
class MetricsWriter
{
public:
    static constexpr std::size_t capacity = 50'000;  ///< rows in memory; the oldest go
    static constexpr std::size_t slice = 500;        ///< rows a transaction: about a millisecond

    MetricsWriter(StorePaths paths, int retentionDays) : m_paths(std::move(paths)), m_retentionDays(retentionDays) {}
    /// From any thread.
    void setRetentionDays(int days) { m_retentionDays = days; }

    /// An error only for a database of a newer version; everything else is tried again.
    [[nodiscard]] Status open(qint64 wallMs);
    void add(std::vector<MetricRow> rows);
    void countDropped(std::size_t rows) { m_dropped += rows; }
    /// One slice; true when there is more that can be written now.
    [[nodiscard]] bool writeSlice(qint64 wallMs);
    /// One step of rolling up and forgetting; true when there is more.
    [[nodiscard]] bool upkeepStep(qint64 wallMs);

    [[nodiscard]] bool isOk() const { return m_trouble.isEmpty(); }
    [[nodiscard]] qint64 dropped() const { return qint64(m_dropped); }
    [[nodiscard]] QString path() const { return m_paths.metricsDb(); }
    [[nodiscard]] QString text() const;

private:
    void failedWith(const Error &error, qint64 wallMs);

    StorePaths m_paths;
    std::atomic<int> m_retentionDays;
    std::optional<MetricsDb> m_db;
    std::deque<MetricRow> m_pending;
    std::size_t m_dropped = 0;
    QString m_trouble;
    std::optional<MetricsDb::Upkeep> m_upkeep;
    qint64 m_lastUpkeepMs = 0;
};

} // namespace prunella::store
