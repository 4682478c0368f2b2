#pragma once
#include "core/model/CauseRanking.h"

namespace prunella {

/// How far a series left its normal range when the alarm came, and for how long.
struct SeriesDeviation {
    bool measured = false;   ///< there are values in the window, and something to compare them with
    double z = 0;            ///< largest sum of robust z over a stretch that begins near the alarm, by the root of its length; >= 0
    double normal = 0;       ///< median of the normal period (without one: of the rows before the alarm)
    double base = 0;         ///< what it is compared with: the worse of the median and the rows just before the alarm
    double sigma = 1;        ///< what z is measured in
    double incident = 0;     ///< mean of that stretch
    double onset = 0;        ///< seconds, its first row
    int sign = 1;            ///< 1: it rose, -1: it fell
};

/// Rows that may already belong to the incident: they begin at most this long before the alarm, seconds.
[[nodiscard]] double causeSlack(const std::vector<double> &times);
/// `requests`: how many of them a row of an availability stands for; 0: not known.
[[nodiscard]] SeriesDeviation deviationOf(const CauseSeries &series, double alarmAt, double requests = 0);

} // namespace prunella
