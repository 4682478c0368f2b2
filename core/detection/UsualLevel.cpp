#include "core/detection/UsualLevel.h"

#include <cmath>
#include <limits>

namespace prunella {

std::optional<double> usualLevel(const AnomalyState &state, std::int64_t wallMs, double value)
{
    constexpr double daySec = 86'400;
    constexpr int leastInHour = 12;
    constexpr std::int64_t hourMs = 3'600'000;
    const auto hour = std::size_t(((wallMs / hourMs) % SeasonProfile::kHours + SeasonProfile::kHours) % SeasonProfile::kHours);
    if (double(state.samples) * state.intervalSec < daySec || state.season.count[hour] < leastInHour)
        return std::nullopt;
    const double level = state.season.expect(wallMs, value, std::numeric_limits<double>::quiet_NaN()).best;
    return std::isfinite(level) ? std::optional(level) : std::nullopt;
}

} // namespace prunella
