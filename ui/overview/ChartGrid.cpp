#include "ui/overview/ChartGrid.h"
#include "ui/StateIcon.h"
#include "ui/overview/ChartCatalog.h"
#include "ui/text/Words.h"

#include <QGridLayout>
#include <QLabel>
#include <QScrollBar>
#include <QTimer>

namespace prunella {
namespace {

constexpr int TickMs = 1000;          // charts are drawn this often
constexpr int StoredPoints = 1200;    // asked of the store: enough for the widest chart
constexpr int LeastWidth = 256;       // px of one chart; decides the number of columns

Health markLevel(const Incident &incident)
{
    return incident.severity >= Severity::High ? Health::Critical : Health::Warning;
}

} // namespace

ChartGrid::ChartGrid(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent)
    : QScrollArea(parent), m_clock(std::move(clock)), m_feed(new ChartFeed(client, this)), m_tick(new QTimer(this)),
      m_body(new QWidget), m_layout(new QGridLayout(m_body)),
      m_empty(new QLabel(tr("No values yet. They appear here as soon as the first measurement is done."), m_body))
{
    setWidget(m_body);
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    setAccessibleName(tr("Charts"));
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(8);
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_layout->addWidget(m_empty, 0, 0, 1, 3);
    m_tick->setInterval(TickMs);
    connect(m_tick, &QTimer::timeout, this, &ChartGrid::refreshVisible);
    connect(m_feed, &ChartFeed::loaded, this, &ChartGrid::refreshVisible, Qt::QueuedConnection);
    connect(verticalScrollBar(), &QScrollBar::valueChanged, this, &ChartGrid::refreshVisible);
}

void ChartGrid::setCharts(const QList<ChartSpec> &charts)
{
    const auto sameSpec = [](const TimeChart *chart, const ChartSpec &spec) { return chart->spec() == spec; };
    if (!charts.isEmpty() && std::equal(m_charts.begin(), m_charts.end(), charts.begin(), charts.end(), sameSpec))
        return;
    qDeleteAll(m_charts);
    m_charts.clear();
    QList<SeriesKey> keys;
    for (const ChartSpec &spec : charts) {
        auto *chart = new TimeChart(spec, m_body);
        connect(chart, &TimeChart::cursorMoved, this, &ChartGrid::moveCursor);
        connect(chart, &TimeChart::incidentActivated, this, &ChartGrid::incidentActivated);
        m_charts.append(chart);
        for (const LineSpec &line : spec.lines)
            keys.append(line.key);
    }
    m_feed->watch(keys);
    m_columns = 0;
    arrange();
    reload();
}

void ChartGrid::setRange(qint64 ms)
{
    m_range = ms;
    reload();
}

void ChartGrid::reload()
{
    if (!isVisible()) // done when it is shown
        return;
    const qint64 to = m_pausedAt > 0 ? m_pausedAt : m_clock->now().wallMs;
    m_feed->load(to - m_range, to, StoredPoints);
    refreshVisible();
}

void ChartGrid::setFollowing(bool following)
{
    m_pausedAt = following ? 0 : m_clock->now().wallMs;
    refreshVisible();
}

void ChartGrid::takeFrame(const FramePtr &frame)
{
    m_frame = frame;
    m_feed->append(*frame);
}

void ChartGrid::arrange()
{
    const int width = viewport()->width();
    const int columns = std::clamp(width / LeastWidth, 1, 3);
    if (columns == m_columns)
        return;
    m_columns = columns;
    m_empty->setVisible(m_charts.isEmpty());
    for (int column = 0; column < 3; ++column)
        m_layout->setColumnStretch(column, column < columns ? 1 : 0);
    for (int i = 0; i < m_charts.size(); ++i) {
        m_layout->addWidget(m_charts[i], i / columns, i % columns);
        m_charts[i]->show();
    }
}

ChartMoment ChartGrid::momentOf(const ChartSpec &spec) const
{
    ChartMoment moment;
    moment.to = m_pausedAt > 0 ? m_pausedAt : m_clock->now().wallMs;
    moment.from = moment.to - m_range;
    for (const LineSpec &line : spec.lines)
        moment.data.append(m_feed->buffer(line.key));
    if (!m_frame)
        return moment;
    moment.state = worstOf(*m_frame, spec.lines);
    for (const MetricRow &row : m_frame->metrics) {
        if (row.key != spec.lines.first().key)
            continue;
        if (row.warning)
            moment.thresholds.append({*row.warning, Health::Warning});
        if (row.critical)
            moment.thresholds.append({*row.critical, Health::Critical});
    }
    for (const QList<Incident> *list : {&m_frame->recent, &m_frame->open}) {
        for (const Incident &incident : *list) {
            const bool concerns = spec.component == u"host" || incident.component == spec.component;
            if (concerns && incident.detectedAt >= moment.from && incident.detectedAt <= moment.to) {
                const QString text = tr("%1: %2").arg(incident.component, words(incident.type));
                moment.marks.append({incident.id, incident.detectedAt, markLevel(incident), text});
            }
        }
    }
    return moment;
}

void ChartGrid::refreshVisible()
{
    if (!isVisible())
        return;
    for (TimeChart *chart : std::as_const(m_charts)) {
        if (!chart->visibleRegion().isEmpty())
            chart->refresh(momentOf(chart->spec()));
    }
}

void ChartGrid::moveCursor(qint64 wallMs)
{
    for (TimeChart *chart : std::as_const(m_charts))
        chart->setCursorTime(wallMs);
}

void ChartGrid::resizeEvent(QResizeEvent *event)
{
    QScrollArea::resizeEvent(event);
    // Not within the resizing itself: a layout that changes while the scroll area measures it keeps its old height.
    QMetaObject::invokeMethod(this, [this] {
        arrange();
        refreshVisible();
    }, Qt::QueuedConnection);
}

void ChartGrid::showEvent(QShowEvent *event)
{
    QScrollArea::showEvent(event);
    m_tick->start();
    QMetaObject::invokeMethod(this, &ChartGrid::refreshVisible, Qt::QueuedConnection);
}

void ChartGrid::hideEvent(QHideEvent *event)
{
    m_tick->stop();
    QScrollArea::hideEvent(event);
}

} // namespace prunella
