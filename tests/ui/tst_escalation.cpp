#include "tests/ui/Accessible.h"
#include "tests/ui/EscalationFixture.h"
#include "ui/escalation/EscalationCenter.h"
#include "ui/escalation/EscalationDialog.h"
#include "ui/escalation/EscalationText.h"
#include "ui/incidents/CommandText.h"

#include <QSignalSpy>
#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::text;
using Fixture = samples::EscalationFixture;

class TestEscalation : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void opensBySelfAndSaysEverything();
    void findsWhatWaitedBefore();
    void approvesWithThePlan();
    void hasNoDefaultButton();
    void ignoresKeysAtFirst();
    void doesNotTakeTheFocus();
    void rejectNeedsAReason();
    void anotherActionAndTakeOver();
    void closingIsNoAnswer();
    void askAgainLater();
    void timeRunningOutIsNoAnswer();
    void withdrawnGoesAndTheNextComes();
    void ownApprovalWithdrawsQuietly();
    void refusedShowsTheNewPlan();
    void oneAtATime();
    void anotherPlanAsksAgain();
    void everythingHasANameAndAKey();
    void longTextsAreNotCut();
};

void TestEscalation::opensBySelfAndSaysEverything()
{
    Fixture f;
    QSignalSpy count(f.center, &EscalationCenter::waitingChanged);
    QVERIFY(!f.dialog->isVisible());
    f.ask(f.waiting("web", "1"));
    QVERIFY(f.dialog->isVisible());
    QVERIFY(!f.dialog->isModal());
    QCOMPARE(f.center->waiting(), 1);
    QCOMPARE(count.size(), 1);
    QVERIFY(f.shown("wrong").contains(text("main process ended by signal 9")));
    QVERIFY(f.shown("wrong").contains(text("1 min ago")));
    QVERIFY(f.shown("cause").contains(text("93 %")));
    QCOMPARE(f.dialog->findChild<CommandText *>()->text(), text("systemctl restart web.service"));
    QVERIFY(f.shown("past").contains(text("healed 2 of 2")));
    QVERIFY(f.shown("why").contains(text("The mode of web is approve")));
    QVERIFY(f.shown("countdown").contains(text("5 min left")));
    QVERIFY(f.shown("countdown").contains(text("never approved by itself")));
    f.later(61'000);
    QVERIFY(f.shown("countdown").contains(text("3 min 59 s left")));
    QVERIFY(f.shown("wrong").contains(text("2 min ago")));
}

void TestEscalation::findsWhatWaitedBefore()
{
    Fixture f;
    f.frame({f.waiting("web", "1")}); // no signal: the engine asked before this window was there
    QVERIFY(f.dialog->isVisible());
    f.frame({f.waiting("web", "1")});
    QCOMPARE(f.center->waiting(), 1);
}

void TestEscalation::approvesWithThePlan()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.click("approve");
    QCOMPARE(f.client.commands.size(), 1);
    const Command sent = f.client.commands.first();
    QVERIFY(sent.kind == CommandKind::Approve);
    QCOMPARE(sent.incidentId, text("1"));
    QCOMPARE(sent.actionId, text("action-1"));
    QCOMPARE(sent.planHash, text("plan-1"));
    QVERIFY(sent.interactive);
    QVERIFY(!f.button("approve")->isEnabled());
    f.click("approve"); // a double click is one answer
    QCOMPARE(f.client.commands.size(), 1);
    f.client.answer(sent.id, true, text("approved"));
    QVERIFY(!f.dialog->isVisible());
    QCOMPARE(f.center->waiting(), 0);
}

void TestEscalation::hasNoDefaultButton()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    for (const QPushButton *button : f.dialog->findChildren<QPushButton *>())
        QVERIFY2(!button->isDefault() && !button->autoDefault(), qPrintable(button->text()));
    f.clock->advance(5000);
    QTest::keyClick(f.dialog, Qt::Key_Return);
    QTest::keyClick(f.dialog, Qt::Key_Enter);
    QVERIFY(f.client.commands.isEmpty());
    QVERIFY(f.dialog->isVisible());
}

