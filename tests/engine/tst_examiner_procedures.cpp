// What procedures ask: how often a fault came back, and what their conditions count.
#include "PipelineFixture.h"
#include "core/config/ProcedureLoader.h"
#include "core/config/TreeLoader.h"
#include "core/engine/Examiner.h"

#include <QTest>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;

namespace {

constexpr qint64 wall0 = 1'700'000'000'000;
const Now at0{wall0, 10 * day, 10 * day, {}};

Incident healed(const QString &id, qint64 ago, ActionType by = ActionType::RestartService)
{
    Incident incident;
    incident.id = id;
    incident.type = ErrorType::MemoryLeak;
    incident.status = IncidentStatus::Resolved;
    incident.component = u"web"_s;
    incident.startedAt = incident.detectedAt = wall0 - ago - minute;
    incident.resolvedAt = wall0 - ago;
    RecoveryActionRecord action;
    action.type = by;
    action.status = ActionStatus::Completed;
    action.verdict = Verdict::Healed;
    action.verified = true;
    incident.actions = {action};
    return incident;
}

} // namespace

class TestExaminerProcedures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void recurrence();
    void conditionsOfProcedures();

private:
    [[nodiscard]] static Evidence evidence(const QList<Incident> &recent, const QList<Procedure> &procedures = {}, const QList<ChangeRecord> &changes = {});
};

Evidence TestExaminerProcedures::evidence(const QList<Incident> &recent, const QList<Procedure> &procedures, const QList<ChangeRecord> &changes)
{
    const Config config = automatic();
    Pipeline pipeline(config, {});
    StoredState state;
    state.recentIncidents = recent;
    (void)pipeline.restore(state, at0);
    const Detectors detectors(config);
    ServiceBoard board;
    board.setServices(config.services);
    Examiner examiner({detectors, board, pipeline, [] { return false; }, [] { return Topology(); }, [&] { return changes; }});
    examiner.setProcedures(procedures);
    Incident open = healed(u"open"_s, 0);
    open.status = IncidentStatus::Detected;
    open.resolvedAt = 0;
    open.startedAt = wall0;
    open.actions.clear();
    open.condition.component = u"web"_s;
    return examiner.evidence(open, at0);
}

/// Only what an action healed that changes something, within a day, of the same kind on the same component.
void TestExaminerProcedures::recurrence()
{
    const auto count = [](const QList<Incident> &recent) { return evidence(recent).value(u"incident.recurrence"_s).value.toInt(); };
    QCOMPARE(count({}), 0);
    QVERIFY(evidence({}).contains(u"incident.recurrence"_s)); // none is known to be none
    QCOMPARE(count({healed(u"a"_s, hour), healed(u"b"_s, 23 * hour)}), 2);
    QCOMPARE(count({healed(u"a"_s, day + hour)}), 0);
    QCOMPARE(count({healed(u"a"_s, hour, ActionType::HealthCheck), healed(u"b"_s, hour, ActionType::EnableMonitoring)}), 0);
    Incident other = healed(u"a"_s, hour), merged = other, byItself = other, otherType = other;
    other.component = u"db"_s;
    merged.mergedInto = u"x"_s;
    byItself.actions.clear();
    otherType.type = ErrorType::CpuSpike;
    QCOMPARE(count({other, merged, byItself, otherType}), 0);
}

void TestExaminerProcedures::conditionsOfProcedures()
{
    const QString folder = QStringLiteral(SOURCE_DIR "/resources/playbooks");
    QList<Procedure> all = loadProcedures({folder}, loadTrees({folder}).trees).procedures;
    all.removeIf([](const Procedure &procedure) { return procedure.name != u"service_crash_restart"_s; });
    QCOMPARE(all.size(), 1);
    QCOMPARE(all[0].queries.size(), 1);
    all[0].appliesTo = {ErrorType::MemoryLeak};
    const QString key = all[0].queries[0].key;
    ChangeRecord deployment;
    deployment.kind = ChangeKind::Deployment;
    deployment.component = u"web"_s;
    deployment.at = wall0 - 10 * minute;
    QCOMPARE(evidence({}, all, {deployment}).value(key).value.toInt(), 1);
    deployment.at = wall0 - 2 * hour;
    QCOMPARE(evidence({}, all, {deployment}).value(key).value.toInt(), 0);
    QVERIFY(!evidence({}, {}, {deployment}).contains(key)); // nobody asks
}

QTEST_GUILESS_MAIN(TestExaminerProcedures)
#include "tst_examiner_procedures.moc"
