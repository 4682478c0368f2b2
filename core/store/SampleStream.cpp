#include "core/store/SampleStream.h"

#include "core/store/Database.h"
#include "core/store/Rows.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 minuteMs = 60'000, hourMs = 3'600'000;
constexpr qint64 seriesHours = 400; ///< one batch: so many hours of one series, some 50 000 samples at one every 30 s

const QString selectRaw = u"SELECT at, value FROM samples WHERE series_id = ? AND at >= ? AND at < ? ORDER BY at"_s;
const QString selectMinutes = u"SELECT bucket * 60000 + 30000, mean FROM rollup_minute"
                               " WHERE series_id = ? AND bucket >= ? AND bucket < ? ORDER BY bucket"_s;

qint64 minutesUpTo(qint64 wallMs) { return (wallMs + minuteMs / 2 - 1) / minuteMs; } ///< buckets whose middle is before

} // namespace

Result<SampleStream> SampleStream::open(store::Database &metrics, qint64 from, qint64 to)
{
    SampleStream stream(metrics, from, to);
    Status ready = metrics.run(u"BEGIN"_s); // reads one state to the end
    if (ready)
        ready = stream.readSeries();
    if (!ready)
        return failure(ready.error().code, metrics.path() + u" cannot be read: "_s + ready.error().message);
    stream.m_step = std::clamp(seriesHours * hourMs / std::max<qint64>(1, qint64(stream.m_series.size())), minuteMs, 24 * hourMs);
    return stream;
}

SampleStream::SampleStream(SampleStream &&other) noexcept
    : m_db(std::exchange(other.m_db, nullptr)), m_next(other.m_next), m_to(other.m_to), m_step(other.m_step),
      m_series(std::move(other.m_series)), m_batch(std::move(other.m_batch)), m_sorted(std::move(other.m_sorted))
{
}

SampleStream::~SampleStream()
{
    if (m_db)
        static_cast<void>(m_db->run(u"COMMIT"_s).has_value()); // ends a read; there is nothing to lose
}

Status SampleStream::readSeries()
{
    const auto rolled = m_db->value(u"SELECT value FROM meta WHERE key = 'rolled_to'"_s);
    if (!rolled)
        return tl::unexpected(rolled.error());
    const qint64 rolledTo = rolled->toLongLong() * minuteMs;
    return m_db->run(u"SELECT id, metric, labels, component, unit, (SELECT min(at) FROM samples WHERE series_id = id),"
                     " (SELECT min(bucket) * 60000 FROM rollup_minute WHERE series_id = id) FROM series ORDER BY metric, labels"_s,
                     {}, [&](const QSqlQuery &row) {
                         // of older samples only minutes are left; then the one in which raw samples begin is whole only there
                         const qint64 first = row.value(5).toLongLong();
                         const bool cut = !row.isNull(6) && row.value(6).toLongLong() + minuteMs <= first;
                         const qint64 whole = row.isNull(5) ? rolledTo : cut ? (first + minuteMs - 1) / minuteMs * minuteMs : 0;
                         m_series.push_back({{row.value(1).toString(), labelsFromJson(store::jsonOf(row.value(2)))}, row.value(3).toString(),
                                             row.value(4).toString(), row.value(0).toLongLong(), std::min(whole, rolledTo)});
                     });
}

Result<std::span<const StreamedSample>> SampleStream::next()
{
    m_batch.clear();
    while (m_batch.empty() && m_next < m_to) {
        const qint64 from = m_next;
        m_next = std::min(m_to, from + m_step);
        if (auto read = readBatch(from, m_next); !read)
            return failure(read.error().code, m_db->path() + u" cannot be read: "_s + read.error().message);
    }
    return std::span<const StreamedSample>(m_batch);
}

Status SampleStream::readBatch(qint64 from, qint64 to)
{
    std::vector<std::size_t> ends; // each series' samples are in order already: only to be merged
    for (std::size_t i = 0; i < m_series.size(); ++i) {
        const Series &series = m_series[i];
        const auto keep = [&](bool rolledUp) {
            return [this, i, rolledUp](const QSqlQuery &row) { m_batch.push_back({row.value(0).toLongLong(), row.value(1).toDouble(), int(i), rolledUp}); };
        };
        if (from < series.rawFrom) {
            const qint64 end = std::min(to, series.rawFrom);
            if (auto read = m_db->run(selectMinutes, {series.id, minutesUpTo(from), minutesUpTo(end)}, keep(true)); !read)
                return read;
        }
        if (to > series.rawFrom) {
            if (auto read = m_db->run(selectRaw, {series.id, std::max(from, series.rawFrom), to}, keep(false)); !read)
                return read;
        }
        ends.push_back(m_batch.size());
    }
    const auto earlier = [](const StreamedSample &a, const StreamedSample &b) { return a.at < b.at; };
    while (ends.size() > 1) { // pairs of neighbours, so that equal times keep the order of the series
        std::vector<std::size_t> merged;
        m_sorted.resize(m_batch.size());
        std::size_t begin = 0;
        for (std::size_t i = 0; i < ends.size(); i += 2) {
            const std::size_t middle = ends[i], end = i + 1 < ends.size() ? ends[i + 1] : middle;
            const auto at = [this](std::size_t place) { return m_batch.begin() + std::ptrdiff_t(place); };
            std::merge(at(begin), at(middle), at(middle), at(end), m_sorted.begin() + std::ptrdiff_t(begin), earlier);
            merged.push_back(end);
            begin = end;
        }
        m_batch.swap(m_sorted);
        ends.swap(merged);
    }
    return {};
}

} // namespace prunella
