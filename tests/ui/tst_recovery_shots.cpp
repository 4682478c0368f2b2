// Pictures of what recovery shows, in both themes and sizes: kept in BUILD_DIR/screenshots for a person to look at. The
// test itself checks what a machine can see: every card and button has the width that it needs.
#include "tests/support/FakeEngineClient.h"
#include "tests/ui/RecoverySamples.h"
#include "tests/ui/SampleFrame.h"
#include "ui/MainWindow.h"
#include "ui/Navigation.h"
#include "ui/Theme.h"
#include "ui/escalation/EscalationDialog.h"
#include "ui/incidents/AttachmentWindow.h"
#include "ui/incidents/CommandText.h"
#include "ui/incidents/IncidentsPage.h"

#include <QDir>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::text;
using sample::Start;

namespace {

RightVerdict right(const char *service, const char *what, RightState state, const char *why)
{
    return {text(service), text(what), state, text(why)};
}

QList<RightVerdict> someRights()
{
    const char *admin = "polkit would ask an administrator (org.freedesktop.systemd1.manage-units); a rule may allow it to the user prunella: see docs/rights";
    QList<RightVerdict> rights;
    for (const char *service : {"web", "db", "worker-2", "worker-3"}) {
        const bool web = service == QByteArray("web");
        rights.append(right(service, "restart_service", web ? RightState::Permitted : RightState::NeedsPerson, web ? "polkit allows it" : admin));
        rights.append(right(service, "health_check", RightState::Permitted, "nothing is changed by it"));
        rights.append(right(service, "enable_monitoring", RightState::Permitted, "files below /proc and the journal may be read"));
        rights.append(right(service, "logs", web ? RightState::Permitted : RightState::Refused, web ? "the journal may be read"
                            : "the journal of the system is not readable: add the user prunella to the group systemd-journal and log in again"));
    }
    rights.append(right("web", "increase_resources", RightState::Permitted, "polkit allows it; /etc/systemd/system may be written"));
    rights.append(right("web", "rollback_deployment", RightState::Refused, "/srv/web belongs to deploy (uid 1004) and may not be written by prunella (uid 990)"));
    return rights;
}

/// The engine as it stands: one incident waits for two people, another has tried everything.
void fill(FakeEngineClient &client, const QString &snapshot)
{
    EngineFrame frame = sample::frame(Start, 8, 3);
    Incident leak = samples::raisedAndTakenBack(Start - 400'000, snapshot);
    Incident waits = samples::crash("db", IncidentStatus::AwaitingApproval, Start - 95'000, "waits");
    waits.approval = samples::approvalFor(waits, ManualClock().now().monotonicMs);
    waits.approval->needed = 2;
    waits.approval->why = {Decision::Ask, Reason::SecondPerson, text("two different people decide (approve: two)"), 0};
    waits.approval->given = {{text("uid 1000 (anna)"), text("pts/3"), Start - 60'000}};
    frame.open = {leak, waits};
    frame.engine.shadow = true;
    for (ComponentHealth &component : frame.components)
        component.shadow = component.name != u"web" && component.name != u"host";
    client.calls = {{ActionType::IncreaseResources, text("systemctl set-property --runtime web.service MemoryMax=320M")}};
    client.plans = {{text("leak"), samples::leakPlan("leak")}, {text("waits"), samples::leakPlan("waits")}};
    client.verdicts = someRights();
    client.snapshot.file = text("/etc/prunella/config.yaml");
    const auto add = [&client](const char *path, SettingKind kind, const char *value) {
        SettingValue setting;
        setting.path = text(path);
        setting.kind = kind;
        setting.value = text(value);
        client.snapshot.values.append(setting);
    };
    for (const char *path : {"recovery.rollback_enabled", "recovery.auto_scaling_enabled", "recovery.circuit_breaker_enabled", "recovery.shadow"})
        add(path, SettingKind::Boolean, path == QByteArray("recovery.shadow") ? "false" : "true");
    add("guards.breaker_failures", SettingKind::Integer, "3");
    add("guards.breaker_reset", SettingKind::Duration, "15m");
    client.setFrame(frame);
}

/// Texts that do not get the width or height that they ask for.
QStringList cut(const QWidget &part)
{
    QStringList bad;
    for (const QAbstractButton *button : part.findChildren<QAbstractButton *>()) {
        if (button->isVisible() && !button->text().isEmpty() && button->width() < button->minimumSizeHint().width())
            bad.append(button->text());
    }
    for (const CommandText *exact : part.findChildren<CommandText *>()) {
        const auto covers = [exact](const QWidget *other) { return other != exact && other->isVisible() && other->geometry().intersects(exact->geometry()); };
        const auto beside = exact->parentWidget()->findChildren<QWidget *>(Qt::FindDirectChildrenOnly);
        if (exact->isVisible() && std::ranges::any_of(beside, covers))
            bad.append(exact->text());
    }
    for (const QLabel *label : part.findChildren<QLabel *>()) {
        if (label->isVisible() && label->wordWrap() && label->height() < label->heightForWidth(label->width()))
            bad.append(label->text());
    }
    return bad;
}

} // namespace

class TestRecoveryShots : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void pages_data();
    void pages();

private:
    void keep(QWidget *widget, const char *what);
    void questions(FakeEngineClient &client, EscalationDialog *dialog);
    void incidents(MainWindow &window);

    QTemporaryDir m_home;
};

void TestRecoveryShots::initTestCase()
{
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
    QVERIFY(QDir().mkpath(QStringLiteral(BUILD_DIR "/screenshots")));
    QFile file(m_home.filePath(text("leak-look-1.txt")));
    const QByteArray part("== processes with the most memory\n 4820 web   812.4 MiB  38.1 % CPU\n 1204 postgres   201.0 MiB   2.4 % CPU\n\n"
                          "== open files of 4820\n   0 /dev/null\n   1 socket:[81234]\n");
    QVERIFY(file.open(QIODevice::WriteOnly) && file.write(part.repeated(12)) > 0);
}

void TestRecoveryShots::pages_data()
{
    QTest::addColumn<int>("theme");
    QTest::addColumn<QSize>("size");
    for (const auto theme : {Theme::Light, Theme::Dark}) {
        for (const QSize size : {QSize(1600, 900), QSize(1024, 700)})
            QTest::addRow("%s-%dx%d", theme == Theme::Dark ? "dark" : "light", size.width(), size.height()) << int(theme) << size;
    }
}

void TestRecoveryShots::keep(QWidget *widget, const char *what)
{
    QTRY_VERIFY2_WITH_TIMEOUT(cut(*widget).isEmpty(), qPrintable(cut(*widget).join(u'\n')), 2000); // layouts settle
    QImage before;
    bool settled = false;
    QTRY_VERIFY((settled = widget->grab().toImage() == before, before = widget->grab().toImage(), settled)); // nothing moves any more
    QVERIFY(widget->grab().save(QStringLiteral(BUILD_DIR "/screenshots/%1-%2.png").arg(text(what), text(QTest::currentDataTag()))));
}

void TestRecoveryShots::questions(FakeEngineClient &client, EscalationDialog *dialog)
{
    QTRY_VERIFY(dialog->isVisible());
    keep(dialog, "two-people");
    Incident first = client.frame()->open.last(); // nobody has said yes yet
    first.approval->given.clear();
    client.ask(*first.approval);
    dialog->findChild<QPushButton *>(text("approve"))->click();
    first.approval->given = {{text("uid 0 (root)"), text("console"), Start}};
    client.ask(*first.approval);
    client.answer(client.commands.last().id, true);
    keep(dialog, "first-yes");
    dialog->hide();
}

void TestRecoveryShots::incidents(MainWindow &window)
{
    window.showIncident(text("leak"));
    auto *tabs = window.findChild<QTabWidget *>(text("incidentTabs"));
    tabs->setCurrentIndex(1);
    QTRY_COMPARE(window.findChildren<QFrame *>(text("planCard")).size(), 4);
    keep(&window, "plan");
    tabs->setCurrentIndex(2);
    keep(&window, "actions");
    window.findChild<QPushButton *>(text("showSnapshot"))->click();
    auto *attachment = window.findChild<AttachmentWindow *>();
    QTRY_VERIFY(!attachment->findChild<QPlainTextEdit *>()->toPlainText().isEmpty());
    keep(attachment, "snapshot");
}

void TestRecoveryShots::pages()
{
    QFETCH(int, theme);
    QFETCH(QSize, size);
    Theme::apply(*qApp, Theme::Choice(theme));
    FakeEngineClient client;
    fill(client, m_home.filePath(text("leak-look-1.txt")));
    MainWindow window(&client, nullptr, std::make_shared<ManualClock>(Start));
    window.resize(size);
    window.show();
    QTRY_VERIFY(window.isVisible());
    questions(client, window.findChild<EscalationDialog *>());
    auto *navigation = window.findChild<Navigation *>();
    navigation->setCurrentRow(MainWindow::Overview);
    keep(&window, "shadow");
    incidents(window);
    navigation->setCurrentRow(MainWindow::Settings);
    keep(&window, "settings");
    navigation->setCurrentRow(MainWindow::Rights);
    QTRY_VERIFY(window.findChild<QTableView *>(text("rightsTable"))->model()->rowCount() == 4);
    keep(&window, "rights");
}

QTEST_MAIN(TestRecoveryShots)
#include "tst_recovery_shots.moc"
