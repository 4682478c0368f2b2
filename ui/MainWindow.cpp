#include "ui/MainWindow.h"
#include "ui/CloseQuestion.h"
#include "ui/ConsoleSettings.h"
#include "ui/Header.h"
#include "ui/HelpDialog.h"
#include "ui/Navigation.h"
#include "ui/NoticeBar.h"
#include "ui/StateIcon.h"
#include "ui/Tray.h"
#include "ui/escalation/EscalationCenter.h"
#include "ui/incidents/IncidentsPage.h"
#include "ui/overview/OverviewPage.h"
#include "ui/rights/RightsPage.h"
#include "ui/settings/SettingsPage.h"

#include <QApplication>
#include <QCloseEvent>
#include <QShortcut>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace prunella {
namespace {

const QString GeometryKey = QStringLiteral("window/geometry");
const QString PageKey = QStringLiteral("window/page");
constexpr QSize LeastSize(1024, 700), FirstSize(1440, 860);

} // namespace

MainWindow::MainWindow(EngineClient *client, QWidget *parent, std::shared_ptr<const Clock> clock)
    : QMainWindow(parent), m_client(client), m_clock(clock ? std::move(clock) : std::make_shared<SystemClock>()),
      m_header(new Header(client, m_clock, this)), m_notices(new NoticeBar(client, this)),
      m_navigation(new Navigation(this)), m_stack(new QStackedWidget(this)),
      m_overview(new OverviewPage(client, m_clock)), m_incidents(new IncidentsPage(client)),
      m_settings(new SettingsPage(client)), m_rights(new RightsPage(client)),
      m_escalations(new EscalationCenter(client, this, m_clock))
{
    setWindowTitle(QStringLiteral("Prunella"));
    setWindowIcon(programIcon());
    setMinimumSize(LeastSize);
    buildPages();
    buildShortcuts();
    connectHeader();
    startTray();
    restoreLayout();
    connect(client, &EngineClient::frameReady, this, &MainWindow::takeFrame);
    if (const FramePtr frame = client->frame())
        takeFrame(frame);
}

MainWindow::~MainWindow() = default;

void MainWindow::buildPages()
{
    m_navigation->addPage(Navigation::Glyph::Overview, tr("Overview"));
    m_navigation->addPage(Navigation::Glyph::Incidents, tr("Incidents"));
    m_navigation->addPage(Navigation::Glyph::Settings, tr("Settings"));
    m_navigation->addPage(Navigation::Glyph::Rights, tr("Rights"));
    for (QWidget *page : {static_cast<QWidget *>(m_overview), static_cast<QWidget *>(m_incidents),
                          static_cast<QWidget *>(m_settings), static_cast<QWidget *>(m_rights)})
        m_stack->addWidget(page);
    auto *body = new QWidget(this);
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(0);
    column->addWidget(m_header);
    column->addWidget(m_notices);
    auto *row = new QHBoxLayout;
    row->setSpacing(0);
    row->addWidget(m_navigation);
    row->addWidget(m_stack, 1);
    column->addLayout(row, 1);
    setCentralWidget(body);
    connect(m_navigation, &QListWidget::currentRowChanged, this, &MainWindow::showPage);
    connect(m_overview, &OverviewPage::incidentActivated, this, &MainWindow::showIncident);
}

void MainWindow::buildShortcuts()
{
    const auto on = [this](const QKeySequence &keys, void (MainWindow::*slot)()) {
        connect(new QShortcut(keys, this), &QShortcut::activated, this, slot);
    };
    on(QKeySequence(Qt::Key_F1), &MainWindow::showHelp);
    on(QKeySequence(Qt::CTRL | Qt::Key_Q), &MainWindow::askToClose);
    connect(new QShortcut(QKeySequence(Qt::CTRL | Qt::SHIFT | Qt::Key_P), this), &QShortcut::activated, m_header,
            &Header::toggleAutomation);
}

void MainWindow::connectHeader()
{
    connect(m_header, &Header::helpRequested, this, &MainWindow::showHelp);
    connect(m_header, &Header::reviewRequested, m_escalations, &EscalationCenter::review);
    connect(m_header, &Header::incidentsRequested, this, [this] { m_navigation->setCurrentRow(Incidents); });
    connect(m_escalations, &EscalationCenter::waitingChanged, m_header, &Header::setWaiting);
    m_header->setWaiting(m_escalations->waiting());
}

void MainWindow::startTray()
{
    if (!Tray::available())
        return;
    m_tray = new Tray(m_client, this);
    connect(m_tray, &Tray::showRequested, this, &MainWindow::bringUp);
    connect(m_tray, &Tray::automationToggled, m_header, &Header::toggleAutomation);
    connect(m_tray, &Tray::quitRequested, this, &MainWindow::quit);
}

void MainWindow::showPage(int page)
{
    m_stack->setCurrentIndex(page);
}

void MainWindow::showIncident(const QString &id)
{
    m_navigation->setCurrentRow(Incidents);
    m_incidents->showIncident(id);
}

void MainWindow::takeFrame(const FramePtr &frame)
{
    m_navigation->setCount(Incidents, int(frame->open.size()));
}

void MainWindow::bringUp()
{
    setWindowState(windowState() & ~Qt::WindowMinimized);
    show();
    raise();
    activateWindow();
}

void MainWindow::closeEvent(QCloseEvent *event)
{
    saveLayout();
    if (m_quitting) {
        event->accept();
        return;
    }
    event->ignore();
    const FramePtr frame = m_client->frame();
    const CloseQuestion::Choice choice = CloseQuestion::remembered();
    if (frame && frame->engine.readOnly) // nothing is healed from here
        quit();
    else if (choice == CloseQuestion::Choice::Tray && m_tray)
        goToTray();
    else if (choice == CloseQuestion::Choice::Stop && m_tray)
        quit();
    else
        askToClose();
}

void MainWindow::askToClose()
{
    if (findChild<CloseQuestion *>())
        return;
    auto *question = new CloseQuestion(m_tray != nullptr, this);
    connect(question, &CloseQuestion::chosen, this, [this](CloseQuestion::Choice choice) {
        choice == CloseQuestion::Choice::Tray ? goToTray() : quit();
    });
    question->open();
}

void MainWindow::goToTray()
{
    QApplication::setQuitOnLastWindowClosed(false); // hidden, not ended
    hide();
}

void MainWindow::quit()
{
    if (m_quitting)
        return;
    m_quitting = true;
    saveLayout();
    Q_EMIT quitRequested();
}

void MainWindow::showHelp()
{
    auto *help = findChild<HelpDialog *>();
    if (!help)
        help = new HelpDialog(this);
    help->show();
    help->raise();
    help->activateWindow();
}

void MainWindow::restoreLayout()
{
    const QSettings settings = consoleSettings();
    if (!restoreGeometry(settings.value(GeometryKey).toByteArray()))
        resize(FirstSize);
    const int page = settings.value(PageKey, int(Overview)).toInt();
    m_navigation->setCurrentRow(std::clamp(page, 0, m_navigation->count() - 1));
}

void MainWindow::saveLayout() const
{
    QSettings settings = consoleSettings();
    settings.setValue(GeometryKey, saveGeometry());
    settings.setValue(PageKey, m_navigation->currentRow());
}

} // namespace prunella
