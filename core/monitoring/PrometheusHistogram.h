#pragma once
#include <optional>
#include <vector>

namespace prunella {

/// `count` observations were at most `bound`; the last bucket's bound is +Inf.
struct PromBucket { double bound = 0; double count = 0; };

/// The q-quantile (0 < q < 1) as Prometheus's histogram_quantile computes it: linear within the bucket that holds it,
/// from 0 in the lowest one when its bound is positive, the second highest bound when it lies in the highest one.
/// Buckets come in any order; counts that fall are raised to the one before. Nothing without a +Inf bucket, with fewer
/// than two buckets, or without observations.
[[nodiscard]] std::optional<double> histogramQuantile(double q, std::vector<PromBucket> buckets);

} // namespace prunella
