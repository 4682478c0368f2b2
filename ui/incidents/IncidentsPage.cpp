#include "ui/incidents/IncidentsPage.h"

#include "ui/CheckButton.h"
#include "ui/Theme.h"
#include "ui/incidents/IncidentDetails.h"
#include "ui/incidents/IncidentFilter.h"
#include "ui/incidents/IncidentModel.h"
#include "ui/incidents/IncidentTimeline.h"

#include <QAbstractButton>
#include <QBoxLayout>
#include <QButtonGroup>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QResizeEvent>
#include <QSplitter>
#include <QTableView>
#include <array>

namespace prunella {
namespace {

constexpr qint64 Day = 86'400'000;
constexpr std::array<qint64, 3> Spans{Day, 7 * Day, 30 * Day};
/// Width of each column, in letters; of the long texts the least that says something.
constexpr std::array<int, IncidentModel::ColumnCount> Letters{18, 8, 12, 14, 10, 9, 24, 24};
constexpr int SideBySide = 1000; // px: narrower pages put the details below the table

} // namespace

IncidentsPage::IncidentsPage(EngineClient *client, QWidget *parent)
    : QWidget(parent), m_client(client), m_model(new IncidentModel(this)), m_filter(new IncidentFilter(this)),
      m_timeline(new IncidentTimeline(this)), m_details(new IncidentDetails(client, this))
{
    m_filter->setSourceModel(m_model);
    build();
    connect(m_search, &QLineEdit::textChanged, this, [this](const QString &text) {
        m_filter->setText(text);
        showCounts();
    });
    connect(m_ranges, &QButtonGroup::idClicked, this, &IncidentsPage::setRange);
    connect(m_timeline, &IncidentTimeline::selectedByUser, this, &IncidentsPage::showIncident);
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &IncidentsPage::showSelected);
    connect(m_client, &EngineClient::frameReady, this, [this] {
        if (isVisible()) // a hidden page costs nothing; it catches up when it is shown
            refresh();
    });
    connect(m_client, &EngineClient::incidentChanged, this, &IncidentsPage::changed);
    refresh();
}

void IncidentsPage::showEvent(QShowEvent *event)
{
    QWidget::showEvent(event);
    refresh();
}

void IncidentsPage::build()
{
    buildTable();
    m_empty = new QLabel(m_table->viewport());
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_empty->setObjectName(QStringLiteral("incidentsEmpty"));
    m_empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    auto *over = new QVBoxLayout(m_table->viewport());
    over->addWidget(m_empty);
    m_split = new QSplitter(Qt::Horizontal, this);
    m_split->setChildrenCollapsible(false);
    m_split->addWidget(m_table);
    m_split->addWidget(m_details);
    m_split->setStretchFactor(0, 5);
    m_split->setStretchFactor(1, 6);
    m_split->setSizes({500, 600});
    auto *all = new QVBoxLayout(this);
    all->setContentsMargins(3 * Theme::Grid, 2 * Theme::Grid, 3 * Theme::Grid, 2 * Theme::Grid);
    all->setSpacing(2 * Theme::Grid);
    all->addWidget(buildBar());
    all->addWidget(m_timeline);
    all->addWidget(m_split, 1);
}

QWidget *IncidentsPage::buildBar()
{
    auto *bar = new QWidget(this);
    m_search = new QLineEdit(bar);
    m_search->setObjectName(QStringLiteral("incidentSearch"));
    m_search->setClearButtonEnabled(true);
    m_search->setPlaceholderText(tr("Filter by component, type, state or text"));
    m_search->setAccessibleName(tr("Filter incidents"));
    m_count = new QLabel(bar);
    m_count->setObjectName(QStringLiteral("incidentCount"));
    m_count->setPalette(Theme::withText(palette(), Theme::muted(palette())));
    auto *line = new QHBoxLayout(bar);
    line->setContentsMargins({});
    line->addWidget(m_search, 1);
    line->addWidget(m_count);
    m_ranges = new QButtonGroup(bar);
    const std::array<QString, 3> names{tr("24 h"), tr("7 d"), tr("30 d")};
    for (int i = 0; i < int(names.size()); ++i) {
        auto *button = new CheckButton(names[std::size_t(i)], bar);
        button->setChecked(i == 0);
        button->setObjectName(QStringLiteral("range%1").arg(i));
        button->setAccessibleName(tr("Show incidents of the last %1").arg(names[std::size_t(i)]));
        m_ranges->addButton(button, i);
        line->addWidget(button);
    }
    return bar;
}

