#include "core/detection/SeasonProfile.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace prunella {

namespace {
constexpr std::int64_t kHourMs = 3'600'000;
constexpr double kFloatMax = 1e37;
constexpr double kCountMax = 60'000.0;
} // namespace

void SeasonProfile::reset()
{
    *this = SeasonProfile{};
    lastSlot = -1;
}

SeasonProfile::Expectation SeasonProfile::expect(std::int64_t wallMs, double x, double fallback) const
{
    std::int64_t inWeek = wallMs % (kWeekHours * kHourMs);
    if (inWeek < 0) inWeek += kWeekHours * kHourMs;
    Expectation e;
    e.hour = static_cast<std::int32_t>(inWeek / kHourMs);
    const int h = e.hour % kHours;
    const double part = static_cast<double>(inWeek % kHourMs) / kHourMs;
    const int other = part >= 0.5 ? (h + 1) % kHours : (h + kHours - 1) % kHours;
    const double weight = std::abs(part - 0.5); // of the neighbour: nodes sit at half past
    const double near = count[h] > 0 ? level[h] : count[other] > 0 ? level[other] : fallback;
    const double far = count[other] > 0 ? level[other] : near;
    e.daily = near * (1.0 - weight) + far * weight;
    e.best = e.daily;
    e.scale = scale[h];
    if (weeks[e.hour] >= kWeeksNeeded) {
        const double weekly = e.daily + weekOffset[e.hour];
        if (std::abs(x - weekly) < std::abs(x - e.daily)) e.best = weekly;
    }
    return e;
}

void SeasonProfile::learn(const Expectation &e, double x, double perHour)
{
    const int h = e.hour % kHours;
    const double memory = std::min(kCountMax, std::max(kMinSamples, kDays * perHour));
    if (count[h] < kCountMax) ++count[h];
    const double rate = std::max(1.0 / count[h], 1.0 / memory);
    double daily = x - e.daily;
    double best = x - e.best;
    if (count[h] > kClipFrom) {
        const double limit = kClip * scale[h] + 1e-9;
        daily = std::clamp(daily, -limit, limit);
        best = std::clamp(best, -limit, limit);
    }
    const double offset = count[h] > 1 ? x - level[h] : 0.0;
    level[h] = count[h] == 1 ? x : level[h] + rate * daily;
    scale[h] = static_cast<float>(std::min(scale[h] + rate * (std::abs(best) - scale[h]), kFloatMax));
    if (lastSlot != e.hour) {
        if (weeks[e.hour] < std::numeric_limits<std::uint8_t>::max()) ++weeks[e.hour];
        lastSlot = e.hour;
    }
    const double weekMemory = std::max(kMinWeekSamples, kWeeks * perHour);
    const double weekRate = 1.0 / std::min(weekMemory, weeks[e.hour] * perHour + 1.0);
    const double step = weekRate * (offset - static_cast<double>(weekOffset[e.hour]));
    weekOffset[e.hour] = static_cast<float>(std::clamp(weekOffset[e.hour] + step, -kFloatMax, kFloatMax));
}

bool SeasonProfile::valid() const
{
    const auto finite = [](auto v) { return std::isfinite(v); };
    return std::all_of(level, level + kHours, finite) && std::all_of(weekOffset, weekOffset + kWeekHours, finite)
        && std::all_of(scale, scale + kHours, [](float v) { return std::isfinite(v) && v >= 0.0f; })
        && lastSlot >= -1 && lastSlot < kWeekHours;
}

} // namespace prunella
