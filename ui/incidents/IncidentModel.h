#pragma once
#include "core/model/Incident.h"

#include <QAbstractTableModel>

namespace prunella {

/// Incidents as rows, in the order given. Rows are changed in place by id, so that a selection survives every update.
class IncidentModel : public QAbstractTableModel
{
    Q_OBJECT
public:
    enum Column { State, Severity_, Component, Type, Started, Duration, Summary, Done, ColumnCount };
    enum Role { IdRole = Qt::UserRole, OpenRole, SortRole };

    using QAbstractTableModel::QAbstractTableModel;

    /// Replaces the rows; `nowMs` is the time that durations of open incidents run to.
    void setIncidents(const QList<Incident> &incidents, qint64 nowMs);
    /// Adds or changes one row.
    void update(const Incident &incident, qint64 nowMs);

    [[nodiscard]] const QList<Incident> &incidents() const { return m_incidents; }
    [[nodiscard]] const Incident *find(const QString &id) const;
    [[nodiscard]] int rowOf(const QString &id) const;

    [[nodiscard]] int rowCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex &parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex &index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    void removeMissing(const QList<Incident> &incidents);
    [[nodiscard]] static QString withOthers(const Incident &incident);
    [[nodiscard]] QString text(const Incident &incident, int column) const;
    [[nodiscard]] QVariant sortKey(const Incident &incident, int column) const;
    [[nodiscard]] QString toolTip(const Incident &incident, int column) const;

    QList<Incident> m_incidents;
    qint64 m_nowMs = 0;
};

} // namespace prunella
