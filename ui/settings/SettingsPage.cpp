#include "ui/settings/SettingsPage.h"

namespace prunella {

SettingsPage::SettingsPage(EngineClient *client, QWidget *parent) : QWidget(parent), m_client(client) {}

} // namespace prunella
