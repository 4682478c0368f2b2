#pragma once
#include "ui/incidents/TimelineLayout.h"

#include <QWidget>

namespace prunella {

/// The strip above the table: one lane a component, a bar an incident, phases where there is room.
/// Click or left and right select, the wheel and + - zoom, drag moves, 0 shows the whole range again.
class IncidentTimeline : public QWidget
{
    Q_OBJECT
public:
    explicit IncidentTimeline(QWidget *parent = nullptr);

    void setIncidents(const QList<Incident> &incidents, qint64 nowMs);
    /// What is seen when not zoomed; the view follows `nowMs` while it is not zoomed.
    void setSpan(qint64 ms);
    void select(const QString &id);
    [[nodiscard]] QString selected() const { return m_selected; }
    [[nodiscard]] const TimelineLayout &layoutOfBars() const { return m_layout; }
    [[nodiscard]] bool isZoomed() const { return m_zoomed; }
    void resetZoom();

    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

Q_SIGNALS:
    void selectedByUser(const QString &id);

protected:
    void paintEvent(QPaintEvent *event) override;
    void resizeEvent(QResizeEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    bool event(QEvent *event) override;

private:
    void relay();
    void zoom(qint64 around, double factor);
    void zoomOnSelected(double factor);
    void step(int direction);
    void choose(const QString &id);
    [[nodiscard]] QString toolTipAt(QPointF point) const;
    void paintLanes(QPainter &painter) const;
    void paintTicks(QPainter &painter) const;
    void paintBar(QPainter &painter, const TimelineBar &bar) const;

    QList<Incident> m_incidents;
    TimelineView m_view;
    TimelineLayout m_layout;
    QString m_selected;
    qint64 m_nowMs = 0, m_span = 86'400'000;
    qreal m_dragX = 0;
    qint64 m_dragFrom = 0;
    bool m_zoomed = false;
};

} // namespace prunella
