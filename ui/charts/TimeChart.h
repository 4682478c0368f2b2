#pragma once
// The one door to Qt Charts: nothing outside ui/charts knows that library.
#include "ui/charts/ChartSpec.h"
#include "ui/charts/SeriesBuffer.h"

#include <QWidget>

namespace prunella {

class ChartView;

/// What a chart is drawn from at one moment.
struct ChartMoment {
    qint64 from = 0, to = 0;         ///< wall ms
    QList<const SeriesBuffer *> data; ///< one for each line; null: nothing known
    QList<ThresholdLine> thresholds; ///< of the first line
    QList<IncidentMark> marks;
    Health state = Health::Unknown;
};

/// One chart of lines over time, with limits, incident marks and a cross-hair. Redraws only in refresh().
class TimeChart : public QWidget
{
    Q_OBJECT
public:
    explicit TimeChart(ChartSpec spec, QWidget *parent = nullptr);
    ~TimeChart() override;

    [[nodiscard]] const ChartSpec &spec() const { return m_spec; }
    /// Draws the moment; `data` must live during the call only.
    void refresh(const ChartMoment &moment);
    /// The cross-hair of all charts; 0 hides it.
    void setCursorTime(qint64 wallMs);
    /// Points now on screen, for the bound "never more points than pixels".
    [[nodiscard]] qsizetype pointCount() const;
    /// What stands in the title row: at the cross-hair, else newest.
    [[nodiscard]] QString readout() const;

    [[nodiscard]] QSize sizeHint() const override { return {360, 200}; }
    [[nodiscard]] QSize minimumSizeHint() const override { return {240, 156}; }

Q_SIGNALS:
    void cursorMoved(qint64 wallMs);          ///< the pointer or an arrow key; 0: it left
    void incidentActivated(const QString &id);///< a mark was clicked, or Enter pressed at it

protected:
    void resizeEvent(QResizeEvent *event) override;
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void changeEvent(QEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    void readValues(const ChartMoment &moment);
    void paintTitle(QPainter &painter) const;
    int paintValues(QPainter &painter, const QRect &box) const;
    void paintValue(QPainter &painter, int line, const QRect &box, int nameWidth) const;
    [[nodiscard]] QString valueText(int line) const;
    void updateAccessibleText();

    ChartSpec m_spec;
    ChartView *m_view;
    ChartMoment m_moment;                     ///< without the data pointers
    QList<SeriesBuffer::Thinned> m_lines;
    QList<std::optional<double>> m_newest;
    qint64 m_cursor = 0;
};

} // namespace prunella
