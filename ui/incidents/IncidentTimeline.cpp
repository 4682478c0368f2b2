#include "ui/incidents/IncidentTimeline.h"

#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QDateTime>
#include <QHelpEvent>
#include <QLocale>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace prunella {
namespace {

constexpr int MaxLanesShown = 6; // more lanes make thinner lanes, not a taller strip
constexpr qreal AxisHeight = 20, MinLane = 10, MaxLane = 24;

} // namespace

IncidentTimeline::IncidentTimeline(QWidget *parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Timeline of incidents"));
    setAccessibleDescription(tr("Left and right select, plus and minus zoom, 0 shows the whole range."));
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

QSize IncidentTimeline::sizeHint() const
{
    const int lanes = std::clamp(int(m_layout.lanes().size()), 1, MaxLanesShown);
    return {400, int(lanes * MaxLane + AxisHeight)};
}

QSize IncidentTimeline::minimumSizeHint() const { return {120, sizeHint().height()}; }

void IncidentTimeline::setIncidents(const QList<Incident> &incidents, qint64 nowMs)
{
    m_incidents = incidents;
    m_nowMs = nowMs;
    const int before = sizeHint().height();
    relay();
    if (sizeHint().height() != before)
        updateGeometry();
}

void IncidentTimeline::setSpan(qint64 ms)
{
    m_span = ms;
    resetZoom();
}

void IncidentTimeline::resetZoom()
{
    m_zoomed = false;
    relay();
}

void IncidentTimeline::select(const QString &id)
{
    if (m_selected == id)
        return;
    m_selected = id;
    update();
}

void IncidentTimeline::relay()
{
    if (!m_zoomed) {
        m_view.to = m_nowMs + m_span / 50; // a little air right of now
        m_view.from = m_nowMs - m_span;
    }
    int names = 0;
    QSet<QString> lanes;
    for (const Incident &incident : std::as_const(m_incidents)) {
        lanes.insert(incident.component);
        names = std::max(names, fontMetrics().horizontalAdvance(incident.component));
    }
    m_view.left = std::min(names, width() / 4) + 4 * Theme::Grid;
    m_view.width = std::max<qreal>(1, width() - m_view.left - 2 * Theme::Grid);
    m_view.laneHeight = std::clamp((height() - AxisHeight) / std::max<qreal>(1, qreal(lanes.size())), MinLane, MaxLane);
    m_layout.lay(m_incidents, m_view, m_nowMs);
    update();
}

void IncidentTimeline::zoom(qint64 around, double factor)
{
    m_view = zoomed(m_view, around, factor, m_span + m_span / 50);
    m_zoomed = m_view.to - m_view.from < m_span;
    relay();
}

void IncidentTimeline::zoomOnSelected(double factor)
{
    const auto it = std::ranges::find(m_incidents, m_selected, &Incident::id);
    const qint64 span = m_view.to - m_view.from;
    qint64 middle = (m_view.from + m_view.to) / 2;
    if (it != m_incidents.cend() && factor < 1) { // a key has no place on the axis: what is selected comes to the middle
        middle = it->detectedAt + durationOf(*it, m_nowMs) / 2;
        m_view.from = middle - span / 2;
        m_view.to = m_view.from + span;
    }
    zoom(middle, factor);
}

void IncidentTimeline::step(int direction)
{
    const auto &bars = m_layout.bars();
    if (bars.isEmpty())
        return;
    const auto it = std::ranges::find(bars, m_selected, &TimelineBar::id);
    const qsizetype at = it == bars.cend() ? (direction > 0 ? -1 : bars.size()) : it - bars.cbegin();
    choose(bars[std::clamp<qsizetype>(at + direction, 0, bars.size() - 1)].id);
}

void IncidentTimeline::choose(const QString &id)
{
    select(id);
    Q_EMIT selectedByUser(id);
}

void IncidentTimeline::resizeEvent(QResizeEvent *) { relay(); }

void IncidentTimeline::mousePressEvent(QMouseEvent *event)
{
    m_dragX = event->position().x();
    m_dragFrom = m_view.from;
    if (const TimelineBar *bar = m_layout.barAt(event->position()))
        choose(bar->id);
}

void IncidentTimeline::mouseMoveEvent(QMouseEvent *event)
{
    if (!(event->buttons() & Qt::LeftButton) || !m_zoomed)
        return;
    const qint64 span = m_view.to - m_view.from;
    m_view.from = m_dragFrom - qint64((event->position().x() - m_dragX) / m_view.width * double(span));
    m_view.to = m_view.from + span;
    relay();
}

void IncidentTimeline::wheelEvent(QWheelEvent *event)
{
    const double steps = event->angleDelta().y() / 120.0;
    zoom(m_layout.timeAt(event->position().x()), std::pow(0.7, steps));
    event->accept();
}

void IncidentTimeline::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Left: return step(-1);
    case Qt::Key_Right: return step(1);
    case Qt::Key_Plus:
    case Qt::Key_Equal: return zoomOnSelected(0.5);
    case Qt::Key_Minus: return zoomOnSelected(2);
    case Qt::Key_0: return resetZoom();
    default: QWidget::keyPressEvent(event);
    }
}

bool IncidentTimeline::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    QToolTip::showText(help->globalPos(), toolTipAt(help->pos()), this);
    return true;
}

QString IncidentTimeline::toolTipAt(QPointF point) const
{
    const TimelineBar *bar = m_layout.barAt(point);
    if (!bar)
        return {};
    const auto it = std::ranges::find(m_incidents, bar->id, &Incident::id);
    return tr("%1 on %2: %3\n%4, %5").arg(words(it->type), it->component, words(it->status),
        formatExact(it->detectedAt), formatDuration(durationOf(*it, m_nowMs)));
}

} // namespace prunella
