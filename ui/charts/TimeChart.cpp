#include "ui/charts/TimeChart.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/charts/ChartView.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QKeyEvent>
#include <QPainter>
#include <QToolTip>
#include <numeric>

namespace prunella {
namespace {

constexpr int Pad = 8; // px around the chart, on the 4 px grid

/// The value nearest to x, when one is near enough to stand for it.
std::optional<double> nearest(const SeriesBuffer::Thinned &line, double x, double within)
{
    std::optional<double> found;
    for (const QList<QPointF> &piece : line.pieces) {
        const auto it = std::lower_bound(piece.begin(), piece.end(), x,
                                         [](const QPointF &point, double at) { return point.x() < at; });
        for (auto candidate = it == piece.begin() ? it : it - 1; candidate != piece.end(); ++candidate) {
            const double away = std::abs(candidate->x() - x);
            if (away < within) {
                within = away;
                found = candidate->y();
            }
            if (candidate->x() > x)
                break;
        }
    }
    return found;
}

} // namespace

TimeChart::TimeChart(ChartSpec spec, QWidget *parent)
    : QWidget(parent), m_spec(std::move(spec)), m_view(new ChartView(m_spec, this))
{
    setFocusPolicy(Qt::StrongFocus);
    setAttribute(Qt::WA_OpaquePaintEvent);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(m_spec.title);
    connect(m_view, &ChartView::cursorMoved, this, &TimeChart::cursorMoved);
    connect(m_view, &ChartView::markClicked, this, &TimeChart::incidentActivated);
}

TimeChart::~TimeChart() = default;

void TimeChart::refresh(const ChartMoment &moment)
{
    m_lines.clear();
    for (const SeriesBuffer *buffer : moment.data)
        m_lines.append(buffer ? buffer->thinned(moment.from, moment.to, m_view->columns()) : SeriesBuffer::Thinned{});
    readValues(moment);
    m_moment = moment;
    m_moment.data.clear();
    m_view->draw(m_moment, m_lines);
    updateAccessibleText();
    update(0, 0, width(), m_view->y());
}

void TimeChart::readValues(const ChartMoment &moment)
{
    m_newest.clear();
    for (const SeriesBuffer *buffer : moment.data) {
        // A value counts as the newest one for two minutes; an older one would pass for news.
        m_newest.append(buffer ? buffer->valueAt(moment.to, 120'000) : std::nullopt);
    }
}

void TimeChart::setCursorTime(qint64 wallMs)
{
    if (m_cursor == wallMs)
        return;
    m_cursor = wallMs;
    m_view->setCursorTime(wallMs);
    update(0, 0, width(), m_view->y());
}

qsizetype TimeChart::pointCount() const
{
    return m_view->pointCount();
}

QString TimeChart::valueText(int line) const
{
    std::optional<double> value = m_newest.value(line);
    if (m_cursor > 0 && line < m_lines.size()) {
        const double span = double(m_moment.to - m_moment.from);
        value = nearest(m_lines[line], double(m_cursor - m_moment.from), std::max(span / 40, 35'000.0));
    }
    return value ? formatValue(*value, m_spec.unit) : QStringLiteral("–");
}

QString TimeChart::readout() const
{
    QStringList parts;
    for (int line = 0; line < m_spec.lines.size(); ++line) {
        const QString &name = m_spec.lines[line].name;
        parts.append(name.isEmpty() ? valueText(line) : QString(name + u' ' + valueText(line)));
    }
    const QString values = parts.join(QStringLiteral("  "));
    return m_cursor > 0 ? QString(formatClock(m_cursor) + QStringLiteral("  ") + values) : values;
}

void TimeChart::updateAccessibleText()
{
    // Spoken text changes with the state, not with each value: a screen reader must not be flooded.
    const QString text = tr("%1, chart, %2").arg(m_spec.title, words(m_moment.state));
    if (text != accessibleName())
        setAccessibleName(text);
    setAccessibleDescription(tr("Arrow keys move the cross-hair, Escape hides it, Enter opens the incident at it"));
}

void TimeChart::resizeEvent(QResizeEvent *)
{
    const int titleHeight = Pad + fontMetrics().height() + 2;
    m_view->setGeometry(Pad, titleHeight, width() - 2 * Pad, height() - titleHeight - 4);
}

void TimeChart::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.fillRect(rect(), Theme::surface(palette()));
    painter.setPen(hasFocus() ? QPen(Theme::accent(palette()), 2) : QPen(Theme::line(palette()), 1));
    painter.drawRect(hasFocus() ? rect().adjusted(1, 1, -1, -1) : rect().adjusted(0, 0, -1, -1));
    paintTitle(painter);
}

void TimeChart::paintTitle(QPainter &painter) const
{
    const int height = fontMetrics().height();
    const QRect row(Pad, Pad - 2, width() - 2 * Pad, height + 4);
    paintState(painter, QRectF(row.left(), row.center().y() - 6, 13, 13), m_moment.state, palette());
    const QFont bold = Theme::bold(font());
    const int left = row.left() + 20;
    const int titleWidth = QFontMetrics(bold).horizontalAdvance(m_spec.title);
    const int least = m_spec.lines.size() > 1 ? titleWidth : std::min(titleWidth, row.width() / 2);
    painter.setFont(Theme::tabular(font()));
    int right = paintValues(painter, row.adjusted(20 + least + 12, 0, 0, 0)) - 12;
    if (m_cursor > 0) {
        const QString clock = formatClock(m_cursor);
        const int clockWidth = painter.fontMetrics().horizontalAdvance(clock);
        // The time is left out where the title needs the place.
        if (right - clockWidth > left + titleWidth + 12) {
            painter.setPen(Theme::muted(palette()));
            painter.drawText(QRect(right - clockWidth, row.top(), clockWidth, row.height()), Qt::AlignVCenter, clock);
            right -= clockWidth + 12;
        }
    }
    painter.setFont(bold);
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(QRect(left, row.top(), right - left, row.height()), Qt::AlignVCenter,
                     painter.fontMetrics().elidedText(m_spec.title, Qt::ElideRight, right - left));
}

/// Paints "▬ name value" for each line at the right end of the box and returns where the first one starts. Where
/// space is short, long names are shortened; then the last lines are left out.
int TimeChart::paintValues(QPainter &painter, const QRect &box) const
{
    constexpr int Swatch = 12, Gap = 8, LeastName = 40; // px
    const auto nameWidth = [&](int line) { return m_spec.lines[line].name.isEmpty() ? 0 : painter.fontMetrics().horizontalAdvance(m_spec.lines[line].name) + 2; };
    const QFontMetrics metrics = painter.fontMetrics();
    int count = int(m_spec.lines.size());
    const auto name = [this](int line) -> const QString & { return m_spec.lines[line].name; };
    const auto fixedWidth = [&](int line) {
        return metrics.horizontalAdvance(valueText(line)) + (name(line).isEmpty() ? 0 : Swatch + 4) + (line > 0 ? Gap : 0);
    };
    int namesShare = 0;
    for (; count > 0; --count) {
        int taken = 0, least = 0;
        for (int line = 0; line < count; ++line) {
            taken += fixedWidth(line);
            least += std::min(nameWidth(line), LeastName);
        }
        namesShare = box.width() - taken;
        if (namesShare >= least)
            break;
    }
    // Short names leave their share to the long ones.
    QList<int> widths(count, 0), order(count, 0);
    std::iota(order.begin(), order.end(), 0);
    std::sort(order.begin(), order.end(), [&](int a, int b) { return name(a).size() < name(b).size(); });
    for (int i = 0; i < count; ++i) {
        widths[order[i]] = std::min(nameWidth(order[i]), namesShare / (count - i));
        namesShare -= widths[order[i]];
    }
    int x = box.right() + 1;
    for (int line = count - 1; line >= 0; --line) {
        const int width = fixedWidth(line) + widths[line] - (line > 0 ? Gap : 0);
        paintValue(painter, line, QRect(x - width, box.top(), width, box.height()), widths[line]);
        x -= width + Gap;
    }
    return count > 0 ? x + Gap : x;
}

void TimeChart::paintValue(QPainter &painter, int line, const QRect &box, int nameWidth) const
{
    const QString &name = m_spec.lines[line].name;
    if (!name.isEmpty()) {
        painter.fillRect(QRect(box.left(), box.center().y() - 1, 8, 3), Theme::series(palette(), line));
        painter.setPen(Theme::muted(palette()));
        painter.drawText(box.adjusted(12, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter,
                         painter.fontMetrics().elidedText(name, Qt::ElideMiddle, nameWidth));
    }
    painter.setPen(palette().color(QPalette::WindowText));
    painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, valueText(line));
}

void TimeChart::keyPressEvent(QKeyEvent *event)
{
    const qint64 step = (m_moment.to - m_moment.from) / 60;
    const qint64 at = m_cursor > 0 ? m_cursor : m_moment.to;
    if (event->key() == Qt::Key_Left)
        Q_EMIT cursorMoved(std::max(m_moment.from, at - step));
    else if (event->key() == Qt::Key_Right)
        Q_EMIT cursorMoved(std::min(m_moment.to, at + step));
    else if (event->key() == Qt::Key_Escape && m_cursor > 0)
        Q_EMIT cursorMoved(0);
    else if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_view->markNear(at))
        Q_EMIT incidentActivated(m_view->markNear(at)->id);
    else
        QWidget::keyPressEvent(event);
}

bool TimeChart::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    // All lines with their whole names, also those that the title row has no room for.
    QStringList lines{m_spec.title};
    for (int line = 0; line < m_spec.lines.size(); ++line)
        lines.append(m_spec.lines[line].name + u' ' + valueText(line));
    QToolTip::showText(static_cast<QHelpEvent *>(event)->globalPos(), lines.join(u'\n'), this);
    return true;
}

void TimeChart::changeEvent(QEvent *event)
{
    if (event->type() == QEvent::PaletteChange)
        m_view->applyPalette();
    QWidget::changeEvent(event);
}

void TimeChart::focusInEvent(QFocusEvent *event)
{
    QWidget::focusInEvent(event);
    update();
}

void TimeChart::focusOutEvent(QFocusEvent *event)
{
    QWidget::focusOutEvent(event);
    update();
}

} // namespace prunella
