#include "tests/ui/IncidentSamples.h"
#include "ui/incidents/DiagnosisModel.h"
#include "ui/incidents/IncidentFilter.h"
#include "ui/incidents/IncidentModel.h"
#include "ui/incidents/IncidentText.h"
#include "ui/incidents/PastSuccess.h"
#include "ui/incidents/TimelineLayout.h"

#include <QAbstractItemModelTester>
#include <QIcon>
#include <QTest>

using namespace prunella;
using samples::crash;
using samples::Now;

namespace {

Incident named(const char *component, IncidentStatus status, qint64 at, const char *id) { return crash(component, status, at, id); }

QStringList column(const QAbstractItemModel &model, int column)
{
    QStringList texts;
    for (int row = 0; row < model.rowCount(); ++row)
        texts.append(model.index(row, column).data().toString());
    return texts;
}

/// The whole tree as indented lines, * before what lies on the taken path.
void print(const QAbstractItemModel &model, const QModelIndex &parent, const QString &indent, QStringList &out)
{
    for (int row = 0; row < model.rowCount(parent); ++row) {
        const QModelIndex at = model.index(row, 0, parent);
        const QString mark = at.data(DiagnosisModel::HeldRole).toBool() ? QStringLiteral("*") : QString();
        out.append(indent + mark + at.data().toString() + u'|' + at.siblingAtColumn(1).data().toString() + u'|' + at.siblingAtColumn(2).data().toString());
        print(model, at, indent + u' ', out);
    }
}

} // namespace

class TestIncidentModels : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void table();
    void filterKeepsOpenFirst();
    void selectionSurvivesUpdates();
    void diagnosisTree();
    void timelineBars();
    void timelinePhases();
    void timelineZoomKeepsTheMoment();
    void ticks();
    void pastSuccessCountsEndedActions();
};

