#pragma once
#include "core/engine/EngineClient.h"

#include <QSystemTrayIcon>

class QAction;
class QMenu;

namespace prunella {

/// The tray icon: the state at a glance, and the way back to the window.
class Tray : public QObject
{
    Q_OBJECT
public:
    Tray(EngineClient *client, QWidget *window);
    ~Tray() override;

    /// false where the desktop has no tray: then a closed window could not come back.
    [[nodiscard]] static bool available();

Q_SIGNALS:
    void showRequested();
    void automationToggled();
    void quitRequested();

private:
    void takeFrame(const FramePtr &frame);

    QSystemTrayIcon m_icon;
    std::unique_ptr<QMenu> m_menu; ///< QSystemTrayIcon does not own its menu
    QAction *m_automation;
    int m_shown = -1;              ///< state of the icon now in the tray: a new pixmap costs a round trip
};

} // namespace prunella
