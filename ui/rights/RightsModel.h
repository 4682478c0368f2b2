#pragma once
#include "core/model/Rights.h"

#include <QAbstractTableModel>

namespace prunella {

/// One row a service, one column an action that any of them can have; a cell that a service cannot have is empty.
class RightsModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;

    void setRights(const QList<RightVerdict> &rights);
    [[nodiscard]] const QList<RightVerdict> &rights() const { return m_rights; }
    [[nodiscard]] QString serviceOf(int row) const { return m_services.value(row); }

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] const RightVerdict *at(int row, int column) const;

    QList<RightVerdict> m_rights;
    QStringList m_services, m_actions; ///< in the order in which they came
};

} // namespace prunella
