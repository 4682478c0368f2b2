#pragma once
// The course of a series over tens of minutes: what tells a leak from a spike.
#include "core/base/RingBuffer.h"
#include "core/model/Facts.h"

#include <vector>

namespace prunella {

struct TrendPoint { qint64 monotonicMs = 0; double value = 0; };

struct Trend {
    TrendShape shape = TrendShape::Unknown;
    double slopePerHour = 0;  ///< Theil-Sen: the median of all slopes between two points; a few outliers do not move it
    double consistency = 0;   ///< Kendall's tau over the same pairs, -1..1
    double step = 0;          ///< the largest lasting change of level: median after minus median before
    double median = 0, lowest = 0, highest = 0, last = 0;
    qint64 spanMs = 0;
    int points = 0;
    [[nodiscard]] bool rising() const { return shape == TrendShape::Leak || shape == TrendShape::Step || shape == TrendShape::Spike; }
};

/// Pure. Points in time order; `windowMs` is the time a full window covers.
[[nodiscard]] Trend analyseTrend(const std::vector<TrendPoint> &points, qint64 windowMs);

/// Bounded memory of one series: at most 120 means of equal slices of the window.
class TrendWindow
{
public:
    explicit TrendWindow(qint64 windowMs = 30 * 60'000);
    void add(qint64 monotonicMs, double value);
    [[nodiscard]] Trend trend() const;
    /// With the value's unit and the wall time of the last one; limits and overForMs are the caller's to add.
    [[nodiscard]] SeriesFacts facts(const QString &unit, qint64 wallMs) const;

    /// In time order, the newest value last.
    [[nodiscard]] std::vector<TrendPoint> points() const;

private:
    static constexpr int capacity = 120;
    qint64 m_windowMs, m_sliceMs;
    RingBuffer<TrendPoint> m_points;
    TrendPoint m_last;
    qint64 m_sliceStart = -1;
    double m_sliceSum = 0;
    int m_sliceCount = 0;
};

} // namespace prunella
