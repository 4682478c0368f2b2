// What would be done for an incident, and why it stands still: in the details of the incidents' page.
#include "tests/ui/IncidentsFixture.h"
#include "tests/ui/RecoverySamples.h"
#include "tests/ui/TextOf.h"

#include <QTest>
#include <QtWidgets>

using namespace prunella;
using samples::crash;
using samples::Now;
using samples::text;
using namespace samples::tabs;
using Fixture = samples::IncidentsFixture;

class TestPlanView : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void tellsWhatWouldBeDone();
    void followsTheIncident();
    void ofAnotherIncidentNeverStays();
    void tellsWhyThereIsNone();
    void standingStillSaysWhy();
};

void TestPlanView::tellsWhatWouldBeDone()
{
    Fixture f;
    f.client.plans.insert(text("open"), samples::leakPlan("open"));
    f.client.verdicts = {{text("web"), text("restart_service"), RightState::NeedsPerson, text("polkit asks somebody of the group sudo")},
                         {text("web"), text("increase_resources"), RightState::Permitted, text("the unit may be changed")},
                         {text("db"), text("health_check"), RightState::Refused, text("of another service")}};
    QVERIFY(f.client.planned.isEmpty()); // nobody looks at it yet
    f.find<QTabWidget>("incidentTabs")->setCurrentIndex(TabPlan);
    QTRY_COMPARE(f.page->findChildren<QFrame *>(text("planCard")).size(), 4);
    QVERIFY(f.find<QLabel>("planTitle")->text().contains(text("procedure memory_leak")));
    QVERIFY(f.find<QLabel>("planNote")->text().contains(text("Nothing is done by looking")));
    QStringList cards;
    for (const QFrame *card : f.page->findChildren<QFrame *>(text("planCard")))
        cards.append(samples::textOf(*card));
    const auto says = [&](int card, const char *part) {
        return cards[card].contains(text(part)) ? QByteArray() : QByteArray(part) + " is not in " + cards[card].toUtf8();
    };
    QCOMPARE(says(0, "Left out: the evidence memory_growth is not there"), QByteArray());
    QCOMPARE(says(1, "2. Restart service on web"), QByteArray());
    QCOMPARE(says(1, "Would run now: automatic, confidence 0.93, attempt 1 of 3"), QByteArray());
    QCOMPARE(says(1, "systemctl restart web.service"), QByteArray());
    QCOMPARE(says(1, "Needs authorisation: polkit asks"), QByteArray());
    QCOMPARE(says(2, "Would ask a person: "), QByteArray());
    QCOMPARE(says(2, "MemoryMax=320M"), QByteArray());
    QCOMPARE(says(2, "it is taken back"), QByteArray());
    QVERIFY(!cards[2].contains(text("may be changed"))); // only what lacks is told
    QCOMPARE(says(3, "Refused: recovery.rollback_enabled"), QByteArray());
}

void TestPlanView::followsTheIncident()
{
    Fixture f;
    f.client.plans.insert(text("open"), samples::leakPlan("open"));
    f.find<QTabWidget>("incidentTabs")->setCurrentIndex(TabPlan);
    QTRY_COMPARE(f.page->findChildren<QFrame *>(text("planCard")).size(), 4);
    const auto asked = f.client.planned.size();
    f.client.setFrame(*f.client.frame()); // the same again
    QCOMPARE(f.client.planned.size(), asked);
    f.client.plans[text("open")].steps.removeFirst();
    Incident incident = f.client.frame()->open.first();
    incident.actions.append(samples::restart(text("web"), Now, Verdict::Unchanged));
    f.set(incident);
    QCOMPARE(f.client.planned.size(), asked + 1);
    QTRY_COMPARE(f.page->findChildren<QFrame *>(text("planCard")).size(), 3);
    incident.status = IncidentStatus::Resolved;
    f.set(incident);
    QVERIFY(!f.find<QTabWidget>("incidentTabs")->isTabVisible(TabPlan)); // what is over has no plan
}

void TestPlanView::ofAnotherIncidentNeverStays()
{
    Fixture f;
    f.client.plans.insert(text("open"), samples::leakPlan("open"));
    EngineFrame frame = *f.client.frame();
    frame.open.append(crash("mail", IncidentStatus::Detected, Now, "mail"));
    f.client.setFrame(frame);
    f.page->showIncident(text("open"));
    f.find<QTabWidget>("incidentTabs")->setCurrentIndex(TabPlan);
    QTRY_COMPARE(f.page->findChildren<QFrame *>(text("planCard")).size(), 4);
    f.client.holdPlans = true;
    f.set(crash("web", IncidentStatus::Recovering, Now, "open")); // asked again, and the answer comes late
    QCOMPARE(f.page->findChildren<QFrame *>(text("planCard")).size(), 4);
    f.client.setFrame(frame);
    f.page->showIncident(text("mail"));
    QCOMPARE(f.page->findChildren<QFrame *>(text("planCard")).size(), 0);
    f.client.releasePlans();
    QTRY_VERIFY(f.find<QLabel>("planNote")->text().contains(text("no open incident"))); // the engine's own words
}

void TestPlanView::tellsWhyThereIsNone()
{
    Fixture f;
    f.client.plans.insert(text("open"), {text("open"), {}, text("this console only watches, and the engine does not say what it would do"), {}});
    f.find<QTabWidget>("incidentTabs")->setCurrentIndex(TabPlan);
    QTRY_VERIFY(f.find<QLabel>("planNote")->text().contains(text("only watches")));
    QVERIFY(!f.find<QLabel>("planNote")->text().contains(text("Nothing is done by looking")));
}

void TestPlanView::standingStillSaysWhy()
{
    Fixture f;
    Incident incident = crash("web", IncidentStatus::Escalated, Now - 60'000, "open");
    incident.haltReason = Reason::UndoFailed;
    f.set(incident);
    QCOMPARE(f.find<QLabel>("incidentHalt")->text(), text("Nothing more happens by itself: what did not help could not be taken back."));
    QVERIFY(f.find<QLabel>("incidentHalt")->isVisible());
    incident.haltReason = Reason::BreakerOpen;
    f.set(incident);
    QVERIFY(f.find<QLabel>("incidentHalt")->text().contains(text("circuit breaker is open")));
    incident.status = IncidentStatus::Recovering;
    f.set(incident);
    QVERIFY(!f.find<QLabel>("incidentHalt")->isVisible());
}

QTEST_MAIN(TestPlanView)
#include "tst_plan_view.moc"
