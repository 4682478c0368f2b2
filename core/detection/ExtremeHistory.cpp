#include "core/detection/ExtremeHistory.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace prunella {

namespace {
constexpr float kNone = std::numeric_limits<float>::infinity();
constexpr std::int64_t kMaxStepBack = 48; // hours
constexpr std::int64_t kMaxHour = 2'600'000'000'000; // all hours 64-bit milliseconds can name

std::int64_t floorDiv(std::int64_t a, std::int64_t b)
{
    const std::int64_t q = a / b;
    return (a % b != 0 && a < 0) ? q - 1 : q;
}

int slot(std::int64_t i, int n)
{
    const auto r = static_cast<int>(i % n);
    return r < 0 ? r + n : r;
}
} // namespace

void ExtremeHistory::reset(std::int64_t wallMs)
{
    std::fill(hourHigh, hourHigh + kHours, -kNone);
    std::fill(hourLow, hourLow + kHours, kNone);
    std::fill(dayHigh, dayHigh + kDays, -kNone);
    std::fill(dayLow, dayLow + kDays, kNone);
    hour = since = floorDiv(wallMs, 3'600'000);
}

void ExtremeHistory::add(std::int64_t wallMs, double x)
{
    const std::int64_t now = floorDiv(wallMs, 3'600'000);
    if (now < hour - kMaxStepBack) reset(wallMs); // the clock was set back: old hours say nothing any more
    if (now > hour) {
        const std::int64_t firstHour = std::max(hour + 1, now - kHours + 1);
        for (std::int64_t i = firstHour; i <= now; ++i) {
            hourHigh[slot(i, kHours)] = -kNone;
            hourLow[slot(i, kHours)] = kNone;
        }
        const std::int64_t today = floorDiv(now, 24);
        const std::int64_t firstDay = std::max(floorDiv(hour, 24) + 1, today - kDays + 1);
        for (std::int64_t i = firstDay; i <= today; ++i) {
            dayHigh[slot(i, kDays)] = -kNone;
            dayLow[slot(i, kDays)] = kNone;
        }
        hour = now; // an older timestamp counts for the newest hour
    }
    const auto v = static_cast<float>(std::clamp(x, -3e38, 3e38));
    const int h = slot(hour, kHours);
    const int d = slot(floorDiv(hour, 24), kDays);
    hourHigh[h] = std::max(hourHigh[h], v);
    hourLow[h] = std::min(hourLow[h], v);
    dayHigh[d] = std::max(dayHigh[d], v);
    dayLow[d] = std::min(dayLow[d], v);
}

double ExtremeHistory::spanSec(double x, bool low) const
{
    const auto v = static_cast<float>(std::clamp(x, -3e38, 3e38));
    const double observed = static_cast<double>(hour - since) * 3600.0;
    for (int i = 0; i < kHours; ++i) {
        const int s = slot(hour - i, kHours);
        if (low ? hourLow[s] <= v : hourHigh[s] >= v) return std::min(observed, i * 3600.0);
    }
    const std::int64_t today = floorDiv(hour, 24);
    const double sinceMidnight = static_cast<double>(hour - today * 24) * 3600.0;
    for (int i = 1; i < kDays; ++i) {
        const int s = slot(today - i, kDays);
        const bool reached = low ? dayLow[s] <= v : dayHigh[s] >= v;
        if (reached) return std::min(observed, std::max(24 * 3600.0, (i - 1) * 86400.0 + sinceMidnight));
    }
    return observed;
}

bool ExtremeHistory::valid() const
{
    const auto number = [](float v) { return !std::isnan(v); };
    return std::all_of(hourHigh, hourHigh + kHours, number) && std::all_of(hourLow, hourLow + kHours, number)
        && std::all_of(dayHigh, dayHigh + kDays, number) && std::all_of(dayLow, dayLow + kDays, number)
        && since <= hour && -kMaxHour <= since && hour <= kMaxHour;
}

} // namespace prunella
