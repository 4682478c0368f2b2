// An action that two different people must agree to.
#include "tests/ui/EscalationFixture.h"

using namespace prunella;
using samples::text;
using Fixture = samples::EscalationFixture;

class TestEscalationPeople : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void twoPeopleMustAgree();
    void theSecondYesEndsIt();
};

void TestEscalationPeople::twoPeopleMustAgree()
{
    Fixture f;
    Incident incident = f.waiting("web", "1");
    f.ask(incident);
    QVERIFY(!f.dialog->findChild<QLabel *>(text("people"))->isVisible()); // one is enough
    incident.approval->needed = 2;
    f.ask(incident);
    QCOMPARE(f.shown("people"), text("2 different people must say yes. Nobody has yet."));
    QVERIFY(f.dialog->findChild<QLabel *>(text("people"))->isVisible());
    QCOMPARE(f.button("approve")->text().remove(u'&'), text("Approve (1 of 2): restart service"));
    f.click("approve");
    incident.approval->given = {{text("uid 1000 (anna)"), text("pts/3"), f.clock->now().wallMs}};
    f.ask(incident); // as the engine does it: the question again, then the answer
    f.client.answer(1, true, text("noted; a second person must say yes, too: restart_service"));
    QVERIFY(f.dialog->isVisible());
    QCOMPARE(f.center->waiting(), 1);
    QVERIFY(f.shown("people").startsWith(text("1 of 2 people have said yes: uid 1000 (anna) at ")));
    QVERIFY(f.shown("people").endsWith(text(" from pts/3. A second person must agree.")));
    QVERIFY(f.shown("message").contains(text("Your yes is noted")));
    QVERIFY(!f.button("approve")->isEnabled()); // one person is one person
    QCOMPARE(f.button("approve")->text(), text("You have approved (1 of 2)"));
    QVERIFY(f.button("reject")->isEnabled());
    f.click("approve");
    QCOMPARE(f.client.commands.size(), 1);
    f.client.withdraw(text("1"), text("approved by uid 1001 (ben)")); // elsewhere
    QVERIFY(!f.dialog->isVisible());
    Incident other = f.waiting("db", "2");
    f.ask(other);
    QVERIFY(f.button("approve")->isEnabled());
}

void TestEscalationPeople::theSecondYesEndsIt()
{
    Fixture f;
    Incident incident = f.waiting("web", "1");
    incident.approval->needed = 2;
    incident.approval->given = {{text("uid 1001 (ben)"), text("pts/5"), f.clock->now().wallMs}};
    f.ask(incident);
    QCOMPARE(f.button("approve")->text().remove(u'&'), text("Approve (2 of 2): restart service"));
    QVERIFY(f.button("approve")->toolTip().startsWith(text("Does at once")));
    f.click("approve");
    f.client.withdraw(text("1"), text("approved by uid 1000 (anna)"));
    f.client.answer(1, true, text("approved: restart_service"));
    QVERIFY(!f.dialog->isVisible());
    QCOMPARE(f.center->waiting(), 0);
}

QTEST_MAIN(TestEscalationPeople)
#include "tst_escalation_people.moc"
