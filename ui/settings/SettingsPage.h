#pragma once
#include "core/engine/EngineClient.h"

#include <QWidget>

namespace prunella {

/// Thresholds, mode, recovery values and guards; shows the difference to the file before it writes.
class SettingsPage : public QWidget
{
    Q_OBJECT
public:
    explicit SettingsPage(EngineClient *client, QWidget *parent = nullptr);

private:
    EngineClient *m_client;
};

} // namespace prunella
