#include "tests/ui/Accessible.h"
#include "tests/ui/IncidentsFixture.h"
#include "tests/ui/SymptomSamples.h"
#include "ui/incidents/AffectedList.h"
#include "ui/incidents/CommandText.h"
#include "ui/incidents/IncidentCommands.h"
#include "ui/incidents/IncidentTimeline.h"

#include <QSignalSpy>
#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::crash;
using samples::Now;
using samples::text;
using namespace samples::tabs;
using Fixture = samples::IncidentsFixture;

class TestIncidentsPage : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void showsOpenFirstAndHistory();
    void filtersWhileTyping();
    void selectionStaysOverFrames();
    void showsOlderIncidents();
    void rangesAskTheStore();
    void emptyStateSaysSo();
    void detailsTellTheStory();
    void tellsWhatFailsBecauseOfIt();
    void aMergedIncidentGivesItsPlaceToTheCause();
    void recoverNowSaysAndSendsTheCall();
    void recoverNowIsOffWithAReason_data();
    void recoverNowIsOffWithAReason();
    void otherActionsAndRefusal();
    void resolveAsksFirst();
    void timelineClickWheelAndKeys();
    void keyboardReachesEverything();
    void everythingHasAName();
    void threeHundredIncidentsAndTinyWindow();
};

void TestIncidentsPage::showsOpenFirstAndHistory()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 3);
    QCOMPARE(f.table()->model()->index(0, 0).data(IncidentModel::IdRole).toString(), text("open"));
    QCOMPARE(f.selected(), text("open"));
    QVERIFY(f.find<QLabel>("incidentCount")->text().startsWith(u'1'));
}

void TestIncidentsPage::filtersWhileTyping()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 3);
    QTest::keyClicks(f.find<QLineEdit>("incidentSearch"), text("cac"));
    QCOMPARE(f.table()->model()->rowCount(), 1);
    QTest::keyClicks(f.find<QLineEdit>("incidentSearch"), text("xyz"));
    QCOMPARE(f.table()->model()->rowCount(), 0);
    QVERIFY(f.find<QLabel>("incidentsEmpty")->isVisible());
    QVERIFY(f.find<QLabel>("incidentsEmpty")->text().contains(text("filter")));
    f.page->showIncident(text("recent")); // clears the filter that hides it
    QCOMPARE(f.selected(), text("recent"));
    QCOMPARE(f.table()->model()->rowCount(), 3);
}

void TestIncidentsPage::selectionStaysOverFrames()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 3);
    f.page->showIncident(text("recent"));
    EngineFrame frame = *f.client.frame();
    frame.wallMs += 1000;
    frame.open.append(crash("queue", IncidentStatus::Detected, Now, "new"));
    f.client.setFrame(frame);
    QCOMPARE(f.table()->model()->rowCount(), 4);
    QCOMPARE(f.selected(), text("recent"));
    f.client.change(crash("mail", IncidentStatus::Detected, Now, "newer"));
    QCOMPARE(f.selected(), text("recent"));
    QCOMPARE(f.table()->model()->rowCount(), 5);
}

void TestIncidentsPage::showsOlderIncidents()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 3);
    f.client.stored.append(crash("old", IncidentStatus::Resolved, Now - 20 * 86'400'000LL, "old"));
    f.page->showIncident(text("old"));
    QTRY_COMPARE(f.selected(), text("old"));
    QVERIFY(f.find<QPushButton>("range2")->isChecked());
}

void TestIncidentsPage::rangesAskTheStore()
{
    Fixture f;
    QCOMPARE(f.client.incidentQueries.last().since, Now - 86'400'000);
    QTest::mouseClick(f.find<QPushButton>("range1"), Qt::LeftButton);
    QCOMPARE(f.client.incidentQueries.last().since, Now - 7 * 86'400'000LL);
    QTest::mouseClick(f.find<QPushButton>("range2"), Qt::LeftButton);
    QCOMPARE(f.client.incidentQueries.last().since, Now - 30 * 86'400'000LL);
}

