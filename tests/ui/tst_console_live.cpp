// The whole console over a real engine and a real process: a person answers with real clicks.
#include "core/engine/Engine.h"
#include "ui/MainWindow.h"
#include "ui/escalation/EscalationDialog.h"

#include <QTest>
#include <QtWidgets>

#include <csignal>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

/// An engine in approve mode with one process service, and the window that a user sees.
struct Console
{
    QTemporaryDir dir;
    EngineOptions options;
    std::unique_ptr<Engine> engine;
    std::unique_ptr<MainWindow> window;

    /// `recovery`: further keys of `recovery:`
    void open(const QByteArray &recovery = {})
    {
        QFile file(dir.filePath(u"config.yaml"_s));
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
        file.write("self_healing:\n"
                   "  mode: approve\n"
                   "  error_detection: {monitoring_interval: 1}\n"
                   "  recovery: {settle: 300ms" + recovery + "}\n"
                   "  escalation: []\n"
                   "  services:\n"
                   "    - {name: worker, manager: process, command: [/bin/sleep, infinity]}\n");
        file.close();
        options.sources = defaultSources(file.fileName(), {});
        options.stateDir = options.runtimeDir = dir.filePath(u"state"_s);
        options.playbookDir = QStringLiteral(SOURCE_DIR "/resources/playbooks");
        options.version = u"test"_s;
        const LoadedConfig loaded = loadConfig(options.sources);
        QVERIFY2(!loaded.hasErrors(), qPrintable(loaded.hasErrors() ? toString(loaded.problems.first()) : QString()));
        engine = std::make_unique<Engine>(options);
        window = std::make_unique<MainWindow>(engine.get());
        window->show();
        engine->start(loaded);
        QTRY_VERIFY(pid() > 0);
    }
    ~Console()
    {
        if (const qint64 last = pid(); last > 0)
            ::kill(pid_t(last), SIGKILL);
        window.reset();
        if (engine)
            engine->stop();
    }
    /// As the picture tells it: "pid 123 runs".
    [[nodiscard]] qint64 pid() const
    {
        for (const auto &component : engine->frame()->components) {
            if (component.name == u"worker"_s && component.reason.endsWith(u" runs"_s))
                return component.reason.section(u' ', 1, 1).toLongLong();
        }
        return 0;
    }
    [[nodiscard]] EscalationDialog *dialog() const { return window->findChild<EscalationDialog *>(); }
    void click(const char *name) const
    {
        auto *button = dialog()->findChild<QPushButton *>(QString::fromLatin1(name));
        QVERIFY(button && button->isVisible() && button->isEnabled());
        QTest::mouseClick(button, Qt::LeftButton);
    }
    [[nodiscard]] Incident last() const
    {
        const auto frame = engine->frame();
        return !frame->open.isEmpty() ? frame->open.last() : frame->recent.isEmpty() ? Incident{} : frame->recent.last();
    }
};

} // namespace

class TestConsoleLive : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QStandardPaths::setTestModeEnabled(true); }
    void approvedByAClick();
    void rejectedByAClick();
    void twoPeopleAgree();
    void showsThePlanAndTheRights();
    void endsCleanlyOnSigterm();
};

void TestConsoleLive::approvedByAClick()
{
    Console console;
    console.open();
    const qint64 before = console.pid();
    QCOMPARE(::kill(pid_t(before), SIGKILL), 0);
    QTRY_VERIFY(console.dialog() && console.dialog()->isVisible());
    QVERIFY(console.last().status == IncidentStatus::AwaitingApproval);
    QVERIFY(console.last().actions.last().startedAt == 0); // asked, not begun
    console.click("approve");
    QTRY_VERIFY(!console.dialog()->isVisible());
    QTRY_VERIFY(console.last().status == IncidentStatus::Resolved);
    QTRY_VERIFY(console.pid() > 0 && console.pid() != before);
    const auto record = console.last().actions.last();
    QVERIFY(record.status == ActionStatus::Completed);
    QVERIFY(record.verified);
    QVERIFY(!record.approvedBy.isEmpty());
}

