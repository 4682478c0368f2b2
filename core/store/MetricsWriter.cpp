#include "core/store/MetricsWriter.h"

#include "core/store/Files.h"

#include <QStorageInfo>

#include <iterator>

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 upkeepEveryMs = 300'000;

} // namespace

Status MetricsWriter::open(qint64 wallMs)
{
    auto db = MetricsDb::open(m_paths.metricsDb(), wallMs);
    if (db) {
        m_db.emplace(std::move(*db));
        return {};
    }
    m_trouble = db.error().message;
    if (db.error().code == ErrorCode::Invalid)
        return tl::unexpected(db.error());
    return {};
}

void MetricsWriter::add(std::vector<MetricRow> rows)
{
    // Sorted by series, a slice touches few pages of the table.
    std::stable_sort(rows.begin(), rows.end(), [](const MetricRow &a, const MetricRow &b) { return a.key < b.key; });
    m_pending.insert(m_pending.end(), std::make_move_iterator(rows.begin()), std::make_move_iterator(rows.end()));
    while (m_pending.size() > capacity) {
        m_pending.pop_front();
        ++m_dropped;
    }
}

bool MetricsWriter::writeSlice(qint64 wallMs)
{
    if (m_pending.empty())
        return false;
    if (!m_db) {
        if (!open(wallMs) || !m_db)
            return false;
    }
    const auto end = m_pending.begin() + std::ptrdiff_t(std::min(slice, m_pending.size()));
    const std::vector<MetricRow> rows(m_pending.begin(), end);
    if (const Status written = m_db->write(rows); !written) {
        failedWith(written.error(), wallMs);
        return false;
    }
    m_trouble.clear();
    m_pending.erase(m_pending.begin(), end);
    return !m_pending.empty();
}

void MetricsWriter::failedWith(const Error &error, qint64 wallMs)
{
    m_trouble = error.message;
    m_upkeep.reset();
    if (!m_db->sawDamage())
        return;
    m_db.reset(); // the next slice starts a fresh one
    if (const auto moved = moveAside(m_paths.metricsDb(), wallMs); !moved)
        m_trouble = moved.error().message;
}

bool MetricsWriter::upkeepStep(qint64 wallMs)
{
    if (!m_db || !isOk())
        return false;
    if (!m_upkeep) {
        if (qAbs(wallMs - m_lastUpkeepMs) < upkeepEveryMs) // a clock set back is a reason as well
            return false;
        m_lastUpkeepMs = wallMs;
        m_upkeep = m_db->planUpkeep(wallMs, m_retentionDays);
    }
    const bool last = m_upkeep->series.isEmpty();
    const Status done = last ? m_db->finishUpkeep(*m_upkeep) : m_db->stepUpkeep(*m_upkeep);
    if (!done) {
        failedWith(done.error(), wallMs);
        return false;
    }
    if (last)
        m_upkeep.reset();
    return !last;
}

QString MetricsWriter::text() const
{
    if (isOk())
        return {};
    QString text = u"metrics.db cannot be written: "_s + m_trouble;
    if (m_trouble == u"disk full"_s)
        text += u"; free space on "_s + QStorageInfo(m_paths.stateDir).rootPath();
    text += u"; "_s + QString::number(m_pending.size()) + u" samples are kept in memory"_s;
    if (m_dropped > 0)
        text += u", "_s + QString::number(m_dropped) + u" were dropped"_s;
    return text;
}

} // namespace prunella::store
