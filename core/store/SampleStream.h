#pragma once
#include "core/base/Result.h"
#include "core/model/Sample.h"

#include <span>
#include <vector>

namespace prunella {

namespace store {
class Database;
}

/// One value of a series, by its place in SampleStream::series().
struct StreamedSample {
    qint64 at = 0;        ///< wall ms
    double value = 0;
    int series = 0;
    bool rolledUp = false; ///< the mean of a minute whose samples are gone; it stands in the minute's middle
};

/// All series' samples merged in time order, in batches of bounded size: raw where there are any, before that the means of
/// the minutes. Reads one state of the store, whatever a running engine writes meanwhile.
class SampleStream
{
public:
    struct Series {
        SeriesKey key;
        QString component, unit;
        qint64 id = 0;
        qint64 rawFrom = 0; ///< wall ms: before it only minutes are left
    };

    /// The database must outlive the stream.
    [[nodiscard]] static Result<SampleStream> open(store::Database &metrics, qint64 from, qint64 to);
    SampleStream(SampleStream &&other) noexcept;
    SampleStream &operator=(SampleStream &&) = delete;
    ~SampleStream();

    /// Ordered by metric and labels.
    [[nodiscard]] const std::vector<Series> &series() const { return m_series; }
    /// The next batch, valid until the next call; empty at the end. Equal times are in the order of the series.
    [[nodiscard]] Result<std::span<const StreamedSample>> next();

private:
    SampleStream(store::Database &metrics, qint64 from, qint64 to) : m_db(&metrics), m_next(from), m_to(to) {}
    [[nodiscard]] Status readSeries();
    [[nodiscard]] Status readBatch(qint64 from, qint64 to);

    store::Database *m_db;
    qint64 m_next, m_to, m_step = 0; ///< wall ms; ms of one batch
    std::vector<Series> m_series;
    std::vector<StreamedSample> m_batch, m_sorted;
};

} // namespace prunella
