#pragma once
#include "core/model/Frame.h"

#include <QAbstractListModel>

namespace prunella {

/// The watched components, the worst first; rows change in place, so that selection and scrolling stay.
class ServicesModel : public QAbstractListModel
{
    Q_OBJECT
public:
    enum Role { NameRole = Qt::UserRole, HealthRole, ReasonRole, SinceRole, PausedRole, ShadowRole };

    using QAbstractListModel::QAbstractListModel;

    void takeFrame(const EngineFrame &frame);
    [[nodiscard]] const ComponentHealth &at(int row) const { return m_rows[row]; }

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;

private:
    QList<ComponentHealth> m_rows;
};

} // namespace prunella
