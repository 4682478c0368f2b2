#pragma once

#include "core/detection/AnomalyReason.h"
#include "core/detection/ExtremeHistory.h"
#include "core/detection/RecordRange.h"
#include "core/detection/SeasonProfile.h"
#include "core/detection/TailRank.h"

#include <cstdint>
#include <type_traits>

namespace prunella {

/// Recommended alarm threshold on AnomalyScore::score (chosen on the NAB development half, see README.md).
inline constexpr double kAnomalyAlarmScore = 0.9999;

/// The views of a sample that keep records. Point views first, then level views.
enum class AnomalyView : std::uint8_t {
    FromLong,  ///< value - long mean
    FromShort, ///< value - short mean
    Z,         ///< value - long mean, in long standard deviations
    ForHour,   ///< value - usual for this hour, in usual residuals of this hour
    LogLevel,  ///< logarithm of the short mean
    Shift,     ///< short mean of (value - usual for this hour)
    Count
};
inline constexpr int kAnomalyViews = static_cast<int>(AnomalyView::Count);

/// Everything the detector knows of one series: flat, trivially copyable, may be stored as bytes and restored.
/// All-zero bytes are a valid "nothing seen yet". Units: those of the series unless said otherwise.
struct AnomalyState {
    static constexpr std::uint32_t kMagic = 0x414e5055; ///< "UPNA"
    static constexpr std::uint32_t kVersion = 1;

    std::uint32_t magic;
    std::uint32_t version;
    std::int64_t lastMs;     ///< newest timestamp, ms since the epoch
    std::uint64_t samples;   ///< finite samples seen
    std::uint32_t muteLeft;  ///< samples for which repeats stay muted
    std::uint32_t frozenFor; ///< samples since learn = false, consecutive
    double frozenSec;        ///< seconds since learn = false
    double intervalSec;      ///< typical time between samples
    double previous;
    double shortMean;
    double shortMove;        ///< mean |step| over the short window
    double longMove;         ///< mean |step| over the long window
    double longMean;
    double longVariance;     ///< unit squared
    double overallMean;
    double overallSpread;    ///< mean |value - overallMean|
    double shift;            ///< short mean of the residual to the daily profile
    double run;              ///< samples without movement, up to now
    double longestRun;       ///< longest earlier run, samples
    double moves;            ///< samples that moved
    std::uint32_t recording; ///< 1 once the records have begun
    float alarmSurprise;     ///< surprise of the last alarm
    RecordRange records[kAnomalyViews];
    SeasonProfile season;
    ExtremeHistory extremes;
    TailRank tail;
};
static_assert(sizeof(AnomalyState) <= 2048);
static_assert(std::is_trivially_copyable_v<AnomalyState> && std::is_standard_layout_v<AnomalyState>);

/// Feeds one sample and judges it against what was known before it. O(1), no allocation, deterministic.
/// @param wallMs  milliseconds since the epoch; may repeat or step back
/// @param value   NaN, infinities and |value| > 1e100 are ignored (score 0)
/// @param learn   false while an incident is open: the baseline stays as it is, for at most 24 h (or 100 000 samples)
AnomalyScore update(AnomalyState &state, std::int64_t wallMs, double value, bool learn = true);

/// Whether restored bytes can be used: version, finite numbers, counters in their limits. All-zero state is valid.
bool isValid(const AnomalyState &state);

} // namespace prunella