void TestIncidentsPage::emptyStateSaysSo()
{
    FakeEngineClient client;
    IncidentsPage page(&client);
    page.resize(900, 600);
    page.show();
    QCOMPARE(page.findChild<QLabel *>(text("incidentsEmpty"))->text().section(u'.', 0, 0), text("No incidents in the last 24 h"));
    QTest::mouseClick(page.findChild<QPushButton *>(text("range1")), Qt::LeftButton);
    QVERIFY(page.findChild<QLabel *>(text("incidentsEmpty"))->text().contains(text("7 d")));
    QVERIFY(!page.findChild<QPushButton *>(text("recoverNow"))->isVisible());
}

void TestIncidentsPage::detailsTellTheStory()
{
    Fixture f;
    f.page->showIncident(text("recent"));
    QVERIFY(f.find<QLabel>("incidentSentence")->text().contains(text("killed from outside by signal 9")));
    QVERIFY(f.find<QLabel>("incidentStatus")->text().contains(text("2 of 2 health checks pass")));
    QVERIFY(f.find<QLabel>("diagnosisLists")->text().contains(text("no OOM kill")));
    auto *tabs = f.find<QTabWidget>("incidentTabs");
    tabs->setCurrentIndex(TabActions);
    QCOMPARE(f.page->findChildren<QFrame *>(text("actionCard")).size(), 1);
    QString all;
    for (const QLabel *label : f.find<QFrame>("actionCard")->findChildren<QLabel *>())
        all += label->text() + u'\n';
    for (const CommandText *exact : f.find<QFrame>("actionCard")->findChildren<CommandText *>())
        all += exact->text() + u'\n';
    for (const char *part : {"job 1834 done", "systemctl restart db.service", "1 of 3 attempts", "attempt 1", "active for 30 s with pid 4820"})
        QVERIFY2(all.contains(text(part)), part);
    tabs->setCurrentIndex(TabTimeline);
    const auto *history = qobject_cast<QTableWidget *>(tabs->currentWidget());
    QCOMPARE(history->rowCount(), 5);
    QCOMPARE(history->item(4, 2)->text(), text("Resolved"));
}

void TestIncidentsPage::tellsWhatFailsBecauseOfIt()
{
    Fixture f;
    Incident db = crash("db", IncidentStatus::AwaitingApproval, Now - 60'000, "open");
    f.set(db);
    QVERIFY(!f.find<QTabWidget>("incidentTabs")->isTabVisible(TabAffected));
    db.members = {samples::symptom("web", Now - 50'000), samples::symptom("api", Now - 40'000)};
    db.members[1].clearedAt = Now - 10'000;
    f.set(db);
    QVERIFY(f.find<QTabWidget>("incidentTabs")->isTabVisible(TabAffected));
    QCOMPARE(f.find<QTabWidget>("incidentTabs")->tabText(TabAffected).remove(u'&'), text("Affected (2)"));
    QVERIFY(f.find<QLabel>("incidentFacts")->text().contains(text("fails because of it: web")));
    QCOMPARE(f.table()->model()->index(0, IncidentModel::Component).data().toString(), text("db +1"));
    db.timeline.append({Now, db.status, text("symptom: HTTP check of web failed twice: HTTP 503; web needs db (depends_on)")});
    f.set(db);
    QVERIFY(f.find<QLabel>("incidentStatus")->text().contains(text("the mode asks a person"))); // why it waits, not what else fails
    const auto *list = f.page->findChild<AffectedList *>();
    QCOMPARE(list->rowCount(), 2);
    QCOMPARE(list->item(0, 1)->text(), text("fails"));
    QVERIFY(list->item(1, 1)->text().startsWith(text("recovered")));
}

void TestIncidentsPage::aMergedIncidentGivesItsPlaceToTheCause()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 3);
    f.page->showIncident(text("open"));
    EngineFrame frame = *f.client.frame();
    const Incident cause = crash("db", IncidentStatus::Recovering, Now, "cause");
    Incident part = frame.open.first();
    part.status = IncidentStatus::Resolved;
    part.resolvedAt = Now;
    part.mergedInto = cause.id;
    f.client.change(part);
    QCOMPARE(f.table()->model()->rowCount(), 2);
    frame.open = {cause};
    f.client.setFrame(frame);
    QCOMPARE(f.table()->model()->rowCount(), 3);
    QCOMPARE(f.selected(), text("cause"));
}

