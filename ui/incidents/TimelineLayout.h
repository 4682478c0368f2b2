#pragma once
// Where everything lies in the strip above the incidents: plain arithmetic on values, so that it can be tested alone.
#include "core/model/Incident.h"

#include <QRectF>
#include <QStringList>

namespace prunella {

/// What the engine was busy with; a person's time counts as waiting.
enum class Phase { Detect, Diagnose, Wait, Act, Verify };

[[nodiscard]] Phase phaseOf(IncidentStatus status);

struct PhaseSpan { Phase phase = Phase::Detect; qint64 from = 0, to = 0; };

/// The phases of an incident from detected to resolved; `nowMs` ends an open one. Equal neighbours are joined.
[[nodiscard]] QList<PhaseSpan> phasesOf(const Incident &incident, qint64 nowMs);

struct TimelineBar {
    QString id;
    int lane = 0;
    QRectF rect;                 ///< pixels
    IncidentStatus status = IncidentStatus::Detected;
    QList<PhaseSpan> phases;
    QList<QRectF> phaseRects;    ///< as many as phases; empty when the bar is too narrow to show them
};

struct TimelineView { qint64 from = 0, to = 0; qreal left = 0, width = 0, laneHeight = 24, top = 0; };

class TimelineLayout
{
public:
    /// Lanes are the components in alphabetical order; open incidents reach to `nowMs`.
    void lay(const QList<Incident> &incidents, const TimelineView &view, qint64 nowMs);

    [[nodiscard]] const QStringList &lanes() const { return m_lanes; }
    [[nodiscard]] const QList<TimelineBar> &bars() const { return m_bars; }
    /// The bar under a point; the later one where two overlap. nullptr: none
    [[nodiscard]] const TimelineBar *barAt(QPointF point) const;
    /// The bar of an incident; nullptr when it is out of sight.
    [[nodiscard]] const TimelineBar *barOf(const QString &id) const;
    [[nodiscard]] qreal xOf(qint64 at) const;
    [[nodiscard]] qint64 timeAt(qreal x) const;

private:
    [[nodiscard]] TimelineBar barFor(const Incident &incident, qint64 nowMs) const;

    TimelineView m_view;
    QStringList m_lanes;
    QList<TimelineBar> m_bars;
};

/// Zooms around a moment that stays where it is; the span stays between one minute and `maxSpan`.
[[nodiscard]] TimelineView zoomed(const TimelineView &view, qint64 around, double factor, qint64 maxSpan);

/// Round times for ticks, at most `count` of them, within the view. Milliseconds.
[[nodiscard]] QList<qint64> ticksOf(const TimelineView &view, int count, qint64 zoneOffsetMs);

} // namespace prunella
