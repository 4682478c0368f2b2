#include "ui/incidents/AffectedList.h"

#include "ui/StateIcon.h"
#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"

#include <QHeaderView>

namespace prunella {
namespace {

enum Column { OfName, OfState, OfWhat, OfWhy, ColumnCount };

Health healthOf(const Symptom &symptom)
{
    if (!symptom.splitInto.isEmpty())
        return Health::Unknown;
    return holds(symptom) ? Health::Critical : Health::Healthy;
}

} // namespace

AffectedList::AffectedList(QWidget *parent) : QTableWidget(0, ColumnCount, parent)
{
    setAccessibleName(tr("What fails because of it"));
    setHorizontalHeaderLabels({tr("Component"), tr("Now"), tr("What was seen"), tr("Why it belongs here")});
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setSectionResizeMode(OfWhat, QHeaderView::Stretch);
    horizontalHeader()->setSectionResizeMode(OfWhy, QHeaderView::Stretch);
    horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    horizontalHeader()->setHighlightSections(false);
    verticalHeader()->hide();
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setTabKeyNavigation(false);
    setShowGrid(false);
    setWordWrap(true);
}

void AffectedList::setIncident(const Incident &incident)
{
    if (incident.members == m_shown && rowCount() == m_shown.size())
        return;
    m_shown = incident.members;
    setRowCount(int(m_shown.size()));
    for (int row = 0; row < rowCount(); ++row) {
        const Symptom &symptom = m_shown[row];
        setCell(row, OfName, symptom.condition.component);
        setCell(row, OfState, stateOf(symptom));
        item(row, OfState)->setIcon(stateIcon(healthOf(symptom)));
        setCell(row, OfWhat, symptom.reason);
        setCell(row, OfWhy, symptom.why);
    }
    resizeRowsToContents();
}

void AffectedList::setCell(int row, int column, const QString &text)
{
    auto *cell = new QTableWidgetItem(text);
    cell->setToolTip(text);
    cell->setTextAlignment(Qt::AlignVCenter | Qt::AlignLeft);
    setItem(row, column, cell);
}

void AffectedList::resizeEvent(QResizeEvent *event)
{
    QTableWidget::resizeEvent(event);
    resizeRowsToContents();
}

} // namespace prunella
