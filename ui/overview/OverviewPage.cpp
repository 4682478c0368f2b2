#include "ui/overview/OverviewPage.h"
#include "ui/CheckButton.h"
#include "ui/ConsoleSettings.h"
#include "ui/Theme.h"
#include "ui/overview/ChartCatalog.h"
#include "ui/overview/ChartGrid.h"
#include "ui/overview/ChartPicker.h"
#include "ui/overview/ServicesPanel.h"
#include "ui/overview/TileRow.h"
#include "ui/text/Format.h"

#include <QButtonGroup>
#include <QLabel>
#include <QPushButton>
#include <QSplitter>
#include <QVBoxLayout>

namespace prunella {
namespace {

constexpr qint64 FiveMinutes = 300'000, OneHour = 3'600'000; // ms
const QString RangeKey = QStringLiteral("overview/range_ms");
const QString ChartsKey = QStringLiteral("overview/charts");
const QString SplitterKey = QStringLiteral("overview/splitter");

} // namespace

OverviewPage::OverviewPage(EngineClient *client, std::shared_ptr<const Clock> clock, QWidget *parent)
    : QWidget(parent), m_client(client), m_clock(clock), m_tiles(new TileRow(this)),
      m_grid(new ChartGrid(client, clock)), m_services(new ServicesPanel(clock)), m_splitter(new QSplitter(this)),
      m_chosen(consoleSettings().value(ChartsKey).toStringList())
{
    auto *charts = new QWidget(m_splitter);
    auto *chartColumn = new QVBoxLayout(charts);
    chartColumn->setContentsMargins(0, 0, 4, 0);
    chartColumn->setSpacing(8);
    chartColumn->addWidget(chartBar());
    chartColumn->addWidget(m_grid, 1);
    m_services->setParent(m_splitter);
    m_splitter->setStretchFactor(0, 1);
    m_splitter->setChildrenCollapsible(false);
    m_splitter->setSizes({10'000, 264});
    m_splitter->restoreState(consoleSettings().value(SplitterKey).toByteArray());
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(12, 12, 12, 12);
    column->setSpacing(12);
    column->addWidget(m_tiles);
    column->addWidget(m_splitter, 1);
    connect(m_grid, &ChartGrid::incidentActivated, this, &OverviewPage::incidentActivated);
    connect(m_services, &ServicesPanel::incidentActivated, this, &OverviewPage::incidentActivated);
    connect(client, &EngineClient::frameReady, this, &OverviewPage::takeFrame);
    if (const FramePtr frame = client->frame())
        takeFrame(frame);
}

OverviewPage::~OverviewPage()
{
    consoleSettings().setValue(SplitterKey, m_splitter->saveState());
}

QWidget *OverviewPage::chartBar()
{
    auto *bar = new QWidget(this);
    auto *row = new QHBoxLayout(bar);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(4);
    auto *ranges = new QButtonGroup(bar);
    addRange(ranges, row, tr("5 min"), FiveMinutes);
    addRange(ranges, row, tr("1 h"), OneHour);
    row->addSpacing(8);
    m_pause = new CheckButton(tr("Pause"), bar);
    m_pause->setShortcut(QKeySequence(Qt::CTRL | Qt::Key_Space));
    m_pause->setToolTip(tr("Lets the charts stand still; values are still collected (%1)")
                            .arg(m_pause->shortcut().toString(QKeySequence::NativeText)));
    m_pause->setAccessibleName(tr("Pause the charts"));
    m_pausedAt = new QLabel(bar);
    row->addWidget(m_pause);
    row->addWidget(m_pausedAt);
    row->addStretch(1);
    auto *choose = new QPushButton(tr("Charts…"), bar);
    choose->setToolTip(tr("Choose which charts are shown, and their order; choosing none brings back the first selection"));
    row->addWidget(choose);
    connect(m_pause, &QPushButton::toggled, this, [this](bool paused) { setFollowing(!paused); });
    connect(choose, &QPushButton::clicked, this, &OverviewPage::chooseCharts);
    return bar;
}

void OverviewPage::addRange(QButtonGroup *group, QLayout *row, const QString &text, qint64 ms)
{
    auto *button = new CheckButton(text, this);
    button->setAccessibleName(tr("Charts show the last %1").arg(formatDuration(ms)));
    group->addButton(button);
    row->addWidget(button);
    connect(button, &QPushButton::toggled, m_grid, [this, ms](bool on) {
        if (on) {
            m_grid->setRange(ms);
            consoleSettings().setValue(RangeKey, ms);
        }
    });
    button->setChecked(consoleSettings().value(RangeKey, FiveMinutes).toLongLong() == ms);
}

void OverviewPage::takeFrame(const FramePtr &frame)
{
    offerCharts(*frame);
    m_grid->takeFrame(frame);
    m_tiles->takeFrame(frame);
    m_services->takeFrame(frame);
    sampleFast(isVisible());
}

void OverviewPage::offerCharts(const EngineFrame &frame)
{
    QSet<SeriesKey> keys;
    for (const MetricRow &row : frame.metrics)
        keys.insert(row.key);
    if (keys == m_keys)
        return;
    m_keys = keys;
    m_available = availableCharts(frame);
    showCharts(m_chosen.isEmpty() ? defaultCharts(m_available, frame) : m_chosen);
}

void OverviewPage::showCharts(const QStringList &ids)
{
    QList<ChartSpec> charts;
    for (const QString &id : ids) {
        for (const ChartSpec &chart : std::as_const(m_available)) {
            if (chart.id == id)
                charts.append(chart);
        }
    }
    m_grid->setCharts(charts);
}

void OverviewPage::chooseCharts()
{
    QStringList shown;
    for (const TimeChart *chart : m_grid->charts())
        shown.append(chart->spec().id);
    auto *picker = new ChartPicker(m_available, shown, this);
    connect(picker, &QDialog::accepted, this, [this, picker] {
        m_chosen = picker->chosen();
        consoleSettings().setValue(ChartsKey, m_chosen);
        showCharts(m_chosen);
    });
    picker->open();
}

void OverviewPage::setFollowing(bool following)
{
    m_grid->setFollowing(following);
    m_pause->setText(following ? tr("Pause") : tr("Follow"));
    m_pause->setAccessibleName(following ? tr("Pause the charts") : tr("Let the charts follow the time"));
    m_pausedAt->setText(following ? QString() : tr("stands at %1").arg(formatClock(m_grid->pausedAt())));
}

void OverviewPage::sampleFast(bool on)
{
    const FramePtr frame = m_client->frame();
    // Another engine's state directory: this console only reads.
    if (m_fast == on || !frame || frame->engine.readOnly)
        return;
    m_fast = on;
    Command command;
    command.kind = CommandKind::SampleFast;
    command.on = on;
    command.actor = QStringLiteral("console");
    m_client->send(command);
}

void OverviewPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    sampleFast(true);
    m_grid->reload();
}

void OverviewPage::hideEvent(QHideEvent *event)
{
    QWidget::hideEvent(event);
    sampleFast(false);
}

} // namespace prunella
