#include "core/diagnosis/SeriesDeviation.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace prunella {
namespace {

constexpr double lateBy = 60;          // seconds a detection may be late
constexpr double farthestZ = 30;       // a row counts no more than this: one wild row is no incident
constexpr double relativeFloor = 0.02; // of the level: less than that is no deviation, however calm the series was
constexpr double fewValues = 20;       // with so many normal values that floor is twice as high
constexpr double shareFloor = 0.0025;  // the same for availability, whose level is its maximum
constexpr double iqrOfSigma = 1.349;   // of a normal distribution
constexpr double p95OfSigma = 3.29;    // from the 5th to the 95th percentile

struct Spread { double median = 0, sigma = 0, largest = 0; std::size_t count = 0; bool known = false; };

/// Moves the values for which `before` is true to the front of [first, last); the end of them. Without a jump a value: what a
/// comparison of measured values yields cannot be foreseen, and that is most of the time a ranking takes.
template<typename Before>
std::size_t partitioned(std::vector<double> &values, std::size_t first, std::size_t last, Before before)
{
    std::size_t end = first;
    for (std::size_t i = first; i < last; ++i) {
        const double x = values[i];
        values[i] = values[end];
        values[end] = x;
        end += before(x) ? 1 : 0;
    }
    return end;
}

/// Quantile by selection inside [first, last): nothing before the place is larger afterwards, and nothing behind it smaller.
/// Quickselect (Hoare 1961).
double selected(std::vector<double> &values, std::size_t first, std::size_t last, std::size_t place)
{
    constexpr std::size_t few = 12;
    while (last - first > few) {
        const double a = values[first], b = values[first + (last - first) / 2], c = values[last - 1];
        const double pivot = std::max(std::min(a, b), std::min(std::max(a, b), c));
        const std::size_t smaller = partitioned(values, first, last, [pivot](double x) { return x < pivot; });
        if (place < smaller) {
            last = smaller;
            continue;
        }
        const std::size_t equal = partitioned(values, smaller, last, [pivot](double x) { return x <= pivot; });
        if (place < equal)
            return pivot;
        first = equal;
    }
    std::sort(values.begin() + std::ptrdiff_t(first), values.begin() + std::ptrdiff_t(last));
    return values[place];
}

std::vector<double> measuredOf(const std::vector<double> &values)
{
    std::vector<double> measured;
    measured.reserve(values.size());
    std::copy_if(values.begin(), values.end(), std::back_inserter(measured), [](double x) { return std::isfinite(x); });
    return measured;
}

/// Median; the spread is the larger of what the quartiles and the 5th and 95th percentile say of a normal distribution.
Spread spreadOf(std::vector<double> values)
{
    const std::size_t count = values.size();
    if (count == 0)
        return {};
    Spread spread;
    const std::size_t half = count / 2, low = (count + 2) / 4, high = count - 1 - low, tail = count / 20;
    spread.median = selected(values, 0, count, half);
    const double q1 = low < half ? selected(values, 0, half, low) : spread.median;
    const double q3 = high > half ? selected(values, half + 1, count, high) : spread.median;
    const double p5 = low > 0 ? selected(values, 0, low, tail) : q1;
    const double p95 = tail > 0 ? selected(values, high + 1, count, count - 1 - tail) : q3;
    spread.sigma = (q3 - q1) / iqrOfSigma;
    if (tail > 0)
        spread.sigma = std::max(spread.sigma, (p95 - p5) / p95OfSigma);
    spread.largest = std::max(std::abs(p5), std::abs(p95));
    spread.count = count;
    spread.known = true;
    return spread;
}

struct Rows { std::size_t first = 0, lastStart = 0; }; ///< first row that may belong to the incident; last one it may begin with

Rows rowsOf(const std::vector<double> &times, double alarmAt)
{
    const double slack = causeSlack(times);
    Rows rows;
    rows.first = std::size_t(std::lower_bound(times.begin(), times.end(), alarmAt - slack) - times.begin());
    rows.lastStart = std::size_t(std::upper_bound(times.begin(), times.end(), alarmAt + lateBy) - times.begin());
    if (rows.lastStart < times.size() && times[rows.lastStart - (rows.lastStart > 0 ? 1 : 0)] < alarmAt)
        ++rows.lastStart; // the first row after the alarm ends after it, too
    if (rows.first >= times.size())
        rows.first = times.size() - 1; // the alarm came after the record: its end is all there is
    rows.lastStart = std::max(rows.lastStart, rows.first + 1) - 1;
    return rows;
}

/// A deviation smaller than this is none, however calm the series was; one failed request is none either.
double floorOf(const CauseSeries &series, double level, const Spread &reference, double requests)
{
    constexpr double least = std::numeric_limits<double>::min();
    if (series.role == MetricRole::Availability)
        return std::max({shareFloor * reference.largest, requests > 0 ? reference.largest / requests : 0, least});
    const double floor = relativeFloor * (1 + fewValues / double(reference.count));
    return std::max({floor * std::abs(level), floor * reference.largest / 2, least});
}

/// The stretch from a row near the alarm on whose z, summed and divided by the root of its length, is largest.
SeriesDeviation strongestStretch(const CauseSeries &series, const Rows &rows, double base, double sigma, int sign)
{
    SeriesDeviation best;
    best.sign = sign;
    best.base = best.incident = base;
    best.sigma = sigma;
    best.onset = series.times[rows.first];
    for (std::size_t start = rows.first; start <= rows.lastStart; ++start) {
        double sum = 0, values = 0;
        int count = 0;
        for (std::size_t i = start; i < series.window.size() && std::isfinite(series.window[start]); ++i) {
            const double x = series.window[i];
            if (!std::isfinite(x))
                continue;
            best.measured = true;
            sum += std::clamp(sign * (x - base) / sigma, -farthestZ, farthestZ);
            values += x;
            ++count;
            if (const double z = sum / std::sqrt(double(count)); z > best.z) {
                best.z = z;
                best.incident = values / count;
                best.onset = series.times[start];
            }
        }
    }
    return best;
}

/// The rows before the incident; without any, the first measured one that is older than the alarm.
Spread beforeOf(const CauseSeries &series, std::size_t firstOfIncident, double alarmAt)
{
    auto values = measuredOf({series.window.begin(), series.window.begin() + std::ptrdiff_t(firstOfIncident)});
    for (std::size_t i = firstOfIncident; values.empty() && i < series.window.size() && series.times[i] < alarmAt; ++i) {
        if (std::isfinite(series.window[i]))
            values.push_back(series.window[i]);
    }
    return spreadOf(std::move(values));
}

} // namespace

