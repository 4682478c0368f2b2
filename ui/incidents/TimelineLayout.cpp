#include "ui/incidents/TimelineLayout.h"

#include <algorithm>
#include <array>

namespace prunella {
namespace {

constexpr qreal MinBarWidth = 4;    // pixels: a short incident is still seen and hit
constexpr qreal PhaseMinWidth = 24; // pixels: below it phases would be noise
constexpr qint64 MinSpan = 60'000;

qint64 endOf(const Incident &incident, qint64 nowMs)
{
    return incident.resolvedAt > 0 ? incident.resolvedAt : std::max(nowMs, incident.detectedAt);
}

} // namespace

Phase phaseOf(IncidentStatus status)
{
    switch (status) {
    case IncidentStatus::Detected:
        return Phase::Detect;
    case IncidentStatus::Diagnosing:
        return Phase::Diagnose;
    case IncidentStatus::Recovering:
        return Phase::Act;
    case IncidentStatus::Verifying:
        return Phase::Verify;
    case IncidentStatus::AwaitingApproval:
    case IncidentStatus::Escalated:
    case IncidentStatus::Suppressed:
    case IncidentStatus::Observed:
    case IncidentStatus::Resolved:
        break;
    }
    return Phase::Wait;
}

QList<PhaseSpan> phasesOf(const Incident &incident, qint64 nowMs)
{
    QList<PhaseSpan> spans;
    const qint64 end = endOf(incident, nowMs);
    for (qsizetype i = 0; i < incident.timeline.size(); ++i) {
        const TimelineEntry &entry = incident.timeline[i];
        if (entry.status == IncidentStatus::Resolved)
            break;
        const qint64 until = i + 1 < incident.timeline.size() ? incident.timeline[i + 1].at : end;
        const Phase phase = phaseOf(entry.status);
        if (!spans.isEmpty() && spans.last().phase == phase)
            spans.last().to = until;
        else
            spans.append({phase, entry.at, until});
    }
    return spans;
}

void TimelineLayout::lay(const QList<Incident> &incidents, const TimelineView &view, qint64 nowMs)
{
    m_view = view;
    m_lanes.clear();
    m_bars.clear();
    for (const Incident &incident : incidents) {
        if (!m_lanes.contains(incident.component))
            m_lanes.append(incident.component);
    }
    m_lanes.sort(Qt::CaseInsensitive);
    for (const Incident &incident : incidents) {
        if (endOf(incident, nowMs) >= view.from && incident.detectedAt <= view.to)
            m_bars.append(barFor(incident, nowMs));
    }
    std::ranges::stable_sort(m_bars, {}, [](const TimelineBar &bar) { return bar.rect.left(); });
}

TimelineBar TimelineLayout::barFor(const Incident &incident, qint64 nowMs) const
{
    TimelineBar bar{incident.id, int(m_lanes.indexOf(incident.component)), {}, incident.status, phasesOf(incident, nowMs), {}};
    const qreal right = m_view.left + m_view.width;
    const qreal top = m_view.top + bar.lane * m_view.laneHeight + 4;
    const qreal height = m_view.laneHeight - 8;
    const auto inside = [&](qint64 at) { return std::clamp(xOf(at), m_view.left, right); };
    qreal from = inside(incident.detectedAt);
    const qreal to = std::min(right, std::max(inside(endOf(incident, nowMs)), from + MinBarWidth));
    from = std::min(from, to - MinBarWidth);
    bar.rect = QRectF(from, top, to - from, height);
    if (bar.rect.width() < PhaseMinWidth)
        return bar;
    for (const PhaseSpan &span : bar.phases)
        bar.phaseRects.append(QRectF(inside(span.from), top, inside(span.to) - inside(span.from), height));
    return bar;
}

const TimelineBar *TimelineLayout::barAt(QPointF point) const
{
    for (auto it = m_bars.crbegin(); it != m_bars.crend(); ++it) {
        if (it->rect.adjusted(-2, -4, 2, 4).contains(point))
            return &*it;
    }
    return nullptr;
}

const TimelineBar *TimelineLayout::barOf(const QString &id) const
{
    const auto it = std::ranges::find(m_bars, id, &TimelineBar::id);
    return it == m_bars.cend() ? nullptr : &*it;
}

qreal TimelineLayout::xOf(qint64 at) const
{
    const qint64 span = std::max<qint64>(1, m_view.to - m_view.from);
    return m_view.left + m_view.width * double(at - m_view.from) / double(span);
}

qint64 TimelineLayout::timeAt(qreal x) const
{
    if (m_view.width <= 0)
        return m_view.from;
    return m_view.from + qint64(double(m_view.to - m_view.from) * (x - m_view.left) / m_view.width);
}

TimelineView zoomed(const TimelineView &view, qint64 around, double factor, qint64 maxSpan)
{
    const double span = double(std::max<qint64>(1, view.to - view.from));
    const double next = std::clamp(span * factor, double(MinSpan), double(std::max(maxSpan, MinSpan)));
    const double share = std::clamp(double(around - view.from) / span, 0.0, 1.0);
    TimelineView result = view;
    result.from = around - qint64(next * share);
    result.to = result.from + qint64(next);
    return result;
}

QList<qint64> ticksOf(const TimelineView &view, int count, qint64 zoneOffsetMs)
{
    static constexpr std::array<qint64, 18> Steps{1'000, 5'000, 10'000, 30'000, 60'000, 120'000, 300'000, 600'000,
        1'800'000, 3'600'000, 7'200'000, 10'800'000, 21'600'000, 43'200'000, 86'400'000, 172'800'000, 432'000'000, 864'000'000};
    const qint64 wanted = (view.to - view.from) / std::max(1, count);
    const auto step = std::ranges::find_if(Steps, [wanted](qint64 ms) { return ms >= wanted; });
    const qint64 ms = step == Steps.end() ? Steps.back() : *step;
    QList<qint64> ticks;
    // round in local time, so that a day's tick is midnight here and not in Greenwich
    for (qint64 at = ((view.from + zoneOffsetMs) / ms + 1) * ms - zoneOffsetMs; at < view.to && ticks.size() < count; at += ms)
        ticks.append(at);
    return ticks;
}

} // namespace prunella
