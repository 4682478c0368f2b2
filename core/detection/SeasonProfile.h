#pragma once

#include <cstdint>

namespace prunella {

/// Usual level by hour of day (24 nodes, linear in between) plus an offset by hour of week (168), used from the third
/// week on where it explains a sample better. Robust: residuals are clipped before they are learnt (Huber 1964).
/// Hours are those of the timestamps given; a one-hour shift (daylight saving) is relearnt within kDays days.
struct SeasonProfile {
    static constexpr int kHours = 24;
    static constexpr int kWeekHours = 168;
    static constexpr double kDays = 10.0;       ///< memory of the hour-of-day level, days
    static constexpr double kMinSamples = 120;  ///< but at least this many samples per hour bucket
    static constexpr double kWeeks = 5.0;       ///< memory of the hour-of-week offset, weeks
    static constexpr double kMinWeekSamples = 60;
    static constexpr int kWeeksNeeded = 3;      ///< the hour-of-week offset counts from this week on
    static constexpr double kClip = 5.0;        ///< residuals are learnt up to this many mean absolute residuals
    static constexpr int kClipFrom = 12;        ///< samples in a bucket before clipping starts

    /// What the profile says of one sample.
    struct Expectation {
        double daily = 0.0;    ///< by hour of day alone
        double best = 0.0;     ///< with the hour of week where that is known and closer
        double scale = 0.0;    ///< mean absolute residual at this hour, 0 = not known yet
        std::int32_t hour = 0; ///< hour of week, 0 = Thursday 00:00 (the epoch's weekday)
    };

    double level[kHours];             ///< unit of the series
    float scale[kHours];              ///< mean absolute residual, unit of the series
    float weekOffset[kWeekHours];     ///< unit of the series, relative to `level`
    std::uint16_t count[kHours];      ///< samples, saturating
    std::uint8_t weeks[kWeekHours];   ///< visits, saturating
    std::int32_t lastSlot;            ///< hour of week of the last sample learnt, -1 = none

    void reset();
    /// `fallback` is the level to expect in an hour never seen; `x` picks daily or weekly, whichever is closer.
    Expectation expect(std::int64_t wallMs, double x, double fallback) const;
    /// Learns x; `perHour` = samples in an hour.
    void learn(const Expectation &e, double x, double perHour);
    bool valid() const;
};

} // namespace prunella
