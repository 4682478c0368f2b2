#pragma once
// Private to ui/charts: the drawing of a TimeChart. Qt Charts draws the lines; grid, scales, limits, marks and the
// cross-hair are painted here, because Qt's axes lay out their labels anew at every change of range.
#include "ui/charts/Scale.h"
#include "ui/charts/TimeChart.h"

#include <QtCharts/QChartView>
#include <QtCharts/QLineSeries>
#include <QtCharts/QValueAxis>

namespace prunella {

class ChartView : public QChartView
{
    Q_OBJECT
public:
    explicit ChartView(const ChartSpec &spec, QWidget *parent);

    void draw(const ChartMoment &moment, const QList<SeriesBuffer::Thinned> &lines);
    void setCursorTime(qint64 wallMs);
    void applyPalette();
    /// The most columns a line may have, two points each.
    [[nodiscard]] int columns() const;
    [[nodiscard]] qsizetype pointCount() const;
    /// The mark near a time, within a few pixels.
    [[nodiscard]] const IncidentMark *markNear(qint64 wallMs) const;

Q_SIGNALS:
    void cursorMoved(qint64 wallMs);
    void markClicked(const QString &id);

protected:
    void resizeEvent(QResizeEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void drawBackground(QPainter *painter, const QRectF &rect) override;
    void drawForeground(QPainter *painter, const QRectF &rect) override;
    bool viewportEvent(QEvent *event) override;

private:
    struct Line { QList<QLineSeries *> pieces; };

    void fitScale(const QList<SeriesBuffer::Thinned> &lines);
    void fillLine(int index, const SeriesBuffer::Thinned &thinned);
    QLineSeries *addPiece(int index);
    void placePlot();
    void paintScales(QPainter &painter) const;
    void paintThreshold(QPainter &painter, const ThresholdLine &limit) const;
    [[nodiscard]] QString limitText(const ThresholdLine &limit) const;
    [[nodiscard]] QRect limitBox(const ThresholdLine &limit, const QFontMetrics &metrics) const;
    void paintMark(QPainter &painter, const IncidentMark &mark) const;
    [[nodiscard]] double xOf(qint64 wallMs) const;
    [[nodiscard]] double yOf(double value) const;
    [[nodiscard]] qint64 timeAt(double x) const;

    const ChartSpec m_spec;
    QList<Line> m_lines;
    QValueAxis *m_x;
    QValueAxis *m_y;
    Scale m_scale;
    ChartMoment m_moment;
    QRectF m_plot;
    qint64 m_cursor = 0;
    bool m_empty = true;
};

} // namespace prunella
