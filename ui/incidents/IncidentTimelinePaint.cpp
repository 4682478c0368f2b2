#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/incidents/IncidentTimeline.h"

#include <QDateTime>
#include <QLocale>
#include <QPainter>

namespace prunella {
namespace {

/// Phases differ by how full they are, not by hue: hue is the incident's state.
int strengthOf(Phase phase)
{
    switch (phase) {
    case Phase::Detect: return 70;
    case Phase::Diagnose: return 120;
    case Phase::Wait: return 45;
    case Phase::Act: return 255;
    case Phase::Verify: return 180;
    }
    return 255;
}

QString letterOf(Phase phase)
{
    switch (phase) {
    case Phase::Detect: return IncidentTimeline::tr("detect");
    case Phase::Diagnose: return IncidentTimeline::tr("diagnose");
    case Phase::Wait: return IncidentTimeline::tr("wait");
    case Phase::Act: return IncidentTimeline::tr("act");
    case Phase::Verify: return IncidentTimeline::tr("verify");
    }
    return {};
}

} // namespace

void IncidentTimeline::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.fillRect(rect(), Theme::surface(palette()));
    paintTicks(painter);
    paintLanes(painter);
    painter.save();
    painter.setClipRect(QRectF(m_view.left, 0, m_view.width, height()));
    for (const TimelineBar &bar : m_layout.bars())
        paintBar(painter, bar);
    painter.restore();
    if (!hasFocus())
        return;
    painter.setPen(QPen(Theme::accent(palette()), 2));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(rect()).adjusted(1, 1, -1, -1));
}

void IncidentTimeline::paintLanes(QPainter &painter) const
{
    const QStringList &lanes = m_layout.lanes();
    for (int lane = 0; lane < int(lanes.size()); ++lane) {
        const qreal top = m_view.top + lane * m_view.laneHeight;
        painter.setPen(Theme::line(palette()));
        painter.drawLine(QPointF(0, top + m_view.laneHeight), QPointF(width(), top + m_view.laneHeight));
        painter.setPen(Theme::muted(palette()));
        const QRectF box(2 * Theme::Grid, top, m_view.left - 3 * Theme::Grid, m_view.laneHeight);
        painter.drawText(box, Qt::AlignVCenter | Qt::AlignRight, fontMetrics().elidedText(lanes[lane], Qt::ElideRight, int(box.width())));
    }
}

void IncidentTimeline::paintTicks(QPainter &painter) const
{
    const qint64 offset = QDateTime::fromMSecsSinceEpoch(m_view.to).offsetFromUtc() * 1000LL;
    const auto ticks = ticksOf(m_view, std::max(2, int(m_view.width / 90)), offset);
    const qint64 step = ticks.size() > 1 ? ticks[1] - ticks[0] : 0;
    const QString format = step >= 86'400'000 ? QStringLiteral("d MMM") : step >= 60'000 ? QStringLiteral("HH:mm") : QStringLiteral("HH:mm:ss");
    painter.setFont(Theme::small(font()));
    for (const qint64 at : ticks) {
        const qreal x = m_layout.xOf(at);
        painter.setPen(Theme::line(palette()));
        painter.drawLine(QPointF(x, 0), QPointF(x, height() - 18));
        painter.setPen(Theme::muted(palette()));
        painter.drawText(QRectF(x - 45, height() - 18, 90, 18), Qt::AlignCenter,
                         QLocale().toString(QDateTime::fromMSecsSinceEpoch(at), format));
    }
    painter.setFont(font());
    if (m_nowMs < m_view.to) {
        painter.setPen(QPen(Theme::accent(palette()), 1, Qt::DashLine));
        painter.drawLine(QPointF(m_layout.xOf(m_nowMs), 0), QPointF(m_layout.xOf(m_nowMs), height() - 18));
    }
}

void IncidentTimeline::paintBar(QPainter &painter, const TimelineBar &bar) const
{
    const QColor color = Theme::state(palette(), stateOf(bar.status));
    painter.setPen(Qt::NoPen);
    QColor pale = color;
    pale.setAlpha(bar.phaseRects.isEmpty() ? 255 : 40);
    painter.setBrush(pale);
    painter.drawRoundedRect(bar.rect, 2, 2);
    for (qsizetype i = 0; i < bar.phaseRects.size(); ++i) {
        QColor fill = color;
        fill.setAlpha(strengthOf(bar.phases[i].phase));
        painter.fillRect(bar.phaseRects[i], fill);
        const QString name = letterOf(bar.phases[i].phase);
        if (fontMetrics().horizontalAdvance(name) + 8 > bar.phaseRects[i].width() || bar.rect.height() < fontMetrics().height() - 2)
            continue;
        painter.setPen(fill.alpha() > 150 ? palette().color(QPalette::Base) : palette().color(QPalette::Text));
        painter.drawText(bar.phaseRects[i], Qt::AlignCenter, name);
        painter.setPen(Qt::NoPen);
    }
    if (bar.id != m_selected)
        return;
    painter.setBrush(Qt::NoBrush);
    painter.setPen(QPen(palette().color(QPalette::Text), 2));
    painter.drawRoundedRect(bar.rect.adjusted(-1, -1, 1, 1), 3, 3);
}

} // namespace prunella
