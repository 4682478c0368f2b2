#pragma once

#include <algorithm>
#include <cmath>

namespace prunella {

/// Empirical tail of one non-negative statistic: counts in logarithmic bins, eight an octave. Gives the probability of a
/// value at least as large, never under 1/(n+1): no shape of the distribution is assumed.
struct TailRank {
    static constexpr int kBins = 40;
    static constexpr double kSmallest = 0.5;         ///< upper edge of the first bin
    static constexpr float kHalveFirst = 1'024.0f;   ///< samples; then all counts are halved (forgetting), next at four times
    static constexpr float kHalveAt = 65'536.0f;     ///< as many, up to here

    float bins[kBins];
    float total;
    float halveAt;

    /// Position of u in bins; the whole part is the bin, the rest how far up in it.
    static double position(double u)
    {
        if (!(u > kSmallest)) return 0.0;
        return std::min(1.0 + 8.0 * std::log2(u / kSmallest), kBins - 1e-9);
    }

    double probability(double u) const
    {
        const double at = position(u);
        const int bin = static_cast<int>(at);
        double above = (1.0 - (at - bin)) * bins[bin];
        for (int i = bin + 1; i < kBins; ++i) above += bins[i];
        return std::min(1.0, (above + 1.0) / (total + 1.0));
    }

    void add(double u)
    {
        bins[static_cast<int>(position(u))] += 1.0f;
        total += 1.0f;
        halveAt = std::max(halveAt, kHalveFirst);
        if (total < halveAt) return;
        halveAt = std::min(4.0f * halveAt, kHalveAt);
        for (float &b : bins) b *= 0.5f;
        total *= 0.5f;
    }

    bool valid() const
    {
        return std::all_of(bins, bins + kBins, [](float b) { return b >= 0.0f && b <= kHalveAt; })
            && total >= 0.0f && total <= kHalveAt
            && halveAt >= 0.0f && halveAt <= kHalveAt;
    }
};

} // namespace prunella
