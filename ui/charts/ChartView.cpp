#include "ui/charts/ChartView.h"
#include "ui/StateIcon.h"
#include "ui/Theme.h"
#include "ui/text/Format.h"

#include <QGraphicsLayout>
#include <QMouseEvent>
#include <QToolTip>
#include <QtCharts/QChart>

namespace prunella {
namespace {

constexpr int MarkSize = 12; // px, the icon at the top of an incident's line
// px; up to 1 the raster engine has a way four times as fast as for wider lines.
constexpr double LineWidth = 1;

void hideAxis(QValueAxis *axis)
{
    axis->setVisible(false);
    axis->setLabelsVisible(false);
    axis->setGridLineVisible(false);
}

} // namespace

ChartView::ChartView(const ChartSpec &spec, QWidget *parent)
    : QChartView(parent), m_spec(spec), m_x(new QValueAxis(this)), m_y(new QValueAxis(this))
{
    m_lines.resize(spec.lines.size());
    hideAxis(m_x);
    hideAxis(m_y);
    chart()->addAxis(m_x, Qt::AlignBottom);
    chart()->addAxis(m_y, Qt::AlignLeft);
    chart()->legend()->hide();
    chart()->setBackgroundVisible(false);
    chart()->setPlotAreaBackgroundVisible(false);
    chart()->setMargins({});
    chart()->layout()->setContentsMargins(0, 0, 0, 0);
    chart()->setAnimationOptions(QChart::NoAnimation);
    setRenderHint(QPainter::Antialiasing);
    setFrameShape(QFrame::NoFrame);
    setViewportUpdateMode(QGraphicsView::FullViewportUpdate);
    setOptimizationFlags(QGraphicsView::DontSavePainterState | QGraphicsView::DontAdjustForAntialiasing);
    scene()->setItemIndexMethod(QGraphicsScene::NoIndex);
    setFocusPolicy(Qt::NoFocus);
    setMouseTracking(true);
    viewport()->setMouseTracking(true);
    viewport()->setFocusPolicy(Qt::NoFocus);
    viewport()->setAttribute(Qt::WA_OpaquePaintEvent);
    applyPalette();
}

void ChartView::applyPalette()
{
    for (int index = 0; index < m_lines.size(); ++index) {
        for (QLineSeries *piece : std::as_const(m_lines[index].pieces))
            piece->setPen(QPen(Theme::series(palette(), index), LineWidth));
    }
    viewport()->update();
}

QLineSeries *ChartView::addPiece(int index)
{
    auto *piece = new QLineSeries(chart());
    piece->setPen(QPen(Theme::series(palette(), index), LineWidth));
    chart()->addSeries(piece);
    piece->attachAxis(m_x);
    piece->attachAxis(m_y);
    m_lines[index].pieces.append(piece);
    return piece;
}

void ChartView::fillLine(int index, const SeriesBuffer::Thinned &thinned)
{
    QList<QLineSeries *> &pieces = m_lines[index].pieces;
    for (qsizetype i = 0; i < thinned.pieces.size(); ++i) {
        QLineSeries *piece = i < pieces.size() ? pieces[i] : addPiece(index);
        piece->replace(thinned.pieces[i]);
    }
    for (qsizetype i = thinned.pieces.size(); i < pieces.size(); ++i) {
        if (pieces[i]->count() > 0)
            pieces[i]->clear();
    }
}

void ChartView::fitScale(const QList<SeriesBuffer::Thinned> &lines)
{
    if (m_spec.top) {
        m_scale.fix(*m_spec.top, m_spec.unit);
        return;
    }
    double low = 0, high = 0;
    for (const SeriesBuffer::Thinned &line : lines) {
        if (!line.isEmpty()) {
            low = std::min(low, line.low);
            high = std::max(high, line.high);
        }
    }
    // A limit near the values belongs into the picture; one far above would flatten the line.
    for (const ThresholdLine &limit : std::as_const(m_moment.thresholds)) {
        if (limit.value < 2.5 * high)
            high = std::max(high, limit.value * 1.05);
    }
    m_scale.fit(low, high, m_spec.unit);
}

void ChartView::draw(const ChartMoment &moment, const QList<SeriesBuffer::Thinned> &lines)
{
    m_moment = moment;
    m_moment.data.clear();
    m_empty = std::all_of(lines.begin(), lines.end(), [](const auto &line) { return line.isEmpty(); });
    fitScale(lines);
    placePlot();
    // Setting an unchanged range costs nothing; the time axis counts from the left edge and so stays the same.
    m_x->setRange(0, double(moment.to - moment.from));
    m_y->setRange(m_scale.low(), m_scale.high());
    for (int index = 0; index < m_lines.size(); ++index)
        fillLine(index, lines.value(index));
    viewport()->update();
}

void ChartView::placePlot()
{
    const QFontMetrics metrics(Theme::small(font()));
    // The same margin for all usual scales: charts above each other share one time axis.
    int widest = metrics.horizontalAdvance(QStringLiteral("99 MiB/s"));
    for (const QString &label : m_scale.labels())
        widest = std::max(widest, metrics.horizontalAdvance(label));
    const QRectF plot(widest + 8, MarkSize + 4, width() - widest - 16, height() - MarkSize - 8 - metrics.height());
    if (plot == m_plot || plot.width() < 16 || plot.height() < 16)
        return;
    m_plot = plot;
    chart()->setPlotArea(plot);
}

int ChartView::columns() const
{
    // Two points a column, a column three pixels wide: fewer points than pixels, and no finer than an eye sees. Qt
    // Charts computes an outline for every segment, which is the larger part of what a chart costs.
    return std::max(1, int(m_plot.width() * devicePixelRatioF() / 3));
}

qsizetype ChartView::pointCount() const
{
    qsizetype most = 0;
    for (const Line &line : m_lines) {
        qsizetype count = 0;
        for (const QLineSeries *piece : line.pieces)
            count += piece->count();
        most = std::max(most, count);
    }
    return most;
}

void ChartView::setCursorTime(qint64 wallMs)
{
    if (m_cursor == wallMs)
        return;
    m_cursor = wallMs;
    viewport()->update();
}

double ChartView::xOf(qint64 wallMs) const
{
    const double part = double(wallMs - m_moment.from) / double(std::max<qint64>(1, m_moment.to - m_moment.from));
    return m_plot.left() + part * m_plot.width();
}

double ChartView::yOf(double value) const
{
    const double span = m_scale.high() - m_scale.low();
    return m_plot.bottom() - (value - m_scale.low()) / (span > 0 ? span : 1) * m_plot.height();
}

qint64 ChartView::timeAt(double x) const
{
    return m_moment.from + qint64((x - m_plot.left()) / m_plot.width() * double(m_moment.to - m_moment.from));
}

const IncidentMark *ChartView::markNear(qint64 wallMs) const
{
    const IncidentMark *nearest = nullptr;
    double distance = MarkSize / 2.0 + 1;
    for (const IncidentMark &mark : m_moment.marks) {
        const double away = std::abs(xOf(mark.at) - xOf(wallMs));
        if (away < distance) {
            distance = away;
            nearest = &mark;
        }
    }
    return nearest;
}

void ChartView::resizeEvent(QResizeEvent *event)
{
    QChartView::resizeEvent(event);
    placePlot();
}

void ChartView::mouseMoveEvent(QMouseEvent *event)
{
    const QPointF at = event->position();
    Q_EMIT cursorMoved(m_plot.adjusted(0, -m_plot.top(), 0, 0).contains(at) ? timeAt(at.x()) : 0);
}

void ChartView::mousePressEvent(QMouseEvent *event)
{
    const IncidentMark *mark = markNear(timeAt(event->position().x()));
    if (event->button() == Qt::LeftButton && mark)
        Q_EMIT markClicked(mark->id);
    event->ignore(); // the chart takes the focus
}

void ChartView::leaveEvent(QEvent *event)
{
    Q_EMIT cursorMoved(0);
    QChartView::leaveEvent(event);
}

bool ChartView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const IncidentMark *mark = markNear(timeAt(help->pos().x()));
        QToolTip::showText(help->globalPos(), mark ? mark->text : QString(), this);
        return true;
    }
    return QChartView::viewportEvent(event);
}

} // namespace prunella
