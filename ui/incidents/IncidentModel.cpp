#include "ui/incidents/IncidentModel.h"

#include "ui/StateIcon.h"
#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QSet>
#include <algorithm>

namespace prunella {
namespace {

constexpr qint64 Minute = 60'000;

/// Whether a row reads differently; resolved incidents hardly ever do, and there may be hundreds of them.
bool differs(const Incident &a, const Incident &b)
{
    return isOpen(b) || a.status != b.status || a.timeline.size() != b.timeline.size() || a.actions.size() != b.actions.size()
        || a.acknowledgedAt != b.acknowledgedAt;
}

} // namespace

void IncidentModel::setIncidents(const QList<Incident> &incidents, qint64 nowMs)
{
    const bool ages = m_nowMs / Minute != nowMs / Minute; // "3 min ago" is another word now
    m_nowMs = nowMs;
    removeMissing(incidents);
    QHash<QString, int> rows;
    for (int row = 0; row < int(m_incidents.size()); ++row)
        rows.insert(m_incidents[row].id, row);
    QList<Incident> added;
    for (const Incident &incident : incidents) {
        const int row = rows.value(incident.id, -1);
        if (row < 0) {
            added.append(incident);
            continue;
        }
        const bool tell = !ages && differs(m_incidents[row], incident);
        m_incidents[row] = incident;
        if (tell)
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
    if (ages && !m_incidents.isEmpty())
        Q_EMIT dataChanged(index(0, 0), index(rowCount() - 1, ColumnCount - 1));
    if (added.isEmpty())
        return;
    beginInsertRows({}, rowCount(), rowCount() + int(added.size()) - 1);
    m_incidents.append(added);
    endInsertRows();
}

void IncidentModel::removeMissing(const QList<Incident> &incidents)
{
    QSet<QString> wanted;
    for (const Incident &incident : incidents)
        wanted.insert(incident.id);
    for (int row = rowCount() - 1; row >= 0; --row) {
        if (wanted.contains(m_incidents[row].id))
            continue;
        beginRemoveRows({}, row, row);
        m_incidents.removeAt(row);
        endRemoveRows();
    }
}

void IncidentModel::update(const Incident &incident, qint64 nowMs)
{
    m_nowMs = nowMs;
    const int row = rowOf(incident.id);
    if (row >= 0) {
        m_incidents[row] = incident;
        Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
        return;
    }
    beginInsertRows({}, rowCount(), rowCount());
    m_incidents.append(incident);
    endInsertRows();
}

int IncidentModel::rowOf(const QString &id) const
{
    const auto it = std::ranges::find(m_incidents, id, &Incident::id);
    return it == m_incidents.cend() ? -1 : int(it - m_incidents.cbegin());
}

const Incident *IncidentModel::find(const QString &id) const
{
    const int row = rowOf(id);
    return row < 0 ? nullptr : &m_incidents[row];
}

int IncidentModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(m_incidents.size()); }

int IncidentModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(ColumnCount); }

QVariant IncidentModel::data(const QModelIndex &index, int role) const
{
    if (!checkIndex(index, CheckIndexOption::IndexIsValid))
        return {};
    const Incident &incident = m_incidents[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return text(incident, index.column());
    case Qt::ToolTipRole:
        return toolTip(incident, index.column());
    case Qt::DecorationRole:
        if (index.column() == State)
            return stateIcon(stateOf(incident.status));
        return index.column() == Severity_ ? QVariant(stateIcon(stateOf(incident.severity))) : QVariant();
    case Qt::TextAlignmentRole:
        return int(Qt::AlignVCenter | (index.column() == Duration ? Qt::AlignRight : Qt::AlignLeft));
    case IdRole:
        return incident.id;
    case OpenRole:
        return isOpen(incident);
    case SortRole:
        return sortKey(incident, index.column());
    default:
        return {};
    }
}

QVariant IncidentModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    switch (Column(section)) {
    case State: return tr("State");
    case Severity_: return tr("Severity");
    case Component: return tr("Component");
    case Type: return tr("Type");
    case Started: return tr("Started");
    case Duration: return tr("Duration");
    case Summary: return tr("What happened");
    case Done: return tr("What was done");
    case ColumnCount: break;
    }
    return {};
}

/// "db +2": two others fail because of it.
QString IncidentModel::withOthers(const Incident &incident)
{
    QSet<QString> names;
    for (const Symptom &symptom : incident.members) {
        if (holds(symptom))
            names.insert(symptom.condition.component);
    }
    return names.isEmpty() ? incident.component : tr("%1 +%2").arg(incident.component).arg(names.size());
}

QString IncidentModel::text(const Incident &incident, int column) const
{
    switch (Column(column)) {
    case State: return words(incident.status);
    case Severity_: return words(incident.severity);
    case Component: return withOthers(incident);
    case Type: return words(incident.type);
    case Started: return formatRelative(startOf(incident), m_nowMs);
    case Duration: return formatDuration(durationOf(incident, m_nowMs));
    case Summary: return incident.summary;
    case Done: return whatWasDone(incident);
    case ColumnCount: break;
    }
    return {};
}

QString IncidentModel::toolTip(const Incident &incident, int column) const
{
    if (column == Started)
        return formatExact(startOf(incident));
    if (column == Duration && incident.resolvedAt > 0)
        return tr("%1 to %2").arg(formatExact(startOf(incident)), formatExact(incident.resolvedAt));
    if (column == State)
        return lastReason(incident);
    if (column == Type) // its own column gives way where space is short
        return incident.summary;
    if (const QString names = affectedBy(incident); column == Component && !names.isEmpty())
        return tr("%1; because of it fail %2").arg(incident.component, names);
    return text(incident, column);
}

QVariant IncidentModel::sortKey(const Incident &incident, int column) const
{
    switch (Column(column)) {
    case State: return int(incident.status);
    case Severity_: return int(incident.severity);
    case Started: return startOf(incident);
    case Duration: return durationOf(incident, m_nowMs);
    default: return text(incident, column);
    }
}

} // namespace prunella
