#pragma once

#include "core/detection/AnomalyDetector.h"

#include <algorithm>
#include <cmath>

namespace prunella {

/// Surprise from which on a sample is an alarm (kAnomalyAlarmScore is the same level as a score).
inline constexpr double kAlarmSurprise = 0.10;

/// One sample as the records see it.
struct AnomalyViews {
    double x[kAnomalyViews] = {};    ///< the views
    double part[kAnomalyViews] = {}; ///< record surprise of each, 0 = no record
    double deviation = 1.0;          ///< usual deviation, unit of the series
    double unit = 0.0;               ///< least change that counts, unit of the series
    bool flat = false;

    /// The statistic whose rank is the probability of samples that set no record.
    double unusual() const
    {
        return std::max(std::abs(x[static_cast<int>(AnomalyView::Z)]), std::abs(x[static_cast<int>(AnomalyView::ForHour)]));
    }
};

/// Fills reason and arguments of `out` from the strongest view. Only for samples that are unusual enough to be shown.
void explain(const AnomalyState &s, double x, const SeasonProfile::Expectation &e, const AnomalyViews &v,
             AnomalyScore &out);

} // namespace prunella
