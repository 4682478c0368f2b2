#include "ui/incidents/StateHistory.h"

#include "ui/StateIcon.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QHeaderView>

namespace prunella {

StateHistory::StateHistory(QWidget *parent) : QTableWidget(0, 4, parent)
{
    setAccessibleName(tr("State timeline"));
    setHorizontalHeaderLabels({tr("At"), tr("After"), tr("State"), tr("Reason")});
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setSectionResizeMode(3, QHeaderView::Stretch);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    horizontalHeader()->setHighlightSections(false);
    verticalHeader()->hide();
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setTabKeyNavigation(false);
    setShowGrid(false);
    setWordWrap(true);
}

void StateHistory::setIncident(const Incident &incident)
{
    QString wanted = incident.id;
    for (const TimelineEntry &entry : incident.timeline)
        wanted += QString::number(entry.at) + words(entry.status) + entry.reason;
    if (wanted == m_shown)
        return;
    m_shown = wanted;
    setRowCount(int(incident.timeline.size()));
    for (int row = 0; row < rowCount(); ++row) {
        const TimelineEntry &entry = incident.timeline[row];
        setCell(row, 0, formatClock(entry.at), formatExact(entry.at));
        setCell(row, 1, row == 0 ? QString() : tr("+%1", "time since the step before").arg(formatDuration(entry.at - incident.timeline[row - 1].at)));
        setCell(row, 2, words(entry.status));
        item(row, 2)->setIcon(stateIcon(stateOf(entry.status)));
        setCell(row, 3, entry.reason, entry.reason);
    }
    resizeRowsToContents();
}

void StateHistory::setCell(int row, int column, const QString &text, const QString &toolTip)
{
    auto *cell = new QTableWidgetItem(text);
    cell->setToolTip(toolTip);
    cell->setTextAlignment(Qt::AlignVCenter | Qt::AlignLeft);
    setItem(row, column, cell);
}

void StateHistory::resizeEvent(QResizeEvent *event)
{
    QTableWidget::resizeEvent(event);
    resizeRowsToContents();
}

} // namespace prunella
