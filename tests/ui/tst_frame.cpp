// The frame of the console, driven as a person drives it.
#include "tests/support/FakeEngineClient.h"
#include "tests/ui/SampleFrame.h"
#include "ui/CloseQuestion.h"
#include "ui/ConsoleSettings.h"
#include "ui/ElidedLabel.h"
#include "ui/Header.h"
#include "ui/HelpDialog.h"
#include "ui/MainWindow.h"
#include "ui/Navigation.h"
#include "ui/NoticeBar.h"
#include "ui/overview/ChartGrid.h"
#include "ui/overview/ChartPicker.h"
#include "ui/overview/OverviewPage.h"
#include "ui/overview/TileRow.h"

#include <QAbstractButton>
#include <QComboBox>
#include <QLabel>
#include <QListView>
#include <QListWidget>
#include <QPushButton>
#include <QScrollBar>
#include <QSignalSpy>
#include <QStackedWidget>
#include <QTemporaryDir>
#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;
using sample::Start;

class TestFrame : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init();
    void modeIsACeiling();
    void stopAndResume();
    void shadowModeIsSeen();
    void noticesComeAndGo();
    void readOnlyConsole();
    void keysChoosePages();
    void fastSamplesOnlyWhileSeen();
    void tilesSayWhatTheyJudgeBy();
    void overviewShowsTheFrame();
    void chartsAreChosenAndRemembered();
    void emptyEngineSaysWhatToDo();
    void aServiceOpensItsIncident();
    void closingAsks();
    void helpOpens();
    void everythingHasAName();
    void pageIsRemembered();

private:
    QTemporaryDir m_home;
    std::unique_ptr<FakeEngineClient> m_client;
    std::shared_ptr<ManualClock> m_clock;
};

namespace {

QPushButton *button(QWidget *parent, const QString &text)
{
    const auto buttons = parent->findChildren<QPushButton *>();
    const auto it = std::find_if(buttons.begin(), buttons.end(),
                                 [&text](const QPushButton *b) { return b->isVisible() && b->text().contains(text); });
    return it == buttons.end() ? nullptr : *it;
}

} // namespace

void TestFrame::initTestCase()
{
    qputenv("XDG_CONFIG_HOME", m_home.path().toUtf8());
    QSettings::setPath(QSettings::NativeFormat, QSettings::UserScope, m_home.path());
}

void TestFrame::init()
{
    consoleSettings().clear();
    m_client = std::make_unique<FakeEngineClient>();
    m_client->setFrame(sample::frame());
    m_clock = std::make_shared<ManualClock>(Start);
}

void TestFrame::modeIsACeiling()
{
    Header header(m_client.get(), m_clock);
    header.show();
    auto *mode = header.findChild<QComboBox *>();
    QCOMPARE(mode->currentIndex(), int(Mode::Automatic));
    QTest::keyClick(mode, Qt::Key_Up);
    QCOMPARE(m_client->sent(CommandKind::SetCeiling).size(), 1);
    QVERIFY(m_client->sent(CommandKind::SetCeiling).first().mode == Mode::Approve);
    m_client->setFrame(sample::frame()); // a frame from before the command does not undo the wish
    QCOMPARE(mode->currentIndex(), int(Mode::Approve));
    m_client->answer(m_client->commands.last().id, false, u"not allowed"_s);
    m_client->setFrame(sample::frame()); // refused: the selector tells the truth again
    QCOMPARE(mode->currentIndex(), int(Mode::Automatic));
}

