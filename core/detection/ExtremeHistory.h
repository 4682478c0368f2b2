#pragma once

#include <cstdint>

namespace prunella {

/// Highest and lowest value of each of the last 24 hours and 28 days: answers "highest in how long?" to one hour
/// within a day and to one day beyond, never claiming more than was observed.
struct ExtremeHistory {
    static constexpr int kHours = 24;
    static constexpr int kDays = 28;

    float hourHigh[kHours];
    float hourLow[kHours];
    float dayHigh[kDays];
    float dayLow[kDays];
    std::int64_t hour;  ///< hours since the epoch of the newest sample
    std::int64_t since; ///< hours since the epoch of the first sample

    void reset(std::int64_t wallMs);
    void add(std::int64_t wallMs, double x);
    /// Seconds back to the last value as high (or, with `low`, as low) as x; whole time observed if there is none.
    double spanSec(double x, bool low) const;
    bool valid() const;
};

} // namespace prunella
