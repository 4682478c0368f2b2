// What ChartView paints around the lines of Qt Charts.
#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/charts/ChartView.h"
#include "ui/text/Format.h"

#include <QPainter>

namespace prunella {

void ChartView::drawBackground(QPainter *painter, const QRectF &)
{
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->fillRect(viewport()->rect(), Theme::surface(palette()));
    paintScales(*painter);
    painter->setRenderHint(QPainter::Antialiasing);
}

void ChartView::paintScales(QPainter &painter) const
{
    const QFont font = Theme::small(Theme::tabular(this->font()));
    const QFontMetrics metrics(font);
    const QColor line = Theme::line(palette()), text = Theme::muted(palette());
    painter.setFont(font);
    for (qsizetype i = 0; i < m_scale.ticks().size(); ++i) {
        const int y = qRound(yOf(m_scale.ticks()[i]));
        painter.setPen(line);
        painter.drawLine(int(m_plot.left()), y, int(m_plot.right()), y);
        // On a low chart every second label is enough.
        if (i % 2 != 0 && m_plot.height() / double(m_scale.ticks().size()) < metrics.height() + 4)
            continue;
        painter.setPen(text);
        painter.drawText(QRectF(0, y - metrics.height() / 2, m_plot.left() - 4, metrics.height()),
                         Qt::AlignRight | Qt::AlignVCenter, m_scale.labels()[i]);
    }
    const int labelWidth = metrics.horizontalAdvance(QStringLiteral("00:00:00"));
    const int most = std::max(1, int(m_plot.width() / (labelWidth + 12)));
    for (const qint64 at : timeTicks(m_moment.from, m_moment.to, most)) {
        const int x = qRound(xOf(at));
        painter.setPen(line);
        painter.drawLine(x, int(m_plot.top()), x, int(m_plot.bottom()));
        const QString clock = formatClock(at).left(at % 60'000 == 0 ? 5 : 8);
        const int half = metrics.horizontalAdvance(clock) / 2 + 1;
        if (x - half < m_plot.left() - 4 || x + half > width()) // else it lies against the values' labels
            continue;
        painter.setPen(text);
        painter.drawText(QRect(x - half, int(m_plot.bottom()) + 2, 2 * half, metrics.height()), Qt::AlignCenter, clock);
    }
}

void ChartView::drawForeground(QPainter *painter, const QRectF &)
{
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->setFont(Theme::small(font()));
    if (m_empty && m_moment.to > 0) {
        painter->setPen(Theme::muted(palette()));
        painter->drawText(m_plot, Qt::AlignCenter | Qt::TextWordWrap, tr("No values in this time yet"));
    }
    for (const ThresholdLine &limit : std::as_const(m_moment.thresholds))
        paintThreshold(*painter, limit);
    for (const IncidentMark &mark : std::as_const(m_moment.marks))
        paintMark(*painter, mark);
    const double x = xOf(m_cursor);
    if (m_cursor > 0 && x >= m_plot.left() && x <= m_plot.right()) {
        painter->setPen(palette().color(QPalette::WindowText));
        painter->drawLine(qRound(x), int(m_plot.top()), qRound(x), int(m_plot.bottom()));
    }
}

QString ChartView::limitText(const ThresholdLine &limit) const
{
    const QString value = formatValue(limit.value, m_spec.unit);
    return limit.level == Health::Critical ? tr("critical %1").arg(value) : tr("warning %1").arg(value);
}

/// Where the words of a limit stand: below its line, because the marks stand above the plot; above it at the foot.
QRect ChartView::limitBox(const ThresholdLine &limit, const QFontMetrics &metrics) const
{
    const int y = qRound(yOf(limit.value)), height = metrics.height();
    const bool below = y + height < m_plot.bottom();
    return {int(m_plot.left()) + 2, below ? y + 1 : y - height, metrics.horizontalAdvance(limitText(limit)) + 8, height};
}

void ChartView::paintThreshold(QPainter &painter, const ThresholdLine &limit) const
{
    if (limit.value < m_scale.low() || limit.value > m_scale.high())
        return;
    const QFontMetrics metrics(painter.font());
    QRect box = limitBox(limit, metrics);
    // A warning whose words would lie on those of another limit, or under its line, moves aside.
    for (const ThresholdLine &other : m_moment.thresholds) {
        if (limit.level == Health::Warning && other.level != limit.level && limitBox(other, metrics).adjusted(0, -2, 0, 2).intersects(box))
            box.moveLeft(limitBox(other, metrics).right() + 8);
    }
    QColor veil = Theme::surface(palette());
    veil.setAlpha(200); // the words stay readable over the values
    painter.fillRect(box, veil);
    painter.setPen(QPen(Theme::state(palette(), limit.level), 1, Qt::DashLine));
    const int y = qRound(yOf(limit.value));
    painter.drawLine(int(m_plot.left()), y, int(m_plot.right()), y);
    painter.drawText(box, Qt::AlignCenter, limitText(limit));
}

void ChartView::paintMark(QPainter &painter, const IncidentMark &mark) const
{
    if (mark.at < m_moment.from || mark.at > m_moment.to)
        return;
    const int x = qRound(xOf(mark.at));
    painter.setPen(QPen(Theme::state(palette(), mark.level), 1, Qt::DotLine));
    painter.drawLine(x, int(m_plot.top()), x, int(m_plot.bottom()));
    paintState(painter, QRectF(x - 6, m_plot.top() - 14, 12, 12), mark.level, palette());
}

} // namespace prunella
