#include "core/monitoring/PrometheusHistogram.h"

#include <algorithm>
#include <cmath>

namespace prunella {
namespace {

/// Sorted by bound, one bucket a bound, counts that never fall (scrapes are not atomic, so they may by a little).
void tidy(std::vector<PromBucket> &buckets)
{
    std::erase_if(buckets, [](const PromBucket &bucket) { return std::isnan(bucket.bound) || !std::isfinite(bucket.count); });
    std::stable_sort(buckets.begin(), buckets.end(), [](const auto &a, const auto &b) { return a.bound < b.bound; });
    std::vector<PromBucket> merged;
    for (const PromBucket &bucket : buckets) {
        if (!merged.empty() && merged.back().bound == bucket.bound)
            merged.back().count += bucket.count; // le="1" beside le="1.0"
        else
            merged.push_back(bucket);
    }
    for (std::size_t i = 1; i < merged.size(); ++i)
        merged[i].count = std::max(merged[i].count, merged[i - 1].count);
    buckets = std::move(merged);
}

} // namespace

std::optional<double> histogramQuantile(double q, std::vector<PromBucket> buckets)
{
    tidy(buckets);
    if (buckets.size() < 2 || !(std::isinf(buckets.back().bound) && buckets.back().bound > 0) || buckets.back().count <= 0)
        return std::nullopt;
    double rank = q * buckets.back().count;
    const auto last = buckets.end() - 1;
    const auto holds = std::find_if(buckets.begin(), last, [&](const PromBucket &bucket) { return bucket.count >= rank; });
    if (holds == last)
        return (last - 1)->bound;
    if (holds == buckets.begin() && holds->bound <= 0)
        return holds->bound;
    double start = 0, count = holds->count;
    if (holds != buckets.begin()) {
        start = (holds - 1)->bound;
        count -= (holds - 1)->count;
        rank -= (holds - 1)->count;
    }
    return start + (holds->bound - start) * (rank / count);
}

} // namespace prunella
