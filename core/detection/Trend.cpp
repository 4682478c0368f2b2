#include "core/detection/Trend.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace prunella {
namespace {

constexpr std::size_t thinnedTo = 60;    // 1770 pairs: some 50 microseconds
constexpr std::size_t leastPoints = 8;
constexpr double noiseFactor = 3;        // a change counts when it exceeds three times the series' own noise ...
constexpr double relativeChange = 0.02;  // ... and 2 % of its level
constexpr double jumpNoise = 5;          // a jump is judged by single points, which stray further than a line ...
constexpr double spikeChange = 0.10;     // ... and must also exceed 10 % of the level
constexpr double hourMs = 3'600'000;

double medianOf(std::vector<double> values)
{
    if (values.empty())
        return 0;
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

std::vector<TrendPoint> thinned(const std::vector<TrendPoint> &points)
{
    if (points.size() <= thinnedTo)
        return points;
    std::vector<TrendPoint> result;
    for (std::size_t i = 0; i < thinnedTo; ++i)
        result.push_back(points[i * (points.size() - 1) / (thinnedTo - 1)]);
    return result;
}

struct Line { double perMs = 0, tau = 0; };

Line fit(const std::vector<TrendPoint> &points, std::size_t from = 0)
{
    std::vector<double> slopes;
    double order = 0;
    for (std::size_t i = from; i < points.size(); ++i) {
        for (std::size_t j = i + 1; j < points.size(); ++j) {
            const double rise = points[j].value - points[i].value;
            order += rise > 0 ? 1 : rise < 0 ? -1 : 0;
            slopes.push_back(rise / double(std::max<qint64>(points[j].monotonicMs - points[i].monotonicMs, 1)));
        }
    }
    const double pairs = double(std::max<std::size_t>(slopes.size(), 1));
    return {medianOf(std::move(slopes)), order / pairs};
}

/// The smallest value that a share of all values does not exceed.
double nearestRank(const std::vector<double> &sorted, double share)
{
    const double rank = std::ceil(share * double(sorted.size()));
    return sorted[std::size_t(std::max(rank, 1.0)) - 1];
}

/// Median distance between neighbours: noise without the trend in it.
double noiseOf(const std::vector<TrendPoint> &points)
{
    std::vector<double> steps;
    for (std::size_t i = 1; i < points.size(); ++i)
        steps.push_back(std::abs(points[i].value - points[i - 1].value));
    return medianOf(std::move(steps));
}

double medianBetween(const std::vector<TrendPoint> &points, std::size_t from, std::size_t to)
{
    std::vector<double> values;
    for (std::size_t i = from; i < to; ++i)
        values.push_back(points[i].value);
    return medianOf(std::move(values));
}

struct Split { double step = 0; std::size_t at = 0; };

/// Where the level changed most, between parts of at least three points.
Split largestStep(const std::vector<TrendPoint> &points)
{
    Split best;
    for (std::size_t at = 3; at + 3 <= points.size(); ++at) {
        const double step = medianBetween(points, at, points.size()) - medianBetween(points, 0, at);
        if (std::abs(step) > std::abs(best.step))
            best = {step, at};
    }
    return best;
}

double minutesShare(const std::vector<TrendPoint> &points, double over)
{
    const auto count = std::count_if(points.begin(), points.end(), [over](const TrendPoint &p) { return p.value > over; });
    return double(count) / double(points.size());
}

/// Exceeded by one point in twenty: a single stray point is no former level.
double usuallyHighest(const std::vector<TrendPoint> &points)
{
    std::vector<double> values;
    for (const TrendPoint &point : points)
        values.push_back(point.value);
    const auto at = values.begin() + std::ptrdiff_t(values.size() * 19 / 20);
    std::nth_element(values.begin(), at, values.end());
    return *at;
}

/// `noise` is what neighbours differ by, `level` the size of the values.
TrendShape shapeOf(const Trend &trend, const std::vector<TrendPoint> &points, double noise, double level)
{
    const double span = double(trend.spanMs);
    const double rise = trend.slopePerHour / hourMs * span;
    const double change = std::max(noiseFactor * noise, relativeChange * level);
    const double jump = std::max(jumpNoise * noise, spikeChange * level);
    const Line late = fit(points, points.size() / 2);
    const double lateRise = late.perMs * span / 2;
    if (trend.consistency >= 0.7 && rise > change && lateRise > rise / 8)
        return TrendShape::Leak;
    if (trend.consistency <= -0.7 && -rise > change)
        return TrendShape::Falling;
    const bool up = trend.last - trend.lowest > jump;
    if (usuallyHighest(points) - trend.last > jump && !(trend.last - trend.median > jump))
        return TrendShape::Falling;
    const double middle = (trend.lowest + trend.highest) / 2;
    if (up && trend.last - trend.median > jump && minutesShare(points, middle) < 0.25)
        return TrendShape::Spike;
    if (up && trend.step > jump && trend.last > middle)
        return TrendShape::Step;
    return TrendShape::Flat;
}

} // namespace

Trend analyseTrend(const std::vector<TrendPoint> &all, qint64 windowMs)
{
    Trend trend;
    trend.points = int(all.size());
    if (all.empty())
        return trend;
    const std::vector<TrendPoint> points = thinned(all);
    const auto [low, high] = std::minmax_element(all.begin(), all.end(), [](auto &a, auto &b) { return a.value < b.value; });
    trend.lowest = low->value;
    trend.highest = high->value;
    trend.last = all.back().value;
    trend.median = medianBetween(points, 0, points.size());
    trend.spanMs = all.back().monotonicMs - all.front().monotonicMs;
    if (points.size() < leastPoints || trend.spanMs < windowMs / 10)
        return trend;
    const Line line = fit(points);
    trend.slopePerHour = line.perMs * hourMs;
    trend.consistency = line.tau;
    trend.step = largestStep(points).step;
    const double level = std::max(std::abs(trend.median), 1e-9);
    trend.shape = shapeOf(trend, points, noiseOf(points), level);
    return trend;
}

TrendWindow::TrendWindow(qint64 windowMs)
    : m_windowMs(std::max<qint64>(windowMs, capacity)), m_sliceMs(m_windowMs / capacity), m_points(capacity)
{
}

void TrendWindow::add(qint64 monotonicMs, double value)
{
    if (!std::isfinite(value))
        return;
    if (monotonicMs < m_last.monotonicMs) { // another boot: what was before has no place on this axis
        m_points.clear();
        m_sliceStart = -1;
    }
    if (m_sliceStart >= 0 && monotonicMs - m_sliceStart >= m_sliceMs) {
        m_points.push({m_last.monotonicMs, m_sliceSum / m_sliceCount});
        m_sliceStart = -1;
    }
    if (m_sliceStart < 0) {
        m_sliceStart = monotonicMs;
        m_sliceSum = 0;
        m_sliceCount = 0;
    }
    m_sliceSum += value;
    ++m_sliceCount;
    m_last = {monotonicMs, value};
}

std::vector<TrendPoint> TrendWindow::points() const
{
    std::vector<TrendPoint> result;
    for (std::size_t i = 0; i < m_points.size(); ++i) {
        if (m_points[i].monotonicMs >= m_last.monotonicMs - m_windowMs)
            result.push_back(m_points[i]);
    }
    if (m_sliceCount > 0)
        result.push_back(m_last);
    return result;
}

Trend TrendWindow::trend() const
{
    return analyseTrend(points(), m_windowMs);
}

SeriesFacts TrendWindow::facts(const QString &unit, qint64 wallMs) const
{
    const std::vector<TrendPoint> all = points();
    const Trend now = analyseTrend(all, m_windowMs);
    SeriesFacts facts;
    facts.last = now.last;
    facts.unit = unit;
    facts.shape = now.shape;
    facts.slopePerHour = now.slopePerHour;
    facts.consistency = now.consistency;
    facts.median = now.median;
    facts.lowest = now.lowest;
    facts.highest = now.highest;
    facts.spanMs = now.spanMs;
    facts.wallMs = wallMs;
    if (all.size() >= leastPoints) {
        std::vector<double> sorted;
        for (const TrendPoint &point : all)
            sorted.push_back(point.value);
        std::sort(sorted.begin(), sorted.end());
        facts.p50 = nearestRank(sorted, 0.5);
        facts.p95 = nearestRank(sorted, 0.95);
        facts.p99 = nearestRank(sorted, 0.99);
    }
    return facts;
}

} // namespace prunella
