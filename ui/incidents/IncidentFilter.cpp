#include "ui/incidents/IncidentFilter.h"

#include "ui/incidents/IncidentModel.h"

#include <algorithm>

namespace prunella {

void IncidentFilter::setText(const QString &text)
{
    m_words = text.split(u' ', Qt::SkipEmptyParts);
    invalidateFilter();
}

bool IncidentFilter::filterAcceptsRow(int row, const QModelIndex &parent) const
{
    QString all = sourceModel()->index(row, 0, parent).data(IncidentModel::IdRole).toString();
    for (int column = 0; column < IncidentModel::ColumnCount; ++column)
        all += u'\n' + sourceModel()->index(row, column, parent).data().toString();
    return std::ranges::all_of(m_words, [&all](const QString &word) { return all.contains(word, Qt::CaseInsensitive); });
}

bool IncidentFilter::lessThan(const QModelIndex &left, const QModelIndex &right) const
{
    const bool leftOpen = left.data(IncidentModel::OpenRole).toBool();
    const bool rightOpen = right.data(IncidentModel::OpenRole).toBool();
    if (leftOpen != rightOpen) // the view turns the answer round for a descending order: open first in both
        return sortOrder() == Qt::AscendingOrder ? leftOpen : rightOpen;
    const QVariant a = left.data(IncidentModel::SortRole), b = right.data(IncidentModel::SortRole);
    if (a.typeId() == QMetaType::QString)
        return QString::localeAwareCompare(a.toString(), b.toString()) < 0;
    return a.toLongLong() < b.toLongLong();
}

} // namespace prunella
