#pragma once
#include "core/model/Incident.h"

#include <QTableWidget>

namespace prunella {

/// The incident's life: at, status, reason; oldest first.
class StateHistory : public QTableWidget
{
    Q_OBJECT
public:
    explicit StateHistory(QWidget *parent = nullptr);

    void setIncident(const Incident &incident);

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void setCell(int row, int column, const QString &text, const QString &toolTip = {});

    QString m_shown;
};

} // namespace prunella
