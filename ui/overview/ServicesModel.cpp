#include "ui/overview/ServicesModel.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <algorithm>

namespace prunella {
namespace {

int place(Health health)
{
    switch (health) {
    case Health::Critical: return 0;
    case Health::Warning: return 1;
    case Health::Unknown: return 2;
    case Health::Healthy: break;
    }
    return 3;
}

bool same(const ComponentHealth &a, const ComponentHealth &b)
{
    return a.name == b.name && a.health == b.health && a.reason == b.reason && a.since == b.since && a.paused == b.paused && a.shadow == b.shadow;
}

QString toolTip(const ComponentHealth &row)
{
    QString text = row.since == 0 ? row.reason : ServicesModel::tr("%1\n%2 since %3").arg(row.reason, words(row.health), formatExact(row.since));
    if (row.shadow)
        text += u'\n' + ServicesModel::tr("Shadow mode: what would be done is decided and recorded, not done.");
    return text;
}

} // namespace

void ServicesModel::takeFrame(const EngineFrame &frame)
{
    QList<ComponentHealth> rows = frame.components;
    std::sort(rows.begin(), rows.end(), [](const ComponentHealth &a, const ComponentHealth &b) {
        return std::pair(place(a.health), a.name) < std::pair(place(b.health), b.name);
    });
    const auto sameName = [](const ComponentHealth &a, const ComponentHealth &b) { return a.name == b.name; };
    if (!std::equal(rows.begin(), rows.end(), m_rows.begin(), m_rows.end(), sameName)) {
        beginResetModel();
        m_rows = rows;
        endResetModel();
        return;
    }
    for (int row = 0; row < rows.size(); ++row) {
        if (same(rows[row], m_rows[row]))
            continue;
        m_rows[row] = rows[row];
        Q_EMIT dataChanged(index(row), index(row));
    }
}

int ServicesModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : int(m_rows.size());
}

QVariant ServicesModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const ComponentHealth &row = m_rows[index.row()];
    switch (role) {
    case Qt::DisplayRole:
    case NameRole: return row.name == u"host" ? tr("This machine") : row.name;
    case HealthRole: return int(row.health);
    case ReasonRole: return row.reason;
    case SinceRole: return row.since;
    case PausedRole: return row.paused;
    case ShadowRole: return row.shadow;
    case Qt::AccessibleTextRole:
        return row.shadow ? tr("%1: %2, shadow mode. %3").arg(data(index, NameRole).toString(), words(row.health), row.reason)
                          : tr("%1: %2. %3").arg(data(index, NameRole).toString(), words(row.health), row.reason);
    case Qt::ToolTipRole: return toolTip(row);
    default: return {};
    }
}

} // namespace prunella
