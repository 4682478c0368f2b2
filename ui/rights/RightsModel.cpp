#include "ui/rights/RightsModel.h"

#include "ui/StateIcon.h"
#include "ui/text/RightWords.h"

namespace prunella {

void RightsModel::setRights(const QList<RightVerdict> &rights)
{
    beginResetModel();
    m_rights = rights;
    m_services.clear();
    m_actions.clear();
    for (const RightVerdict &right : rights) {
        if (!m_services.contains(right.service))
            m_services.append(right.service);
        if (!m_actions.contains(right.what))
            m_actions.append(right.what);
    }
    endResetModel();
}

const RightVerdict *RightsModel::at(int row, int column) const
{
    const auto it = std::ranges::find_if(m_rights, [&](const RightVerdict &right) {
        return right.service == m_services.value(row) && right.what == m_actions.value(column - 1);
    });
    return it == m_rights.cend() ? nullptr : &*it;
}

int RightsModel::rowCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(m_services.size()); }

int RightsModel::columnCount(const QModelIndex &parent) const { return parent.isValid() ? 0 : int(m_actions.size()) + 1; }

QVariant RightsModel::data(const QModelIndex &index, int role) const
{
    if (!index.isValid() || index.row() >= m_services.size())
        return {};
    if (index.column() == 0)
        return role == Qt::DisplayRole ? QVariant(m_services[index.row()]) : QVariant();
    const RightVerdict *right = at(index.row(), index.column());
    if (!right) // an en dash: there is nothing of that kind to do there
        return role == Qt::DisplayRole ? QVariant(QStringLiteral("–")) : role == Qt::ToolTipRole ? QVariant(tr("not possible for this service")) : QVariant();
    switch (role) {
    case Qt::DisplayRole: return words(right->state);
    case Qt::DecorationRole: return stateIcon(healthOf(right->state));
    case Qt::ToolTipRole: return right->why;
    case Qt::AccessibleTextRole:
        return tr("%1 of %2: %3. %4", "action, service, state, why").arg(rightName(right->what), right->service, words(right->state), right->why);
    default: return {};
    }
}

QVariant RightsModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    return section == 0 ? tr("Service") : rightName(m_actions.value(section - 1));
}

} // namespace prunella