void TestIncidentsPage::recoverNowSaysAndSendsTheCall()
{
    Fixture f;
    auto *recover = f.find<QPushButton>("recoverNow");
    QVERIFY(recover->isEnabled());
    QVERIFY(recover->text().contains(text("Restart service")));
    QVERIFY(recover->toolTip().contains(text("systemctl restart web.service")));
    QTest::mouseClick(recover, Qt::LeftButton);
    const auto sent = f.client.sent(CommandKind::RecoverNow);
    QCOMPARE(sent.size(), 1);
    QCOMPARE(sent.first().incidentId, text("open"));
    QVERIFY(sent.first().action == ActionType::RestartService);
    QVERIFY(sent.first().interactive);
    QVERIFY(!recover->isEnabled()); // one word at a time
    f.client.answer(sent.first().id + 7, false, text("for somebody else"));
    QVERIFY(!recover->isEnabled());
    f.client.answer(sent.first().id, true, text("started"));
    QVERIFY(recover->isEnabled());
    QCOMPARE(f.find<QLabel>("answer")->text(), text("started"));
}

void TestIncidentsPage::recoverNowIsOffWithAReason_data()
{
    QTest::addColumn<int>("status");
    QTest::addColumn<bool>("diagnosed");
    QTest::addColumn<QString>("reason");
    QTest::newRow("running") << int(IncidentStatus::Recovering) << true << text("An action is running");
    QTest::newRow("verifying") << int(IncidentStatus::Verifying) << true << text("being verified");
    QTest::newRow("no diagnosis") << int(IncidentStatus::Detected) << false << text("no diagnosis yet");
    QTest::newRow("no action") << int(IncidentStatus::Escalated) << true << text("No action is known");
}

