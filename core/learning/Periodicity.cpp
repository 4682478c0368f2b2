#include "core/learning/Periodicity.h"

#include "core/learning/Chance.h"
#include "core/learning/Limits.h"

#include <QDateTime>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <set>

namespace prunella::learning {
namespace {

constexpr qint64 minuteMs = 60'000, hourMs = 60 * minuteMs, dayMs = 24 * hourMs, weekMs = 7 * dayMs;
constexpr std::array periods{PatternPeriod::Day, PatternPeriod::Week, PatternPeriod::Hour};
constexpr std::array widths{1.0 / 72, 1.0 / 24, 1.0 / 6}; // of a day: 20 min, 1 h, 4 h
constexpr int tests = int(periods.size()) * (int(widths.size()) + 1); // Rayleigh's is the one more
constexpr int leastDays = 3;
constexpr double leastCoverage = 0.5;

qint64 lengthOf(PatternPeriod period)
{
    return period == PatternPeriod::Hour ? hourMs : period == PatternPeriod::Week ? weekMs : dayMs;
}

/// One start of an episode on the local clock, which knows no daylight saving: ms since Monday of the Julian day 0.
struct Point {
    int fact = 0;
    qint64 local = 0;
    double place = 0;           ///< on the circle, 0..1
};

struct Arc {
    std::size_t first = 0;      ///< of the points in the order of their places
    int count = 0;
    double width = 0, chance = 1;
};

std::vector<Point> pointsOf(const History &history, const Kind &kind, qint64 length, const QTimeZone &zone)
{
    std::vector<Point> points;
    for (const int fact : episodes(history, kind.facts, length / 12)) {
        const QDateTime time = QDateTime::fromMSecsSinceEpoch(history.at(fact), zone);
        const qint64 local = time.date().toJulianDay() * dayMs + time.time().msecsSinceStartOfDay();
        points.push_back({fact, local, double(local % length) / double(length)});
    }
    std::stable_sort(points.begin(), points.end(), [](const Point &a, const Point &b) { return a.place < b.place; });
    return points;
}

Arc fullestArc(const std::vector<Point> &points, double width)
{
    const std::size_t n = points.size();
    const auto place = [&](std::size_t i) { return points[i % n].place + (i < n ? 0.0 : 1.0); };
    Arc best{0, 0, width, 1};
    std::size_t end = 0;
    for (std::size_t first = 0; first < n; ++first) {
        end = std::max(end, first);
        while (end < first + n && place(end) - place(first) <= width)
            ++end;
        if (int(end - first) > best.count)
            best = {first, int(end - first), width, 1};
    }
    best.chance = arcChance(best.count, int(n), width);
    return best;
}

double rayleighOf(const std::vector<Point> &points)
{
    double x = 0, y = 0;
    for (const Point &point : points) {
        x += std::cos(2 * std::numbers::pi * point.place);
        y += std::sin(2 * std::numbers::pi * point.place);
    }
    const int n = int(points.size());
    return rayleigh(n, std::hypot(x, y) / n);
}

/// The arc that chance explains least; where only the whole circle is uneven, the fullest of the widest.
Arc mostUnlikely(const std::vector<Point> &points)
{
    Arc best;
    for (const double width : widths) {
        const Arc arc = fullestArc(points, width);
        if (best.count == 0 || arc.chance <= best.chance)
            best = arc;
    }
    if (const double whole = rayleighOf(points); whole < best.chance) {
        best = fullestArc(points, widths.back());
        best.chance = whole;
    }
    best.chance = std::min(1.0, best.chance * tests);
    return best;
}

/// Jitter is not cut where the arc ends: neighbours no further away than half of it belong to it, up to the widest arc.
Arc grown(const std::vector<Point> &points, Arc arc)
{
    const std::size_t n = points.size();
    const auto place = [&](std::size_t i) { return points[i % n].place + (i < n ? 0.0 : 1.0); };
    for (bool more = true; more && arc.count < int(n);) {
        const std::size_t last = arc.first + std::size_t(arc.count) - 1, before = (arc.first + n - 1) % n;
        const double ahead = place(last + 1) - place(last);
        const double back = std::fmod(points[arc.first].place - points[before].place + 1, 1.0);
        more = std::min(ahead, back) <= arc.width / 2 && place(last) - place(arc.first) + std::min(ahead, back) <= widths.back();
        if (more && back < ahead)
            arc.first = before;
        arc.count += more;
    }
    return arc;
}

std::vector<Point> inArc(const std::vector<Point> &points, const Arc &arc)
{
    std::vector<Point> inside;
    for (std::size_t i = 0; i < std::size_t(arc.count); ++i) {
        inside.push_back(points[(arc.first + i) % points.size()]);
        if (arc.first + i >= points.size())
            inside.back().place += 1;
    }
    return inside;
}

/// On enough days, and in at least half of the periods from the first to the last: else it is a time of day, no period.
bool comesRegularly(const std::vector<Point> &inside, double phase, qint64 length)
{
    std::set<qint64> days, numbers;
    for (const Point &point : inside) {
        days.insert(point.local / dayMs);
        numbers.insert(qint64(std::llround(double(point.local) / double(length) - phase)));
    }
    const double all = double(*numbers.rbegin() - *numbers.begin() + 1);
    return int(days.size()) >= leastDays && int(numbers.size()) >= leastDays && double(numbers.size()) >= leastCoverage * all;
}

std::optional<IncidentPattern> tryPeriod(const History &history, const Kind &kind, const QTimeZone &zone, PatternPeriod period)
{
    const qint64 length = lengthOf(period);
    const std::vector<Point> points = pointsOf(history, kind, length, zone);
    if (int(points.size()) < leastDays)
        return {};
    const Arc arc = grown(points, mostUnlikely(points));
    if (arc.chance > leastLikely || 2 * arc.count < int(points.size()))
        return {};
    const std::vector<Point> inside = inArc(points, arc);
    double phase = 0;
    for (const Point &point : inside)
        phase += point.place / double(inside.size());
    if (!comesRegularly(inside, phase, length))
        return {};
    double spread = 0;
    std::vector<int> bearing;
    for (const Point &point : inside) {
        spread = std::max(spread, std::abs(point.place - phase));
        bearing.push_back(point.fact);
    }
    std::sort(bearing.begin(), bearing.end());
    IncidentPattern pattern = patternOf(PatternKind::Periodic, history, kind, bearing, int(points.size()));
    const double minutes = double(length) / minuteMs;
    pattern.chance = arc.chance;
    pattern.period = period;
    pattern.phaseMinute = int(std::llround(phase * minutes)) % int(minutes);
    pattern.spreadMinutes = int(std::ceil(spread * minutes - 1e-9));
    pattern.timeZone = QString::fromUtf8(zone.id());
    return pattern;
}

} // namespace

std::optional<IncidentPattern> periodOf(const History &history, const Kind &kind, const QTimeZone &zone)
{
    std::optional<IncidentPattern> best;
    for (const PatternPeriod period : periods) {
        auto found = tryPeriod(history, kind, zone, period);
        if (found && (!best || *found->chance < *best->chance))
            best = std::move(found);
    }
    return best;
}

} // namespace prunella::learning