void TestFrame::stopAndResume()
{
    Header header(m_client.get(), m_clock);
    header.show();
    QTest::mouseClick(button(&header, u"Stop all automation"_s), Qt::LeftButton);
    QCOMPARE(m_client->sent(CommandKind::Pause).size(), 1);
    QVERIFY(m_client->sent(CommandKind::Pause).first().target.isEmpty());
    QCOMPARE(m_client->sent(CommandKind::Pause).first().durationMs, 0);
    EngineFrame frame = sample::frame();
    frame.pauses.append({{}, Start + 120'000, u"anna"_s});
    m_client->setFrame(frame);
    auto *resume = button(&header, u"Resume automation"_s);
    QVERIFY(resume);
    const auto shown = [&header](const QString &text) {
        const auto labels = header.findChildren<ElidedLabel *>();
        return std::any_of(labels.begin(), labels.end(),
                           [&text](const ElidedLabel *label) { return label->isVisible() && label->text().contains(text); });
    };
    QVERIFY(shown(u"stopped for another 2"_s));
    m_clock->advance(65'000);
    QTRY_VERIFY(shown(u"another 55"_s));
    QTest::mouseClick(resume, Qt::LeftButton);
    QCOMPARE(m_client->sent(CommandKind::Resume).size(), 1);
    frame.engine.environment = u"production-eu-central"_s;
    m_client->setFrame(frame);
    header.setWaiting(12);
    QVERIFY2(header.minimumSizeHint().width() <= 1024, qPrintable(QString::number(header.minimumSizeHint().width())));
}

void TestFrame::shadowModeIsSeen()
{
    MainWindow window(m_client.get(), nullptr, m_clock);
    window.show();
    const auto shown = [&window] {
        const auto labels = window.findChild<Header *>()->findChildren<ElidedLabel *>();
        return std::any_of(labels.begin(), labels.end(), [](const ElidedLabel *label) { return label->text() == u"shadow mode: nothing is done"; });
    };
    const auto *list = window.findChild<OverviewPage *>()->findChild<QListView *>();
    const auto tip = [list](int row) { return list->model()->index(row, 0).data(Qt::ToolTipRole).toString(); };
    QVERIFY(!shown());
    QVERIFY(!tip(0).contains(u"Shadow mode"_s));
    EngineFrame frame = sample::frame();
    frame.engine.shadow = true;
    std::ranges::find(frame.components, u"db"_s, &ComponentHealth::name)->shadow = true;
    m_client->setFrame(frame);
    QVERIFY(shown());
    QCOMPARE(list->model()->index(0, 0).data().toString(), u"db"_s);
    QVERIFY(tip(0).contains(u"Shadow mode"_s));
    QVERIFY(!tip(1).contains(u"Shadow mode"_s)); // the others act
}

void TestFrame::noticesComeAndGo()
{
    NoticeBar bar(m_client.get());
    QVERIFY(bar.isHidden());
    EngineFrame frame = sample::frame();
    frame.notices.append({u"config"_s, NoticeLevel::Error, u"The configuration has errors"_s});
    frame.notices.append({u"store"_s, NoticeLevel::Error, u"The store cannot be written: disk full"_s});
    m_client->setFrame(frame);
    QVERIFY(!button(&bar, u"Acknowledge"_s)); // nothing that a person could wave through
    frame.engine.storeDamaged = true;
    m_client->setFrame(frame);
    QVERIFY(!bar.isHidden());
    bar.show();
    QCOMPARE(bar.texts().size(), 2);
    QTest::mouseClick(button(&bar, u"Acknowledge"_s), Qt::LeftButton);
    QCOMPARE(m_client->sent(CommandKind::AcknowledgeStore).size(), 1);
    m_client->notice({u"store"_s, NoticeLevel::Error, {}});
    QCOMPARE(bar.texts().size(), 1);
    m_client->answer(9, false, u"not authorised by polkit for unit web.service"_s);
    m_client->setFrame(frame); // a failed command stays until dismissed
    QCOMPARE(bar.texts().size(), 3);
    QTest::mouseClick(button(&bar, u"Dismiss"_s), Qt::LeftButton);
    m_client->setFrame(sample::frame());
    QCOMPARE(bar.texts().size(), 0);
    QVERIFY(bar.isHidden());
}

void TestFrame::readOnlyConsole()
{
    EngineFrame frame = sample::frame();
    frame.engine.readOnly = true;
    frame.engine.holder = u"prunellactl, pid 4711"_s;
    m_client->setFrame(frame);
    MainWindow window(m_client.get(), nullptr, m_clock);
    window.show();
    const QStringList texts = window.findChild<NoticeBar *>()->texts();
    QCOMPARE(texts.size(), 1);
    QVERIFY(texts.first().contains(u"pid 4711"));
    QVERIFY(!button(&window, u"Stop all automation"_s)->isEnabled());
    QVERIFY(m_client->sent(CommandKind::SampleFast).isEmpty());
    QSignalSpy quit(&window, &MainWindow::quitRequested);
    window.close(); // heals nothing, so there is nothing to ask
    QCOMPARE(quit.count(), 1);
}

void TestFrame::keysChoosePages()
{
    MainWindow window(m_client.get(), nullptr, m_clock);
    window.show();
    QTRY_VERIFY(window.isActiveWindow());
    auto *stack = window.findChild<QStackedWidget *>();
    QTest::keyClick(&window, Qt::Key_2, Qt::ControlModifier);
    QCOMPARE(stack->currentIndex(), int(MainWindow::Incidents));
    QTest::keyClick(&window, Qt::Key_3, Qt::ControlModifier);
    QCOMPARE(stack->currentIndex(), int(MainWindow::Settings));
    QTest::keyClick(&window, Qt::Key_4, Qt::ControlModifier);
    QCOMPARE(stack->currentIndex(), int(MainWindow::Rights));
    QTest::keyClick(&window, Qt::Key_1, Qt::ControlModifier);
    QCOMPARE(stack->currentIndex(), int(MainWindow::Overview));
    QTest::keyClick(&window, Qt::Key_P, Qt::ControlModifier | Qt::ShiftModifier);
    QCOMPARE(m_client->sent(CommandKind::Pause).size(), 1);
    QVERIFY(window.findChild<Navigation *>()->item(MainWindow::Incidents)->text().contains(u"(1)"));
}

void TestFrame::fastSamplesOnlyWhileSeen()
{
    MainWindow window(m_client.get(), nullptr, m_clock);
    QVERIFY(m_client->sent(CommandKind::SampleFast).isEmpty());
    window.show();
    QCOMPARE(m_client->sent(CommandKind::SampleFast).size(), 1);
    QVERIFY(m_client->commands.last().on);
    window.findChild<Navigation *>()->setCurrentRow(MainWindow::Settings);
    QCOMPARE(m_client->sent(CommandKind::SampleFast).size(), 2);
    QVERIFY(!m_client->sent(CommandKind::SampleFast).last().on);
    window.findChild<Navigation *>()->setCurrentRow(MainWindow::Overview);
    QVERIFY(m_client->sent(CommandKind::SampleFast).last().on);
    window.hide();
    QVERIFY(!m_client->sent(CommandKind::SampleFast).last().on);
}

void TestFrame::tilesSayWhatTheyJudgeBy()
{
    EngineFrame frame;
    frame.metrics = {sample::row(u"cpu_usage"_s, {}, 99, u"%"_s, Start), sample::row(u"network_receive"_s, {{u"interface"_s, u"eth0"_s}}, 5, u"B/s"_s, Start)};
    frame.metrics[0].status = Health::Healthy; // not for long enough
    frame.metrics[1].status = Health::Unknown;
    const auto tiles = tilesOf(frame, 1);
    QVERIFY(tiles[0].detail.startsWith(u"briefly above 80"_s));
    QCOMPARE(tiles[2].stateText, u"No limit"_s);
    frame.metrics[0].value = 40;
    QVERIFY(tilesOf(frame, 1)[0].detail.startsWith(u"limit 80"_s));
}

void TestFrame::overviewShowsTheFrame()
{
    OverviewPage page(m_client.get(), m_clock);
    page.resize(1200, 700);
    page.show();
    const auto tiles = page.findChild<TileRow *>()->tiles();
    QCOMPARE(tiles.first()->text().title, u"CPU"_s);
    QCOMPARE(tiles.last()->text().value, u"6/8"_s);
    QVERIFY(tiles.last()->text().state == Health::Critical);
    const auto *list = page.findChild<QListView *>();
    QCOMPARE(list->model()->rowCount(), 9);
    QCOMPARE(list->model()->index(0, 0).data().toString(), u"db"_s); // the worst first
    EngineFrame many = sample::frame(Start + 1000, 40, 12);
    m_client->setFrame(many);
    QCOMPARE(list->model()->rowCount(), 41);
    QVERIFY(page.findChild<TileRow *>()->tiles().size() <= 11);
}

void TestFrame::chartsAreChosenAndRemembered()
{
    OverviewPage page(m_client.get(), m_clock);
    page.resize(1200, 700);
    page.show();
    QCOMPARE(page.grid()->charts().size(), 12);
    QTest::mouseClick(button(&page, u"Charts…"_s), Qt::LeftButton);
    auto *picker = page.findChild<ChartPicker *>();
    QVERIFY(picker);
    auto *list = picker->findChild<QListWidget *>();
    for (int i = 2; i < list->count(); ++i)
        list->item(i)->setCheckState(Qt::Unchecked);
    list->setCurrentRow(1);
    QTest::mouseClick(button(picker, u"Move up"_s), Qt::LeftButton);
    picker->accept();
    QCOMPARE(page.grid()->charts().size(), 2);
    QCOMPARE(page.grid()->charts().first()->spec().id, u"memory"_s);
    QTest::mouseClick(button(&page, u"1 h"_s), Qt::LeftButton);
    OverviewPage again(m_client.get(), m_clock);
    again.show();
    QCOMPARE(again.grid()->charts().size(), 2);
    QVERIFY(button(&again, u"1 h"_s)->isChecked());
}

void TestFrame::emptyEngineSaysWhatToDo()
{
    m_client->setFrame(EngineFrame{});
    MainWindow window(m_client.get(), nullptr, m_clock);
    window.show();
    QStringList texts;
    for (const QLabel *label : window.findChildren<QLabel *>()) {
        if (label->isVisible())
            texts.append(label->text());
    }
    QVERIFY(texts.join(u'\n').contains(u"No services are watched yet"_s));
    QVERIFY(texts.join(u'\n').contains(u"No values yet"_s));
}

void TestFrame::aServiceOpensItsIncident()
{
    OverviewPage page(m_client.get(), m_clock);
    page.show();
    QSignalSpy opened(&page, &OverviewPage::incidentActivated);
    auto *list = page.findChild<QListView *>();
    list->setCurrentIndex(list->model()->index(0, 0));
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(opened.count(), 1);
    QCOMPARE(opened.first().first().toString(), u"0000-db"_s);
    list->setCurrentIndex(list->model()->index(5, 0)); // healthy: nothing to open
    QTest::keyClick(list, Qt::Key_Return);
    QCOMPARE(opened.count(), 1);
}

void TestFrame::closingAsks()
{
    MainWindow window(m_client.get(), nullptr, m_clock);
    window.show();
    QSignalSpy quit(&window, &MainWindow::quitRequested);
    window.close();
    auto *question = window.findChild<CloseQuestion *>();
    QVERIFY(question);
    QVERIFY(window.isVisible());
    question->reject();
    QCOMPARE(quit.count(), 0);
    QTRY_VERIFY(!window.findChild<CloseQuestion *>());
    window.close();
    QTest::mouseClick(button(window.findChild<CloseQuestion *>(), u"Stop healing and quit"_s), Qt::LeftButton);
    QCOMPARE(quit.count(), 1);

    CloseQuestion withTray(true, nullptr);
    withTray.setAttribute(Qt::WA_DeleteOnClose, false);
    withTray.show();
    QSignalSpy chosen(&withTray, &CloseQuestion::chosen);
    QTest::mouseClick(button(&withTray, u"in the tray"_s), Qt::LeftButton);
    QCOMPARE(chosen.count(), 1);
    QVERIFY(CloseQuestion::remembered() == CloseQuestion::Choice::Tray);
}

void TestFrame::helpOpens()
{
    MainWindow window(m_client.get(), nullptr, m_clock);
    window.show();
    QTRY_VERIFY(window.isActiveWindow());
    QTest::keyClick(&window, Qt::Key_F1);
    QVERIFY(window.findChild<HelpDialog *>());
}

void TestFrame::everythingHasAName()
{
    Header header(m_client.get(), m_clock);
    OverviewPage page(m_client.get(), m_clock);
    NoticeBar bar(m_client.get());
    for (QWidget *part : {static_cast<QWidget *>(&header), static_cast<QWidget *>(&page), static_cast<QWidget *>(&bar)}) {
        for (const QWidget *widget : part->findChildren<QWidget *>()) {
            if (widget->focusPolicy() == Qt::NoFocus || widget->objectName().startsWith(u"qt_"))
                continue;
            if (qobject_cast<const QLabel *>(widget) || qobject_cast<const QScrollBar *>(widget))
                continue; // their text is their name
            const auto *pushed = qobject_cast<const QAbstractButton *>(widget);
            const bool named = !widget->accessibleName().isEmpty() || (pushed && !pushed->text().isEmpty());
            QVERIFY2(named, qPrintable(QString::fromLatin1(widget->metaObject()->className()) + u' ' + widget->objectName() + u' ' + QString::fromLatin1(widget->parentWidget()->metaObject()->className())));
        }
    }
}

void TestFrame::pageIsRemembered()
{
    {
        MainWindow window(m_client.get(), nullptr, m_clock);
        window.show();
        window.findChild<Navigation *>()->setCurrentRow(MainWindow::Settings);
        window.quit();
    }
    MainWindow window(m_client.get(), nullptr, m_clock);
    QCOMPARE(window.findChild<QStackedWidget *>()->currentIndex(), int(MainWindow::Settings));
}

QTEST_MAIN(TestFrame)
#include "tst_frame.moc"
