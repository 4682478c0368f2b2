#pragma once
#include "core/base/Clock.h"
#include "core/engine/EngineClient.h"

#include <QMainWindow>
#include <memory>

class QStackedWidget;

namespace prunella {

class EscalationCenter;
class Header;
class IncidentsPage;
class Navigation;
class NoticeBar;
class OverviewPage;
class RightsPage;
class SettingsPage;
class Tray;

/// The console's window: header, notices, navigation and pages.
class MainWindow : public QMainWindow
{
    Q_OBJECT
public:
    /// `clock` absent: the system's.
    explicit MainWindow(EngineClient *client, QWidget *parent = nullptr, std::shared_ptr<const Clock> clock = {});
    ~MainWindow() override;

    /// Shows and raises the window, out of the tray or from behind others.
    void bringUp();
    void showIncident(const QString &id);
    /// Ends the console without a question, as after SIGTERM.
    void quit();

    enum Page { Overview, Incidents, Settings, Rights };

Q_SIGNALS:
    /// The window is closed for good: the application stops the engine and ends.
    void quitRequested();

protected:
    void closeEvent(QCloseEvent *event) override;

private:
    void buildPages();
    void buildShortcuts();
    void connectHeader();
    void startTray();
    void showPage(int page);
    void takeFrame(const FramePtr &frame);
    void askToClose();
    void goToTray();
    void showHelp();
    void restoreLayout();
    void saveLayout() const;

    EngineClient *m_client;
    std::shared_ptr<const Clock> m_clock;
    Header *m_header;
    NoticeBar *m_notices;
    Navigation *m_navigation;
    QStackedWidget *m_stack;
    OverviewPage *m_overview;
    IncidentsPage *m_incidents;
    SettingsPage *m_settings;
    RightsPage *m_rights;
    EscalationCenter *m_escalations;
    Tray *m_tray = nullptr;
    bool m_quitting = false;
};

} // namespace prunella