void TestIncidentsPage::recoverNowIsOffWithAReason()
{
    QFETCH(int, status);
    QFETCH(bool, diagnosed);
    QFETCH(QString, reason);
    Fixture f;
    Incident incident = crash("web", IncidentStatus(status), Now - 60'000, "open");
    if (diagnosed)
        incident.diagnosis->actions.clear();
    else
        incident.diagnosis.reset();
    f.set(incident);
    QVERIFY(!f.find<QPushButton>("recoverNow")->isEnabled());
    QVERIFY2(f.find<CommandText>("call")->text().contains(reason), qPrintable(f.find<CommandText>("call")->text()));
}

void TestIncidentsPage::otherActionsAndRefusal()
{
    Fixture f;
    auto *others = f.find<QToolButton>("otherActions");
    Q_EMIT others->menu()->aboutToShow();
    QCOMPARE(others->menu()->actions().size(), 1);
    QVERIFY(others->menu()->actions().first()->text().contains(text("not tried yet")));
    others->menu()->actions().first()->trigger();
    const auto sent = f.client.sent(CommandKind::RecoverNow);
    QVERIFY(sent.last().action == ActionType::HealthCheck);
    f.client.answer(sent.last().id, false, text("not authorised by polkit for unit web.service"));
    QVERIFY(f.find<QLabel>("answer")->text().contains(text("not authorised by polkit")));
}

void TestIncidentsPage::resolveAsksFirst()
{
    Fixture f;
    QTest::mouseClick(f.find<QPushButton>("resolve"), Qt::LeftButton);
    QVERIFY(f.client.sent(CommandKind::Resolve).isEmpty());
    QTest::mouseClick(f.find<QPushButton>("cancelResolve"), Qt::LeftButton);
    QVERIFY(!f.find<QPushButton>("confirmResolve")->isVisible());
    QTest::mouseClick(f.find<QPushButton>("resolve"), Qt::LeftButton);
    QTest::mouseClick(f.find<QPushButton>("confirmResolve"), Qt::LeftButton);
    QCOMPARE(f.client.sent(CommandKind::Resolve).size(), 1);
    f.client.answer(f.client.commands.last().id, true, text("resolved"));
    QTest::mouseClick(f.find<QPushButton>("acknowledge"), Qt::LeftButton);
    QCOMPARE(f.client.sent(CommandKind::Acknowledge).size(), 1);
}

void TestIncidentsPage::timelineClickWheelAndKeys()
{
    Fixture f;
    QTRY_COMPARE(f.table()->model()->rowCount(), 3);
    auto *strip = f.page->findChild<IncidentTimeline *>();
    QCOMPARE(strip->selected(), text("open"));
    QTest::mouseClick(strip, Qt::LeftButton, {}, strip->layoutOfBars().barOf(text("recent"))->rect.center().toPoint());
    QCOMPARE(f.selected(), text("recent"));
    QTest::keyClick(strip, Qt::Key_Right);
    QCOMPARE(f.selected(), text("open"));
    QTest::keyClick(strip, Qt::Key_Left);
    QTest::keyClick(strip, Qt::Key_Left);
    QCOMPARE(f.selected(), text("stored"));
    QVERIFY(strip->layoutOfBars().barOf(text("stored"))->phaseRects.isEmpty());
    const QPointF at = strip->layoutOfBars().barOf(text("stored"))->rect.center();
    for (int i = 0; i < 16; ++i) {
        QWheelEvent wheel(at, strip->mapToGlobal(at), {}, {0, 120}, Qt::NoButton, Qt::NoModifier, Qt::NoScrollPhase, false);
        QCoreApplication::sendEvent(strip, &wheel);
    }
    QVERIFY(strip->isZoomed());
    QVERIFY(strip->layoutOfBars().barOf(text("stored")));
    QCOMPARE(strip->layoutOfBars().barOf(text("stored"))->phaseRects.size(), 4);
    QTest::keyClick(strip, Qt::Key_0);
    QVERIFY(!strip->isZoomed());
    QTest::keyClick(strip, Qt::Key_Plus);
    QVERIFY(strip->isZoomed());
}

void TestIncidentsPage::keyboardReachesEverything()
{
    Fixture f;
    f.page->activateWindow();
    QTRY_VERIFY(f.page->isActiveWindow());
    f.find<QLineEdit>("incidentSearch")->setFocus();
    QSet<QString> seen;
    for (int i = 0; i < 40 && QApplication::focusWidget(); ++i) {
        seen.insert(QApplication::focusWidget()->objectName());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    for (const char *name : {"incidentSearch", "range0", "incidentTable", "recoverNow", "otherActions", "acknowledge", "resolve"})
        QVERIFY2(seen.contains(text(name)), name);
}

void TestIncidentsPage::everythingHasAName()
{
    Fixture f;
    f.page->showIncident(text("recent"));
    QCOMPARE(samples::unnamed(*f.page), QStringList());
}

void TestIncidentsPage::threeHundredIncidentsAndTinyWindow()
{
    Fixture f({420, 480});
    EngineFrame frame = *f.client.frame();
    for (int i = 0; i < 300; ++i) {
        Incident incident = crash(qPrintable(text("service-%1").arg(i % 23)), IncidentStatus::Resolved, Now - i * 280'000LL, qPrintable(QString::number(i)));
        incident.summary = text("a very long sentence that nobody will read to its end, ").repeated(8);
        frame.recent.append(incident);
    }
    f.client.setFrame(frame);
    QTRY_COMPARE(f.table()->model()->rowCount(), 303);
    QVERIFY(!f.page->grab().isNull());
    QCOMPARE_LE(f.page->minimumSizeHint().width(), 480);
    QTRY_VERIFY(f.table()->isColumnHidden(IncidentModel::Summary)); // no room: it stands in the details
    f.page->resize(2600, 700);
    QTRY_VERIFY(!f.table()->isColumnHidden(IncidentModel::Done));
    QVERIFY(!f.table()->isColumnHidden(IncidentModel::Summary));
}

QTEST_MAIN(TestIncidentsPage)
#include "tst_incidents_page.moc"
