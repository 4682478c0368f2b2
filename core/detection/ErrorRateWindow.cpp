#include "core/detection/ErrorRateWindow.h"

#include <algorithm>

namespace prunella {
namespace {

constexpr qint64 windowMs = 5 * 60'000, bucketMs = 1000, rateMs = 60'000, leastRateMs = 5000;
constexpr qint64 leastAnswers = 20;

} // namespace

ErrorRateWindow::Tally &ErrorRateWindow::at(qint64 monotonicMs)
{
    if (m_buckets.empty() || monotonicMs - m_buckets.back().startMs >= bucketMs)
        m_buckets.push_back({monotonicMs, {}});
    return m_buckets.back().tally;
}

/// What is old goes, as long as enough answers remain.
void ErrorRateWindow::drop(qint64 monotonicMs)
{
    while (monotonicMs - m_buckets.front().startMs > windowMs) {
        const Tally &oldest = m_buckets.front().tally;
        if (m_sum.total() - oldest.total() < leastAnswers)
            return;
        m_sum.answers -= oldest.answers;
        m_sum.bad -= oldest.bad;
        m_sum.count.requests -= oldest.count.requests;
        m_sum.count.errors -= oldest.count.errors;
        m_sum.count.clientErrors -= oldest.count.clientErrors;
        m_sum.count.throttled -= oldest.count.throttled;
        m_sum.count.lines -= oldest.count.lines;
        m_sum.count.errorLines -= oldest.count.errorLines;
        m_buckets.pop_front();
    }
}

void ErrorRateWindow::addAnswer(qint64 monotonicMs, bool ok)
{
    for (Tally *tally : {&at(monotonicMs), &m_sum}) {
        ++tally->answers;
        tally->bad += ok ? 0 : 1;
    }
    drop(monotonicMs);
}

void ErrorRateWindow::add(qint64 monotonicMs, const RequestCount &count)
{
    if (count == RequestCount()) {
        if (!m_buckets.empty())
            drop(monotonicMs);
        return;
    }
    if (m_firstRequestMs < 0 && count.requests > 0)
        m_firstRequestMs = monotonicMs;
    at(monotonicMs).count += count;
    m_sum.count += count;
    drop(monotonicMs);
}

std::optional<double> ErrorRateWindow::errorPercent() const
{
    const bool requests = m_sum.count.requests > 0;
    const qint64 all = m_sum.answers + (requests ? m_sum.count.requests : m_sum.count.lines);
    const qint64 bad = m_sum.bad + (requests ? m_sum.count.errors : m_sum.count.errorLines);
    return all < leastAnswers ? std::nullopt : std::optional(100.0 * double(bad) / double(all));
}

std::optional<double> ErrorRateWindow::shareOfRequests(qint64 part) const
{
    const qint64 all = m_sum.count.requests;
    return all < leastAnswers ? std::nullopt : std::optional(100.0 * double(part) / double(all));
}

std::optional<double> ErrorRateWindow::requestsPerSecond(qint64 monotonicMs) const
{
    const qint64 known = monotonicMs - m_firstRequestMs;
    if (m_firstRequestMs < 0 || known < leastRateMs)
        return std::nullopt;
    qint64 requests = 0;
    for (auto bucket = m_buckets.rbegin(); bucket != m_buckets.rend() && monotonicMs - bucket->startMs < rateMs; ++bucket)
        requests += bucket->tally.count.requests;
    return 1000.0 * double(requests) / double(std::min(known, rateMs));
}

} // namespace prunella
