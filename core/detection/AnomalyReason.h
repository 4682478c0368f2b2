#pragma once

#include <cstdint>

namespace prunella {

/// Why a sample is unusual; the arguments are the fields of AnomalyScore named behind each entry.
enum class AnomalyReason : std::uint8_t {
    None,            ///< nothing worth a sentence
    NewHigh,         ///< highest value in `spanSec`; `expected`, `deviation`
    NewLow,          ///< lowest value in `spanSec`; `expected`, `deviation`
    Spike,           ///< far above the recent level; `expected`, `deviation`
    Drop,            ///< far below the recent level; `expected`, `deviation`
    LevelShift,      ///< the level moved from `expected` to `level`
    UnusualForTime,  ///< `expected` is the usual value for this hour (and weekday, once known); `deviation`
    VarianceChanged, ///< step-to-step movement is `factor` times the usual one
    Flat             ///< no movement for `spanSec` where it used to move
};

/// Result of one update. `score` = 1 - p, p being the estimated probability, on this series while nothing changes, of a
/// sample at least this unusual: 0.99 is "one in a hundred". Alarms are the samples with score >= kAnomalyAlarmScore.
struct AnomalyScore {
    double score = 0.0;     ///< [0, 1]
    double surprise = 0.0;  ///< sum of the new-record features, 0 = no record, alarm from kAlarmSurprise on
    bool alarm = false;     ///< at or over the alarm threshold and not muted
    bool muted = false;     ///< would be an alarm, but repeats a recent one (score held just under the threshold)
    bool learnt = false;    ///< the baseline took this sample in
    AnomalyReason reason = AnomalyReason::None;
    double value = 0.0;     ///< the sample, unit of the series
    double expected = 0.0;  ///< unit of the series
    double deviation = 0.0; ///< value - expected, in usual deviations (dimensionless, signed)
    double level = 0.0;     ///< present short-term mean, unit of the series
    double factor = 1.0;    ///< present movement / usual movement (dimensionless)
    double spanSec = 0.0;   ///< seconds, see the reason
};

} // namespace prunella