void TestEscalation::ignoresKeysAtFirst()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.dialog->activateWindow();
    QTRY_VERIFY(f.dialog->isActiveWindow());
    f.button("approve")->setFocus();
    QTest::keyClick(f.button("approve"), Qt::Key_Space);
    QTest::keyClick(f.dialog, Qt::Key_A, Qt::AltModifier);
    QTest::keyClick(f.dialog, Qt::Key_Escape);
    QVERIFY(f.client.commands.isEmpty());
    QVERIFY(f.dialog->isVisible());
    f.clock->advance(799);
    QTest::keyClick(f.button("approve"), Qt::Key_Space);
    QVERIFY(f.client.commands.isEmpty());
    f.clock->advance(1);
    QTest::keyClick(f.button("approve"), Qt::Key_Space);
    QCOMPARE(f.client.commands.size(), 1);
}

void TestEscalation::doesNotTakeTheFocus()
{
    Fixture f;
    f.window.activateWindow();
    QTRY_VERIFY(f.window.isActiveWindow());
    f.ask(f.waiting("web", "1"));
    QVERIFY(f.dialog->testAttribute(Qt::WA_ShowWithoutActivating));
    QVERIFY(f.window.isActiveWindow());
    f.center->review();
    QTRY_VERIFY(f.dialog->isActiveWindow());
}

void TestEscalation::rejectNeedsAReason()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.clock->advance(1000);
    f.click("reject");
    auto *reason = f.dialog->findChild<QLineEdit *>(text("reason"));
    QVERIFY(reason->isVisible());
    QVERIFY(!f.button("sendReject")->isEnabled());
    QTest::keyClicks(reason, text("   "));
    QVERIFY(!f.button("sendReject")->isEnabled());
    QTest::keyClicks(reason, text("release is running"));
    QTest::keyClick(reason, Qt::Key_Return); // no default button here either
    QVERIFY(f.client.commands.isEmpty());
    f.click("sendReject");
    QCOMPARE(f.client.sent(CommandKind::Reject).first().text, text("release is running"));
    f.client.answer(f.client.commands.last().id, true);
    QVERIFY(!f.dialog->isVisible());
    f.ask(f.waiting("db", "2"));
    QVERIFY(!reason->isVisible());
    QVERIFY(reason->text().isEmpty());
}

void TestEscalation::anotherActionAndTakeOver()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    auto *menu = f.dialog->findChild<QToolButton *>(text("others"))->menu();
    Q_EMIT menu->aboutToShow();
    QCOMPARE(menu->actions().size(), 1);
    menu->actions().first()->trigger();
    QVERIFY(f.client.sent(CommandKind::RecoverNow).first().action == ActionType::HealthCheck);
    f.client.answer(1, false, text("no such check"));
    QVERIFY(f.shown("message").contains(text("no such check")));
    f.click("takeOver");
    QCOMPARE(f.client.sent(CommandKind::TakeOver).size(), 1);
    QVERIFY(f.client.sent(CommandKind::Approve).isEmpty());
}

void TestEscalation::closingIsNoAnswer()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.clock->advance(1000);
    QTest::keyClick(f.dialog, Qt::Key_Escape);
    QVERIFY(!f.dialog->isVisible());
    QVERIFY(f.client.commands.isEmpty());
    QCOMPARE(f.center->waiting(), 1);
    f.later(3'600'000);
    QVERIFY(!f.dialog->isVisible());
    f.center->review();
    QVERIFY(f.dialog->isVisible());
}

void TestEscalation::askAgainLater()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    QVERIFY(f.button("later")->toolTip().contains(text("countdown goes on")));
    f.click("later");
    QVERIFY(!f.dialog->isVisible());
    QCOMPARE(f.center->waiting(), 1);
    f.later(599'999);
    QVERIFY(!f.dialog->isVisible());
    f.later(1);
    QVERIFY(f.dialog->isVisible());
    QVERIFY(f.shown("countdown").startsWith(text("Time is up")));
    QVERIFY(f.client.commands.isEmpty());
}

void TestEscalation::timeRunningOutIsNoAnswer()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.later(299'500);
    QVERIFY(f.shown("countdown").contains(text("1 s left")));
    f.later(10'000);
    QVERIFY(f.shown("countdown").contains(text("never approved by itself")));
    QVERIFY(f.client.commands.isEmpty());
    QVERIFY(f.dialog->isVisible());
    ApprovalRequest last = *f.waiting("web", "1").approval;
    last.deadlineAt = last.deadlineMonotonicMs = 0;
    f.client.ask(last);
    QVERIFY(f.shown("countdown").contains(text("every hour")));
}

void TestEscalation::withdrawnGoesAndTheNextComes()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.ask(f.waiting("db", "2"));
    f.client.withdraw(text("1"), text("the condition cleared by itself"));
    QCOMPARE(f.center->waiting(), 1);
    QVERIFY(f.dialog->isVisible());
    QCOMPARE(f.dialog->request().incidentId, text("2"));
    f.client.withdraw(text("2"), text("the condition cleared by itself"));
    QCOMPARE(f.center->waiting(), 0);
    QVERIFY(!f.dialog->isVisible());
    QVERIFY(f.client.commands.isEmpty());
}