void TestConsoleLive::rejectedByAClick()
{
    Console console;
    console.open();
    QCOMPARE(::kill(pid_t(console.pid()), SIGKILL), 0);
    QTRY_VERIFY(console.dialog() && console.dialog()->isVisible());
    console.click("reject");
    auto *reason = console.dialog()->findChild<QLineEdit *>(u"reason"_s);
    QTRY_VERIFY((QTest::keyClick(reason, Qt::Key_T), !reason->text().isEmpty())); // keys are ignored at first
    QTest::keyClicks(reason, u"he disk is being copied"_s);
    console.click("sendReject");
    QTRY_VERIFY(!console.dialog()->isVisible());
    QTRY_VERIFY(console.last().status == IncidentStatus::Escalated);
    const Incident incident = console.last();
    QVERIFY2(incident.timeline.last().reason.contains(u"the disk is being copied"_s), qPrintable(incident.timeline.last().reason));
    QCOMPARE(incident.actions.size(), 1);
    QCOMPARE(incident.actions.first().startedAt, 0); // never begun
    QCOMPARE(console.pid(), 0);
}

void TestConsoleLive::twoPeopleAgree()
{
    Console console;
    console.open(", actions: {restart_service: {approve: two}}");
    const qint64 before = console.pid();
    QCOMPARE(::kill(pid_t(before), SIGKILL), 0);
    QTRY_VERIFY(console.dialog() && console.dialog()->isVisible());
    QCOMPARE(console.dialog()->request().needed, 2);
    console.click("approve");
    const auto *message = console.dialog()->findChild<QLabel *>(u"message"_s);
    QTRY_VERIFY2(message->text().startsWith(u"Your yes is noted"_s), qPrintable(message->text()));
    QVERIFY(console.dialog()->isVisible());
    QTRY_COMPARE(console.dialog()->request().given.size(), 1);
    QVERIFY(console.last().status == IncidentStatus::AwaitingApproval);
    Command second; // as the control socket hands it over
    second.kind = CommandKind::Approve;
    second.incidentId = console.last().id;
    second.actor = u"uid 4711 (ben)"_s;
    second.origin = u"pts/3"_s;
    console.engine->send(second);
    QTRY_VERIFY(!console.dialog()->isVisible());
    QTRY_VERIFY(console.last().status == IncidentStatus::Resolved);
    const auto approvals = console.last().actions.last().approvals;
    QCOMPARE(approvals.size(), 2);
    QCOMPARE(approvals[0].from, u"console"_s);
    QCOMPARE(approvals[1].from, u"pts/3"_s);
    QVERIFY(console.pid() != before);
}

void TestConsoleLive::showsThePlanAndTheRights()
{
    Console console;
    console.open();
    QCOMPARE(::kill(pid_t(console.pid()), SIGKILL), 0);
    QTRY_VERIFY(console.dialog() && console.dialog()->isVisible());
    console.window->showIncident(console.last().id);
    auto *tabs = console.window->findChild<QTabWidget *>(u"incidentTabs"_s);
    tabs->setCurrentIndex(1);
    QTRY_VERIFY(!console.window->findChildren<QFrame *>(u"planCard"_s).isEmpty());
    QStringList said;
    for (const QLabel *label : console.window->findChild<QFrame *>(u"planCard"_s)->findChildren<QLabel *>())
        said.append(label->text());
    QVERIFY2(said.filter(u"Would ask a person: "_s).size() == 1, qPrintable(said.join(u'\n')));
    QVERIFY(said.contains(u"1. Restart service on worker"_s));
    QVERIFY(console.last().actions.last().startedAt == 0); // looking did nothing
    console.window->findChild<QListWidget *>()->setCurrentRow(MainWindow::Rights);
    const auto *rights = console.window->findChild<QTableView *>(u"rightsTable"_s)->model();
    QTRY_COMPARE(rights->rowCount(), 1);
    QCOMPARE(rights->index(0, 0).data().toString(), u"worker"_s);
    QCOMPARE(rights->index(0, 1).data().toString(), u"Permitted"_s); // its own process
}

/// The program itself: every thread of Qt's must leave the signal to us.
void TestConsoleLive::endsCleanlyOnSigterm()
{
    QTemporaryDir dir;
    QFile file(dir.filePath(u"config.yaml"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner);
    file.write("self_healing: {mode: observe}\n");
    file.close();
    QProcess program;
    program.start(QStringLiteral(BUILD_DIR "/bin/prunella"), {u"--config"_s, file.fileName(), u"--state-dir"_s, dir.filePath(u"state"_s)});
    QTRY_VERIFY_WITH_TIMEOUT(QFile::exists(dir.filePath(u"state/control.sock"_s)), 20'000);
    program.terminate();
    QVERIFY(program.waitForFinished(20'000));
    QCOMPARE(program.exitStatus(), QProcess::NormalExit);
    QCOMPARE(program.exitCode(), 0);
}

QTEST_MAIN(TestConsoleLive)
#include "tst_console_live.moc"