void TestIncidentModels::table()
{
    IncidentModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setIncidents({named("web", IncidentStatus::Resolved, Now - 3'600'000, "a"), named("db", IncidentStatus::AwaitingApproval, Now - 60'000, "b")}, Now);
    QCOMPARE(column(model, IncidentModel::State), QStringList({QStringLiteral("Resolved"), QStringLiteral("Waiting for you")}));
    QCOMPARE(column(model, IncidentModel::Component), QStringList({QStringLiteral("web"), QStringLiteral("db")}));
    QCOMPARE(column(model, IncidentModel::Done), QStringList({QStringLiteral("Restart service: Healed"), QStringLiteral("Nothing yet")}));
    QVERIFY(!model.index(0, IncidentModel::State).data(Qt::DecorationRole).value<QIcon>().isNull());
    QVERIFY(model.index(0, IncidentModel::Started).data(Qt::ToolTipRole).toString().contains(u':'));
    model.update(named("db", IncidentStatus::Resolved, Now - 60'000, "b"), Now);
    QCOMPARE(model.index(1, IncidentModel::State).data().toString(), QStringLiteral("Resolved"));
    model.update(named("cache", IncidentStatus::Detected, Now, "c"), Now);
    QCOMPARE(model.rowCount(), 3);
    model.setIncidents({named("db", IncidentStatus::Resolved, Now - 60'000, "b")}, Now + 500);
    QCOMPARE(column(model, IncidentModel::Component), QStringList{QStringLiteral("db")});
    QCOMPARE(model.rowOf(QStringLiteral("a")), -1);
    model.setIncidents({}, Now);
    QCOMPARE(model.rowCount(), 0);
}

void TestIncidentModels::filterKeepsOpenFirst()
{
    IncidentModel model;
    IncidentFilter filter;
    filter.setSourceModel(&model);
    QAbstractItemModelTester tester(&filter, QAbstractItemModelTester::FailureReportingMode::QtTest);
    model.setIncidents({named("alpha", IncidentStatus::Resolved, Now - 10'000, "1"), named("beta", IncidentStatus::Escalated, Now - 900'000, "2"),
                        named("gamma", IncidentStatus::Resolved, Now - 500'000, "3"), named("delta", IncidentStatus::Detected, Now - 20'000, "4")}, Now);
    filter.sort(IncidentModel::Started, Qt::DescendingOrder);
    QCOMPARE(column(filter, IncidentModel::Component).join(u' '), QStringLiteral("delta beta alpha gamma"));
    filter.sort(IncidentModel::Component, Qt::AscendingOrder);
    QCOMPARE(column(filter, IncidentModel::Component).join(u' '), QStringLiteral("beta delta alpha gamma"));
    filter.setText(QStringLiteral("RESOLVED  ga"));
    QCOMPARE(column(filter, IncidentModel::Component).join(u' '), QStringLiteral("gamma"));
    filter.setText(QStringLiteral("nothing like it"));
    QCOMPARE(filter.rowCount(), 0);
    filter.setText({});
    QCOMPARE(filter.rowCount(), 4);
}

void TestIncidentModels::selectionSurvivesUpdates()
{
    IncidentModel model;
    model.setIncidents({named("a", IncidentStatus::Detected, Now, "1"), named("b", IncidentStatus::Detected, Now, "2")}, Now);
    const QPersistentModelIndex kept(model.index(1, 0));
    model.setIncidents({named("c", IncidentStatus::Detected, Now, "3"), named("b", IncidentStatus::Escalated, Now, "2")}, Now + 250);
    QVERIFY(kept.isValid());
    QCOMPARE(kept.data(IncidentModel::IdRole).toString(), QStringLiteral("2"));
}

void TestIncidentModels::diagnosisTree()
{
    DiagnosisModel model;
    QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
    QVERIFY(!model.chosen().isValid());
    model.setDiagnosis(samples::crashDiagnosis(Now));
    QStringList lines;
    print(model, {}, {}, lines);
    const QStringList expected{
        QStringLiteral("*How did the service end?|abnormally|100 %"),
        QStringLiteral(" • ActiveState failed, SubState failed at 20:14:58||"),
        QStringLiteral(" *Was the process ended by a signal?|yes|50 % → 93 %"),
        QStringLiteral("  • unit web.service failed with result=signal at 20:14:58||"),
        QStringLiteral("  • main process 4711 was ended by signal 9 (SIGKILL) at 20:14:58||"),
        QStringLiteral("  *Killed from outside by signal 9|this is the cause|30 % → 93 %"),
        QStringLiteral("   • no OOM kill in the kernel log between 20:13:58 and 20:15:01||"),
        QStringLiteral("  Killed by the kernel for want of memory|ruled out|20 % → 2 %"),
        QStringLiteral("   • memory_usage 61.3 % at 20:14:55||"),
        QStringLiteral(" Did it exit with an error code?|not asked|50 % → 5 %"),
        QStringLiteral("  It refuses its configuration|not considered|30 % → 3 %")};
    QCOMPARE(lines.size(), expected.size());
    for (qsizetype i = 0; i < lines.size(); ++i)
        QCOMPARE(lines[i].replace(QChar(0xA0), u' '), expected[i]);
    QCOMPARE(model.chosen().data().toString(), QStringLiteral("Killed from outside by signal 9"));
    QVERIFY(model.chosen().data(Qt::FontRole).value<QFont>().bold());
    QVERIFY(model.chosen().data(Qt::ToolTipRole).toString().replace(QChar(0xA0), u' ').contains(QStringLiteral("30 % to 93 %")));
    model.setDiagnosis({});
    QCOMPARE(model.rowCount(), 0);
}

void TestIncidentModels::timelineBars()
{
    TimelineLayout layout;
    const TimelineView view{Now - 1000'000, Now, 100, 1000, 24, 0}; // 1 px a second
    layout.lay({named("web", IncidentStatus::Resolved, Now - 500'000, "1"), named("db", IncidentStatus::Detected, Now - 100'000, "2"),
                named("web", IncidentStatus::Resolved, Now - 2'000'000, "long ago")}, view, Now);
    QCOMPARE(layout.lanes(), QStringList({QStringLiteral("db"), QStringLiteral("web")}));
    QCOMPARE(layout.bars().size(), 2);
    QCOMPARE(layout.barOf(QStringLiteral("1"))->rect, QRectF(600, 28, 51, 16));
    QCOMPARE(layout.barOf(QStringLiteral("2"))->rect, QRectF(1000, 4, 100, 16));
    QCOMPARE(layout.barOf(QStringLiteral("1"))->phaseRects.size(), 4);
    QCOMPARE(layout.barAt({610, 36})->id, QStringLiteral("1"));
    QVERIFY(!layout.barAt({400, 36}));
    QVERIFY(!layout.barOf(QStringLiteral("long ago")));
    QCOMPARE(layout.timeAt(layout.xOf(Now - 250'000)), Now - 250'000);
}

void TestIncidentModels::timelinePhases()
{
    Incident incident = named("web", IncidentStatus::Resolved, Now, "1");
    const auto spans = phasesOf(incident, Now + 900'000);
    QCOMPARE(spans.size(), 4);
    QVERIFY(spans[0].phase == Phase::Detect);
    QVERIFY(spans[1].phase == Phase::Diagnose);
    QVERIFY(spans[2].phase == Phase::Act);
    QVERIFY(spans[3].phase == Phase::Verify);
    QCOMPARE(spans[3].to, Now + 51'000);
    incident = named("web", IncidentStatus::AwaitingApproval, Now, "1");
    incident.timeline.append({Now + 400, IncidentStatus::AwaitingApproval, QStringLiteral("acknowledged by anna")});
    QCOMPARE(phasesOf(incident, Now + 900'000).size(), 3); // the two entries of waiting are one
    QCOMPARE(phasesOf(incident, Now + 900'000).last().to, Now + 900'000);
}

void TestIncidentModels::timelineZoomKeepsTheMoment()
{
    const TimelineView view{0, 1'000'000, 0, 1000, 24, 0};
    const TimelineView near = zoomed(view, 250'000, 0.5, 1'000'000);
    QCOMPARE(near.from, 125'000);
    QCOMPARE(near.to, 625'000);
    const TimelineView nearest = zoomed(view, 250'000, 0.0001, 1'000'000);
    QCOMPARE(nearest.to - nearest.from, 60'000);
    const TimelineView wide = zoomed(near, 250'000, 100, 1'000'000);
    QCOMPARE(wide.to - wide.from, 1'000'000);
}

void TestIncidentModels::ticks()
{
    const qint64 hour = 3'600'000;
    const TimelineView day{10 * hour + 1, 34 * hour, 0, 1000, 24, 0};
    const auto at = ticksOf(day, 10, 0);
    QCOMPARE_LE(at.size(), 10);
    QCOMPARE(at.first(), 12 * hour);
    QCOMPARE(at[1] - at[0], 3 * hour);
    QCOMPARE(ticksOf(day, 4, hour / 2).first() % (6 * hour), 5 * hour + hour / 2); // round in local time
}

void TestIncidentModels::pastSuccessCountsEndedActions()
{
    Incident open = named("web", IncidentStatus::AwaitingApproval, Now, "1");
    open.actions = {samples::restart(QStringLiteral("web"), Now, Verdict::Unchanged)};
    open.actions.append(open.actions.first());
    open.actions.last().verdict.reset();
    open.actions.last().status = ActionStatus::InProgress;
    EngineFrame frame;
    frame.open = {open};
    frame.recent = {named("web", IncidentStatus::Resolved, Now, "2"), named("web", IncidentStatus::Resolved, Now, "3"), named("db", IncidentStatus::Resolved, Now, "4")};
    const PastSuccess past = pastSuccess(frame, ActionType::RestartService, QStringLiteral("web"));
    QCOMPARE(past.healed, 2);
    QCOMPARE(past.tried, 3);
    QCOMPARE(pastSuccess(frame, ActionType::HealthCheck, QStringLiteral("web")).tried, 0);
    QVERIFY(longText(past, ActionType::RestartService, QStringLiteral("web")).contains(QStringLiteral("healed 2 of 3")));
    QVERIFY(longText({}, ActionType::RestartService, QStringLiteral("web")).startsWith(QStringLiteral("No history yet")));
}

QTEST_MAIN(TestIncidentModels)
#include "tst_incidents_models.moc"
