#pragma once

#include <algorithm>

namespace prunella {

/// Highest and lowest value of one feature so far. In an exchangeable series the n-th sample is a new record with
/// probability 2/n whatever the distribution (Renyi 1962; Arnold et al., "Records", 1998), so records need no model of
/// the noise and get rarer as experience grows. The excess is measured against the range seen: scale-free.
struct RecordRange {
    static constexpr double kHalfExcess = 0.3;   ///< excess (in ranges) that counts half of the most a record can count
    static constexpr double kMaxGrowth = 2.0;    ///< one sample widens the range by at most this many ranges
    static constexpr double kForget = 400'000.0; ///< samples; each side closes by range/kForget a sample (e-fold 200 000)

    double high = 0.0;
    double low = 0.0;

    /// Begins with x and, as a prior, `reach` to either side of zero.
    void start(double x, double reach)
    {
        high = std::max(x, reach > 0.0 ? reach : x);
        low = std::min(x, reach > 0.0 ? -reach : x);
    }

    /// 0 inside the range, else e/(e+kHalfExcess) with e = excess/range; `floor` is the least range that counts.
    double surprise(double x, double floor) const
    {
        const double excess = std::max(x - high, low - x);
        if (!(excess > 0.0)) return 0.0;
        const double e = excess / std::max(high - low, floor);
        return e / (e + kHalfExcess);
    }

    /// Takes x in. `pace` >= 1 slows forgetting on fast series; `settled` switches the growth limit on.
    void add(double x, double pace, bool settled)
    {
        const double range = high - low;
        if (settled && range > 0.0) x = std::clamp(x, low - kMaxGrowth * range, high + kMaxGrowth * range);
        const double close = range / (kForget * pace);
        high = std::max(high - close, x);
        low = std::min(low + close, x);
    }
};

} // namespace prunella
