#include "ui/incidents/IncidentsPage.h"

namespace prunella {

IncidentsPage::IncidentsPage(EngineClient *client, QWidget *parent) : QWidget(parent), m_client(client) {}

void IncidentsPage::showIncident(const QString &) {}

} // namespace prunella
