#include "ui/charts/SeriesBuffer.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace prunella {
namespace {

/// Lowest and highest of one column, with their times.
struct Column {
    qint64 index = std::numeric_limits<qint64>::min();
    QPointF low, high;

    void start(qint64 at, const QPointF &first, const QPointF &second)
    {
        index = at;
        low = first;
        high = second;
    }
    void flush(QList<QPointF> &piece) const
    {
        if (index == std::numeric_limits<qint64>::min())
            return;
        const bool lowFirst = low.x() <= high.x();
        piece.append(lowFirst ? low : high);
        if (low.y() != high.y())
            piece.append(lowFirst ? high : low);
    }
};

} // namespace

void SeriesBuffer::load(const QList<HistoryPoint> &points)
{
    std::vector<Point> merged;
    merged.reserve(std::size_t(points.size()) + m_points.size());
    for (const HistoryPoint &point : points)
        merged.push_back({point.at, point.low, point.high});
    merged.insert(merged.end(), m_points.begin(), m_points.end());
    const auto earlier = [](const Point &a, const Point &b) { return a.at < b.at; };
    std::stable_sort(merged.begin(), merged.end(), earlier);
    const auto same = [](const Point &a, const Point &b) { return a.at == b.at; };
    merged.erase(std::unique(merged.begin(), merged.end(), same), merged.end());
    if (merged.size() > MostPoints)
        merged.erase(merged.begin(), merged.end() - std::ptrdiff_t(MostPoints));
    m_points = std::move(merged);
}

void SeriesBuffer::append(qint64 at, double value)
{
    if (!std::isfinite(value) || (!m_points.empty() && at <= m_points.back().at))
        return;
    // Dropping a tenth at once keeps the cost of an append constant on average.
    if (m_points.size() >= MostPoints)
        m_points.erase(m_points.begin(), m_points.begin() + std::ptrdiff_t(MostPoints / 10));
    m_points.push_back({at, value, value});
}

std::size_t SeriesBuffer::firstFrom(qint64 at) const
{
    const auto it = std::lower_bound(m_points.begin(), m_points.end(), at,
                                     [](const Point &point, qint64 time) { return point.at < time; });
    return std::size_t(it - m_points.begin());
}

std::optional<double> SeriesBuffer::valueAt(qint64 at, qint64 withinMs) const
{
    const std::size_t after = firstFrom(at);
    const Point *nearest = after < m_points.size() ? &m_points[after] : nullptr;
    if (after > 0 && (!nearest || at - m_points[after - 1].at <= nearest->at - at))
        nearest = &m_points[after - 1];
    if (!nearest || std::llabs(nearest->at - at) > withinMs)
        return std::nullopt;
    return (nearest->low + nearest->high) / 2;
}

bool SeriesBuffer::gapBefore(std::size_t index) const
{
    if (index == 0)
        return false;
    const qint64 pause = m_points[index].at - m_points[index - 1].at;
    if (pause <= LeastGapMs)
        return false;
    const qint64 before = index > 1 ? m_points[index - 1].at - m_points[index - 2].at : 0;
    const qint64 after = index + 1 < m_points.size() ? m_points[index + 1].at - m_points[index].at : 0;
    return pause > 3 * std::max(before, after);
}

qsizetype SeriesBuffer::Thinned::count() const
{
    qsizetype total = 0;
    for (const QList<QPointF> &piece : pieces)
        total += piece.size();
    return total;
}

SeriesBuffer::Thinned SeriesBuffer::thinned(qint64 from, qint64 to, int columns) const
{
    Thinned result;
    if (columns < 1 || to <= from)
        return result;
    // Rounded up: one column fewer rather than one point more than there are pixels.
    const qint64 width = std::max<qint64>(1, (to - from + columns - 1) / columns);
    std::size_t index = firstFrom(from);
    if (index > 0 && !gapBefore(index))
        --index; // one point before the left edge, so that the line enters there
    QList<QPointF> piece;
    Column column;
    const auto endPiece = [&] {
        column.flush(piece);
        column = {};
        if (!piece.isEmpty())
            result.pieces.append(std::exchange(piece, {}));
    };
    result.low = std::numeric_limits<double>::infinity();
    result.high = -result.low;
    for (bool first = true; index < m_points.size() && m_points[index].at <= to; ++index, first = false) {
        const Point &point = m_points[index];
        if (!first && gapBefore(index))
            endPiece();
        const QPointF low(double(point.at - from), point.low), high(double(point.at - from), point.high);
        if (point.at / width != column.index) {
            column.flush(piece);
            column.start(point.at / width, low, high);
        } else {
            column.low = low.y() < column.low.y() ? low : column.low;
            column.high = high.y() > column.high.y() ? high : column.high;
        }
        result.low = std::min(result.low, point.low);
        result.high = std::max(result.high, point.high);
    }
    endPiece();
    return result;
}

} // namespace prunella
