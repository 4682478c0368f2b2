#include "ui/Tray.h"
#include "ui/StateIcon.h"
#include "ui/text/HeaderText.h"

#include <QMenu>
#include <algorithm>

namespace prunella {

Tray::Tray(EngineClient *client, QWidget *window)
    : QObject(window), m_menu(std::make_unique<QMenu>()), m_automation(nullptr)
{
    QAction *open = m_menu->addAction(tr("Open Prunella"));
    m_automation = m_menu->addAction(tr("Stop all automation"));
    m_menu->addSeparator();
    QAction *quit = m_menu->addAction(tr("Stop healing and quit"));
    connect(open, &QAction::triggered, this, &Tray::showRequested);
    connect(m_automation, &QAction::triggered, this, &Tray::automationToggled);
    connect(quit, &QAction::triggered, this, &Tray::quitRequested);
    connect(&m_icon, &QSystemTrayIcon::activated, this, [this](QSystemTrayIcon::ActivationReason reason) {
        if (reason == QSystemTrayIcon::Trigger || reason == QSystemTrayIcon::DoubleClick)
            Q_EMIT showRequested();
    });
    m_icon.setContextMenu(m_menu.get());
    connect(client, &EngineClient::frameReady, this, &Tray::takeFrame);
    if (const FramePtr frame = client->frame())
        takeFrame(frame);
    m_icon.show();
}

Tray::~Tray() = default;

bool Tray::available()
{
    return QSystemTrayIcon::isSystemTrayAvailable();
}

void Tray::takeFrame(const FramePtr &frame)
{
    const bool paused = std::any_of(frame->pauses.begin(), frame->pauses.end(),
                                    [](const PauseInfo &pause) { return pause.target.isEmpty(); });
    const int state = int(frame->overall) * 2 + (paused ? 1 : 0);
    if (state != m_shown) {
        m_shown = state;
        m_icon.setIcon(trayIcon(frame->overall, paused));
        m_automation->setText(paused ? tr("Resume automation") : tr("Stop all automation"));
    }
    m_automation->setEnabled(!frame->engine.readOnly);
    const QString text = tr("Prunella: %1, %n open", nullptr, int(frame->open.size())).arg(overallWords(*frame));
    if (m_icon.toolTip() != text)
        m_icon.setToolTip(text);
}

} // namespace prunella