void IncidentsPage::buildTable()
{
    m_table = new QTableView(this);
    m_table->setModel(m_filter);
    m_table->setObjectName(QStringLiteral("incidentTable"));
    m_table->setAccessibleName(tr("Incidents"));
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->setTabKeyNavigation(false);
    m_table->setShowGrid(false);
    m_table->setWordWrap(false);
    m_table->setSortingEnabled(true);
    m_table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_table->setMinimumWidth(240);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(m_table->fontMetrics().height() + 2 * Theme::Grid);
    auto *header = m_table->horizontalHeader();
    header->setHighlightSections(false);
    header->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    header->setSectionsMovable(true);
    for (int column = 0; column < IncidentModel::ColumnCount; ++column)
        header->resizeSection(column, columnWidth(column));
    m_table->installEventFilter(this);
    m_table->sortByColumn(IncidentModel::Started, Qt::DescendingOrder);
}

int IncidentsPage::columnWidth(int column) const
{
    return m_table->fontMetrics().averageCharWidth() * Letters[std::size_t(column)] + 4 * Theme::Grid;
}

/// A long text is left out where it would be cut to a word or two: it stands in the details and on hover.
void IncidentsPage::fitColumns()
{
    int left = m_table->viewport()->width();
    for (int column = 0; column < IncidentModel::Summary; ++column)
        left -= columnWidth(column);
    const bool summary = left >= columnWidth(IncidentModel::Summary);
    const bool done = left >= columnWidth(IncidentModel::Summary) + columnWidth(IncidentModel::Done);
    m_table->setColumnHidden(IncidentModel::Summary, !summary);
    m_table->setColumnHidden(IncidentModel::Done, !done);
    m_table->setColumnWidth(IncidentModel::Type, columnWidth(IncidentModel::Type) + (summary ? 0 : std::max(0, left)));
    if (summary)
        m_table->setColumnWidth(IncidentModel::Summary, done ? left * 11 / 20 : left);
    if (done)
        m_table->setColumnWidth(IncidentModel::Done, left - left * 11 / 20);
}

bool IncidentsPage::eventFilter(QObject *watched, QEvent *event)
{
    if (watched == m_table && event->type() == QEvent::Resize)
        QMetaObject::invokeMethod(this, &IncidentsPage::fitColumns, Qt::QueuedConnection); // after the table's own layout
    return QWidget::eventFilter(watched, event);
}

qint64 IncidentsPage::now() const { return m_client->frame()->wallMs; }

void IncidentsPage::setRange(int index)
{
    m_span = Spans[std::size_t(index)];
    m_timeline->setSpan(m_span);
    readHistory();
    refresh();
}

void IncidentsPage::readHistory()
{
    IncidentQuery query;
    query.since = std::max<qint64>(0, now() - m_span);
    const quint64 reading = ++m_read;
    m_client->incidents(query).then(this, [this, reading](const QList<Incident> &found) {
        if (reading != m_read)
            return; // another range was chosen meanwhile
        m_history = found;
        refresh();
    });
}

void IncidentsPage::refresh()
{
    if (m_read == 0 && now() > 0)
        readHistory(); // the engine has just started
    const QList<Incident> all = merged();
    const QString before = selectedId();
    m_model->setIncidents(all, now());
    m_timeline->setIncidents(all, now());
    selectRow(m_wanted.isEmpty() ? before : m_wanted);
    showCounts();
    showSelected();
}

