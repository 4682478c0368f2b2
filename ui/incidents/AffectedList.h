#pragma once
#include "core/model/Incident.h"

#include <QTableWidget>

namespace prunella {

/// What fails elsewhere because of the incident: which component, what was seen, why it belongs here, and whether it
/// has recovered. Oldest first.
class AffectedList : public QTableWidget
{
    Q_OBJECT
public:
    explicit AffectedList(QWidget *parent = nullptr);

    void setIncident(const Incident &incident);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void setCell(int row, int column, const QString &text);

    QList<Symptom> m_shown;
};

} // namespace prunella
