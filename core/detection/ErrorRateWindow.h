#pragma once
#include "core/detection/RequestCounter.h"

#include <deque>
#include <optional>

namespace prunella {

/// How large a share of a service's answers is bad, over the last 5 min, or over the last 20 answers where these are
/// older. Answers are those of health checks and of counted requests. Where no requests are counted, the lines of the
/// log stand for them; where they are, an error-level line mostly belongs to a request that failed and is not counted
/// again. Pure; a bucket a second, so its size does not depend on the load.
class ErrorRateWindow
{
public:
    void addAnswer(qint64 monotonicMs, bool ok);
    void add(qint64 monotonicMs, const RequestCount &count);

    /// Percent; nothing under 20 answers: one bad answer would already exceed the default limit of 5 %.
    [[nodiscard]] std::optional<double> errorPercent() const;
    /// Percent of the requests; nothing under 20 of them.
    [[nodiscard]] std::optional<double> clientErrorPercent() const { return shareOfRequests(m_sum.count.clientErrors); }
    [[nodiscard]] std::optional<double> throttledPercent() const { return shareOfRequests(m_sum.count.throttled); }
    /// Over the last minute; nothing before requests have been counted for 5 s.
    [[nodiscard]] std::optional<double> requestsPerSecond(qint64 monotonicMs) const;

private:
    struct Tally {
        qint64 answers = 0, bad = 0;
        RequestCount count;
        [[nodiscard]] qint64 total() const { return answers + count.requests + count.lines; }
    };
    struct Bucket { qint64 startMs; Tally tally; };
    [[nodiscard]] Tally &at(qint64 monotonicMs);
    void drop(qint64 monotonicMs);
    [[nodiscard]] std::optional<double> shareOfRequests(qint64 part) const;

    std::deque<Bucket> m_buckets;
    Tally m_sum;
    qint64 m_firstRequestMs = -1;
};

} // namespace prunella
