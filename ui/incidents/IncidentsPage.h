#pragma once
#include "core/engine/EngineClient.h"

#include <QWidget>

namespace prunella {

/// All incidents of a chosen time: timeline strip, table that filters as you type, and the details of the selected one.
class IncidentsPage : public QWidget
{
    Q_OBJECT
public:
    explicit IncidentsPage(EngineClient *client, QWidget *parent = nullptr);

    /// Selects an incident; one that is not in the chosen time or filter is brought into view.
    void showIncident(const QString &id);

private:
    EngineClient *m_client;
};

} // namespace prunella
