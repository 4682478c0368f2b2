#pragma once
// The points of one series and their way onto few pixels.
#include "core/model/StoreQueries.h"

#include <QList>
#include <QPointF>
#include <vector>

namespace prunella {

/// Values in order of time, bounded; knows nothing of drawing.
class SeriesBuffer
{
public:
    /// Two hours at one value a second: more than the longest range.
    static constexpr std::size_t MostPoints = 7'200;
    /// A pause in the data longer than this, and three times longer than its neighbours, breaks the line.
    static constexpr qint64 LeastGapMs = 100'000;

    /// Puts stored points before what already came live. Live points within the stored span stay.
    void load(const QList<HistoryPoint> &points);
    /// Later values only; anything at or before the last time is dropped.
    void append(qint64 at, double value);

    [[nodiscard]] bool isEmpty() const { return m_points.empty(); }
    [[nodiscard]] qint64 lastAt() const { return m_points.empty() ? 0 : m_points.back().at; }
    /// The value nearest to a time, when one lies within `withinMs`.
    [[nodiscard]] std::optional<double> valueAt(qint64 at, qint64 withinMs) const;

    struct Thinned {
        QList<QList<QPointF>> pieces; ///< x in ms after `from`; a new piece after each gap
        double low = 0, high = 0;
        [[nodiscard]] bool isEmpty() const { return pieces.isEmpty(); }
        [[nodiscard]] qsizetype count() const;
    };
    /// At most two points (lowest and highest, in order of time) for each of `columns` columns. Column borders lie
    /// at fixed times, so that the line does not shimmer as time goes on.
    [[nodiscard]] Thinned thinned(qint64 from, qint64 to, int columns) const;

private:
    struct Point { qint64 at = 0; double low = 0, high = 0; };
    [[nodiscard]] bool gapBefore(std::size_t index) const;
    [[nodiscard]] std::size_t firstFrom(qint64 at) const;

    std::vector<Point> m_points;
};

} // namespace prunella
