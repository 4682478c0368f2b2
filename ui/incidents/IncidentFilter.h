#pragma once
#include <QSortFilterProxyModel>
#include <QStringList>

namespace prunella {

/// Rows that contain every typed word in any column; open incidents come first whatever is sorted by.
class IncidentFilter : public QSortFilterProxyModel
{
    Q_OBJECT
public:
    using QSortFilterProxyModel::QSortFilterProxyModel;

    void setText(const QString &text);

protected:
    [[nodiscard]] bool filterAcceptsRow(int row, const QModelIndex &parent) const override;
    [[nodiscard]] bool lessThan(const QModelIndex &left, const QModelIndex &right) const override;

private:
    QStringList m_words;
};

} // namespace prunella
