#pragma once
#include "core/detection/AnomalyDetector.h"

#include <optional>

namespace prunella {

/// The level that a series usually has at this time: SeasonProfile's by hour of day, with the hour of week where that is known
/// and closer to the value. Nothing before the series was seen for a day and often enough in this hour. Unit of the series.
[[nodiscard]] std::optional<double> usualLevel(const AnomalyState &state, std::int64_t wallMs, double value);

} // namespace prunella
