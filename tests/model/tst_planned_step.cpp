// A dry run as JSON and as lines for a terminal.
#include "core/model/JsonProcedure.h"

#include <QTest>

using namespace prunella;
using namespace Qt::StringLiterals;

namespace {

IncidentPlan plan()
{
    IncidentPlan plan{u"i1"_s, u"leak_then_raise"_s, {}, {}};
    PlannedStep restart;
    restart.step = u"restart"_s;
    restart.text = u"start it anew"_s;
    restart.target = u"web"_s;
    restart.parameters = {{u"how"_s, u"reload"_s}};
    restart.call = u"RestartUnit(\"web.service\", \"replace\")"_s;
    restart.verdict = {Decision::Ask, Reason::ModeApprove, u"mode approve"_s, 0};
    restart.onFailure = u"undo"_s;
    PlannedStep raise;
    raise.step = u"raise"_s;
    raise.action = ActionType::IncreaseResources;
    raise.target = u"web"_s;
    raise.due = false;
    raise.verdict.detail = u"its condition does not hold"_s;
    raise.onFailure = u"escalate"_s;
    plan.steps = {restart, raise};
    return plan;
}

} // namespace

class TestPlannedStep : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void lines();
    void emptyPlans();
    void json();
};

void TestPlannedStep::lines()
{
    QCOMPARE(planLines(plan()), (QStringList{
        u"Plan, by procedure leak_then_raise (nothing is done now):"_s,
        u"  1. restart_service web (restart: start it anew)"_s,
        u"     call: RestartUnit(\"web.service\", \"replace\")"_s,
        u"     would ask a person: mode approve"_s,
        u"     if it does not help it is taken back"_s,
        u"  2. increase_resources web (raise)"_s,
        u"     left out: its condition does not hold"_s}));
}

void TestPlannedStep::emptyPlans()
{
    QCOMPARE(planLines({u"i"_s, {}, {}, {}}), (QStringList{u"Plan, as the diagnosis recommends (nothing is done now):"_s, u"  nothing is left to be done"_s}));
    QCOMPARE(planLines({u"i"_s, u"p"_s, u"a person takes over"_s, {}}).last(), u"  a person takes over"_s);
}

void TestPlannedStep::json()
{
    const QJsonObject object = toJson(plan());
    QCOMPARE(object[u"plan"_s].toArray().at(0).toObject()[u"call"_s].toString(), plan().steps[0].call);
    const IncidentPlan back = planFromJson(object);
    QCOMPARE(toJson(back), object);
    QCOMPARE(planLines(back), planLines(plan()));
    QVERIFY(back.steps[0].verdict.decision == Decision::Ask && back.steps[0].verdict.reason == Reason::ModeApprove && !back.steps[1].due);
    const IncidentPlan none = planFromJson({{u"plan"_s, QJsonArray{QJsonObject()}}}); // an engine of another version
    QVERIFY(none.steps.size() == 1 && none.steps[0].due && none.steps[0].verdict.decision == Decision::Refuse);
}

QTEST_GUILESS_MAIN(TestPlannedStep)
#include "tst_planned_step.moc"