void TestEscalation::ownApprovalWithdrawsQuietly()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.click("approve");
    f.client.withdraw(text("1"), text("approved by console"));
    QVERIFY(f.dialog->isVisible());
    f.client.answer(1, true, text("approved"));
    QVERIFY(!f.dialog->isVisible());
}

void TestEscalation::refusedShowsTheNewPlan()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.click("approve");
    Incident changed = f.waiting("web", "1", "plan-2");
    changed.approval->call = text("systemctl restart web.service db.service");
    EngineFrame frame = *f.client.frame();
    frame.open = {changed};
    f.client.setFrame(frame);
    f.client.answer(1, false, text("the plan changed since it was shown; look at it again"));
    QVERIFY(f.dialog->isVisible());
    QVERIFY(f.shown("message").contains(text("plan changed")));
    QCOMPARE(f.dialog->findChild<CommandText *>()->text(), text("systemctl restart web.service db.service"));
    f.click("approve");
    QCOMPARE(f.client.commands.last().planHash, text("plan-2"));
}

void TestEscalation::oneAtATime()
{
    Fixture f;
    const Incident first = f.waiting("web", "1"), second = f.waiting("db", "2"), third = f.waiting("cache", "3");
    f.frame({first, second, third});
    QCOMPARE(f.center->waiting(), 3);
    QCOMPARE(f.dialog->request().incidentId, text("1"));
    QVERIFY(f.shown("waiting").startsWith(u'2'));
    f.click("approve");
    f.frame({second, third});
    f.client.answer(1, true);
    QVERIFY(f.dialog->isVisible());
    QCOMPARE(f.dialog->request().incidentId, text("2"));
    f.click("later");
    QCOMPARE(f.dialog->request().incidentId, text("3"));
    f.client.withdraw(text("2"), text("cleared")); // a hidden one goes without a word
    QCOMPARE(f.center->waiting(), 1);
    QVERIFY(f.shown("waiting").isEmpty());
}

void TestEscalation::anotherPlanAsksAgain()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.click("later");
    f.ask(f.waiting("web", "1", "plan-2"));
    QVERIFY(f.dialog->isVisible());
    f.ask(f.waiting("web", "1", "plan-3"));
    QVERIFY(f.shown("message").contains(text("plan has changed")));
    f.click("approve");
    QCOMPARE(f.client.commands.first().planHash, text("plan-3"));
}

void TestEscalation::everythingHasANameAndAKey()
{
    Fixture f;
    f.ask(f.waiting("web", "1"));
    f.clock->advance(1000);
    QCOMPARE(samples::unnamed(*f.dialog), QStringList());
    f.center->review();
    QTRY_VERIFY(f.dialog->isActiveWindow());
    QSet<QString> seen;
    f.button("approve")->setFocus();
    for (int i = 0; i < 20; ++i) {
        seen.insert(QApplication::focusWidget()->objectName());
        QTest::keyClick(QApplication::focusWidget(), Qt::Key_Tab);
    }
    for (const char *name : {"approve", "reject", "others", "takeOver", "later"})
        QVERIFY2(seen.contains(text(name)), name);
}

void TestEscalation::longTextsAreNotCut()
{
    Fixture f;
    Incident incident = f.waiting("web", "1");
    incident.summary = text("a sentence that goes on and on, ").repeated(12);
    incident.approval->call = text("run-") + text("x").repeated(900);
    f.ask(incident);
    QTRY_VERIFY(f.dialog->findChild<CommandText *>()->height() > 3 * f.dialog->fontMetrics().height());
    QCOMPARE_LE(f.dialog->height(), f.dialog->screen()->availableGeometry().height());
    QVERIFY(f.button("approve")->isVisible());
    QVERIFY(f.dialog->rect().contains(QRect(f.button("later")->mapTo(f.dialog, QPoint()), f.button("later")->size())));
}

QTEST_MAIN(TestEscalation)
#include "tst_escalation.moc"