double causeSlack(const std::vector<double> &times)
{
    if (times.size() < 2)
        return lateBy;
    std::vector<double> gaps(times.size() - 1);
    for (std::size_t i = 0; i + 1 < times.size(); ++i)
        gaps[i] = times[i + 1] - times[i];
    return lateBy + selected(gaps, 0, gaps.size(), gaps.size() / 2);
}

SeriesDeviation deviationOf(const CauseSeries &series, double alarmAt, double requests)
{
    if (series.times.empty() || series.window.size() != series.times.size())
        return {};
    const Rows rows = rowsOf(series.times, alarmAt);
    const Spread before = beforeOf(series, rows.first, alarmAt);
    const Spread usual = spreadOf(measuredOf(series.normal));
    const Spread &reference = usual.known ? usual : before;
    if (!reference.known)
        return {};
    SeriesDeviation best;
    for (const int sign : {1, -1}) {
        if ((sign == 1 && series.worse == WorseWhen::Below) || (sign == -1 && series.worse == WorseWhen::Above))
            continue;
        // What was so before the alarm is no sign of the incident; a lucky row before it is none either.
        const double base = before.known && sign * (before.median - reference.median) > 0 ? before.median : reference.median;
        const double sigma = std::max(reference.sigma, floorOf(series, base, reference, requests));
        SeriesDeviation found = strongestStretch(series, rows, base, sigma, sign);
        found.normal = reference.median;
        if (sign == 1 || !best.measured || found.z > best.z)
            best = found;
    }
    return best;
}

} // namespace prunella