QList<Incident> IncidentsPage::merged() const
{
    const FramePtr frame = m_client->frame();
    QHash<QString, qsizetype> places;
    QList<Incident> all;
    const std::array<const QList<Incident> *, 3> parts{&m_history, &frame->recent, &frame->open};
    for (const QList<Incident> *part : parts) { // the later part knows better
        for (const Incident &incident : *part) {
            if (m_gone.contains(incident.id) || (!isOpen(incident) && incident.resolvedAt < now() - m_span))
                continue;
            if (const auto at = places.constFind(incident.id); at != places.cend()) {
                all[*at] = incident;
                continue;
            }
            places.insert(incident.id, all.size());
            all.append(incident);
        }
    }
    return all;
}

void IncidentsPage::changed(const Incident &incident)
{
    if (!incident.mergedInto.isEmpty()) { // it was no incident of its own: the one that it belongs to goes on in its place
        m_history.removeIf([&incident](const Incident &known) { return known.id == incident.id; });
        m_wanted = selectedId() == incident.id ? incident.mergedInto : m_wanted;
        m_gone.insert(incident.id);
        return refresh();
    }
    const auto old = std::ranges::find(m_history, incident.id, &Incident::id);
    if (old != m_history.end())
        *old = incident;
    else
        m_history.append(incident);
    m_model->update(incident, now());
    m_timeline->setIncidents(m_model->incidents(), now());
    showCounts();
    showSelected();
}

void IncidentsPage::showIncident(const QString &id)
{
    refresh();
    m_wanted = id;
    if (m_model->rowOf(id) < 0 && m_span < Spans.back()) { // older than the chosen time
        m_ranges->button(int(Spans.size()) - 1)->setChecked(true);
        setRange(int(Spans.size()) - 1);
        return;
    }
    selectRow(id);
    if (selectedId() != id && m_model->rowOf(id) >= 0) { // hidden by what is typed in the filter
        m_search->clear();
        selectRow(id);
    }
}

void IncidentsPage::selectRow(const QString &id)
{
    const int row = m_model->rowOf(id);
    const QModelIndex index = row < 0 ? QModelIndex() : m_filter->mapFromSource(m_model->index(row, 0));
    if (index.isValid()) {
        m_wanted.clear();
        if (m_table->currentIndex().row() != index.row() || !m_table->selectionModel()->isRowSelected(index.row())) {
            m_table->selectRow(index.row());
            m_table->scrollTo(index);
        }
        return;
    }
    if (id.isEmpty() && m_filter->rowCount() > 0) // the first one, an open one if there is any
        m_table->selectRow(0);
}

QString IncidentsPage::selectedId() const
{
    const auto rows = m_table->selectionModel()->selectedRows();
    return rows.isEmpty() ? QString() : rows.first().data(IncidentModel::IdRole).toString();
}

void IncidentsPage::showSelected()
{
    const Incident *incident = m_model->find(selectedId());
    m_timeline->select(incident ? incident->id : QString());
    if (incident)
        m_details->setIncident(*incident, m_client->frame()->patterns, now());
    else
        m_details->clear(m_filter->rowCount() > 0 ? tr("Select an incident to see what happened, why, and what was done.") : QString());
}

void IncidentsPage::showCounts()
{
    const int shown = m_filter->rowCount();
    const int open = int(std::ranges::count_if(m_model->incidents(), [](const Incident &incident) { return isOpen(incident); }));
    m_count->setText(shown == m_model->rowCount() ? tr("%1 open, %n in all", nullptr, shown).arg(open)
                                                  : tr("%1 of %n shown", nullptr, m_model->rowCount()).arg(shown));
    m_empty->setVisible(shown == 0);
    m_empty->setText(emptyText());
}

QString IncidentsPage::emptyText() const
{
    if (m_model->rowCount() > 0)
        return tr("No incident matches the filter. Clear it to see all %n.", nullptr, m_model->rowCount());
    return tr("No incidents in the last %1. A longer time is above right.").arg(m_ranges->checkedButton()->text());
}

void IncidentsPage::resizeEvent(QResizeEvent *event)
{
    QWidget::resizeEvent(event);
    const Qt::Orientation wanted = event->size().width() < SideBySide ? Qt::Vertical : Qt::Horizontal;
    if (m_split->orientation() == wanted)
        return;
    m_split->setOrientation(wanted);
    m_split->setSizes(wanted == Qt::Vertical ? QList<int>{132, 420} : QList<int>{500, 600});
}

} // namespace prunella
