// recovery_procedures: the procedures in use with their success, and what was done without one as before.
#include "StoreFixture.h"
#include "core/model/JsonProcedure.h"
#include "core/store/Database.h"

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;

namespace {

constexpr qint64 t0 = 1'700'000'000'000;

Procedure procedure(const QString &name, ActionType action = ActionType::RestartService)
{
    Procedure procedure;
    procedure.name = name;
    procedure.appliesTo = {ErrorType::MemoryLeak};
    procedure.causes = {u"service_leak"_s, u"returning_leak"_s};
    ProcedureStep step;
    step.id = u"one"_s;
    step.action = action;
    procedure.steps = {step};
    return procedure;
}

Transaction inUse(const QList<Procedure> &procedures, qint64 at)
{
    Transaction t;
    t.procedures.emplace();
    for (const Procedure &one : procedures)
        t.procedures->append(procedureRow(one, at));
    return t;
}

RecoveryActionRecord action(const QString &procedure, bool verified, qint64 at)
{
    RecoveryActionRecord action;
    action.id = procedure + QString::number(at);
    action.status = ActionStatus::Completed;
    action.procedure = procedure;
    action.step = procedure.isEmpty() ? QString() : u"one"_s;
    action.verdict = verified ? Verdict::Healed : Verdict::Unchanged;
    action.verified = verified;
    action.startedAt = at;
    action.completedAt = at;
    return action;
}

Transaction incident(const QString &id, const QList<RecoveryActionRecord> &actions)
{
    Transaction t;
    Incident incident;
    incident.id = id;
    incident.type = ErrorType::MemoryLeak;
    incident.status = IncidentStatus::Resolved;
    incident.detectedAt = t0;
    incident.resolvedAt = t0 + 1000;
    incident.diagnosis.emplace();
    incident.diagnosis->causeId = u"service_leak"_s;
    incident.actions = actions;
    t.incidents << incident;
    return t;
}

/// "id pattern steps rate updated uses", a row each, in the order of their ids.
QStringList rows(const StoreFixture &store)
{
    QStringList found;
    auto db = Database::open(store.paths().journalDb(), Database::Access::ReadOnly);
    const Status done = db->run(u"SELECT id, error_pattern, procedure_steps, success_rate, last_updated, uses FROM recovery_procedures ORDER BY id"_s, {},
                                [&](const QSqlQuery &row) {
                                    QStringList parts;
                                    for (int i = 0; i < 6; ++i)
                                        parts << (row.isNull(i) ? u"NULL"_s : row.value(i).toString());
                                    found << parts.join(u' ');
                                });
    return done ? found : QStringList{done.error().message};
}

const QString steps = u"[{\"action\":\"restart_service\",\"id\":\"one\",\"on_failure\":\"next\",\"verify\":\"full\"}]"_s;

} // namespace

class TestStoreProcedures : public QObject
{
    Q_OBJECT
private Q_SLOTS:
    void successIsThatOfItsIncidents();
    void onlyThoseInUse();
    void survivesATimeWithoutADisk();
    void stepsAsJson();
};

void TestStoreProcedures::successIsThatOfItsIncidents()
{
    StoreFixture store;
    QVERIFY(store.commit(inUse({procedure(u"p"_s), procedure(u"untried"_s)}, t0)).state == CommitState::Durable);
    const QString pattern = u"memory_leak/service_leak,returning_leak "_s;
    const QString untried = u"untried "_s + pattern + steps + u" NULL 2023-11-14T22:13:20.000Z 0"_s;
    QCOMPARE(rows(store), (QStringList{u"p "_s + pattern + steps + u" NULL 2023-11-14T22:13:20.000Z 0"_s, untried}));
    QVERIFY(store.commit(incident(u"a"_s, {action(u"p"_s, false, t0 + 1000), action(u"p"_s, true, t0 + 2000)})).state == CommitState::Durable);
    QVERIFY(store.commit(incident(u"b"_s, {action(u"p"_s, false, t0 + 3000)})).state == CommitState::Durable);
    QVERIFY(store.commit(incident(u"c"_s, {action(u"p"_s, true, t0 + 4000)})).state == CommitState::Durable);
    QVERIFY(store.commit(incident(u"d"_s, {action(u"p"_s, true, t0 + 5000)})).state == CommitState::Durable);
    QVERIFY(store.commit(incident(u"plain"_s, {action(QString(), true, t0 + 500)})).state == CommitState::Durable);
    RecoveryActionRecord undo = action(u"p"_s, false, t0 + 9000), waiting = undo;
    undo.undoes = u"x"_s;
    waiting.status = ActionStatus::AwaitingApproval;
    QVERIFY(store.commit(incident(u"e"_s, {undo, waiting})).state == CommitState::Durable); // nothing was tried
    QCOMPARE(rows(store), (QStringList{u"memory_leak/service_leak/restart_service memory_leak/service_leak [\"restart_service\"] 1 2023-11-14T22:13:20.500Z 1"_s,
                                       u"p "_s + pattern + steps + u" 0.75 2023-11-14T22:13:25.000Z 4"_s, untried}));
}

void TestStoreProcedures::onlyThoseInUse()
{
    StoreFixture store;
    QVERIFY(store.commit(inUse({procedure(u"p"_s), procedure(u"q"_s)}, t0)).state == CommitState::Durable);
    QVERIFY(store.commit(inUse({procedure(u"q"_s), procedure(u"p"_s, ActionType::HealthCheck)}, t0 + 60'000)).state == CommitState::Durable);
    QStringList found = rows(store);
    QCOMPARE(found.size(), 2);
    QVERIFY2(found[0].endsWith(u"NULL 2023-11-14T22:14:20.000Z 0"_s) && found[0].contains(u"health_check"_s), qPrintable(found[0]));
    QVERIFY2(found[1].endsWith(u"NULL 2023-11-14T22:13:20.000Z 0"_s), qPrintable(found[1])); // as it was
    Transaction unrelated;
    unrelated.state[u"x"_s] = u"y"_s;
    QVERIFY(store.commit(unrelated).state == CommitState::Durable);
    QCOMPARE(rows(store), found);
    store.close();
    store.open();
    QCOMPARE(rows(store), found);
    QVERIFY(store.commit(inUse({}, t0)).state == CommitState::Durable);
    QCOMPARE(rows(store), QStringList());
}

/// Only the last of what waited in memory is written, and it is.
void TestStoreProcedures::survivesATimeWithoutADisk()
{
    StoreFixture store;
    {
        auto other = Database::open(store.paths().journalDb(), Database::Access::ReadWrite);
        QVERIFY(other && other->exec(u"BEGIN EXCLUSIVE"_s));
        QVERIFY(store.commit(inUse({procedure(u"older"_s)}, t0)).state == CommitState::Fallback);
        QVERIFY(store.commit(inUse({procedure(u"newer"_s)}, t0)).state == CommitState::Fallback);
        QVERIFY(other->exec(u"ROLLBACK"_s));
    }
    QTRY_VERIFY_WITH_TIMEOUT(store.writer->health().journalOk, 15'000);
    const QStringList found = rows(store);
    QVERIFY(found.size() == 1 && found[0].startsWith(u"newer "_s));
}

void TestStoreProcedures::stepsAsJson()
{
    Procedure one = procedure(u"p"_s);
    one.causes.clear();
    one.appliesTo << ErrorType::Unknown;
    ProcedureStep &step = one.steps[0];
    step.approvals = 2;
    step.repeat = true;
    step.onFailure = OnFailure::Undo;
    step.verify = StepVerify::Checks;
    step.settleMs = 5000;
    StepParameter parameter;
    parameter.name = u"by"_s;
    parameter.fact = u"check.failing"_s;
    parameter.min = 1;
    step.parameters = {parameter};
    FactCondition above, not_, all;
    above.kind = FactCondition::Kind::AtLeast;
    above.fact = u"incident.recurrence"_s;
    above.number = 2;
    not_.kind = FactCondition::Kind::Not;
    not_.children = {above};
    all.kind = FactCondition::Kind::All;
    all.children = {not_, above};
    step.when = all;
    const ProcedureRow row = procedureRow(one, 5);
    QCOMPARE(row.errorPattern, u"memory_leak,unknown/*"_s);
    QCOMPARE(row.steps, u"[{\"action\":\"restart_service\",\"approve\":2,\"id\":\"one\",\"on_failure\":\"undo\",\"parameters\":{\"by\":{\"fact\":\"check.failing\","
                        "\"min\":1}},\"repeat\":true,\"settle_ms\":5000,\"verify\":\"checks\","
                        "\"when\":\"not (incident.recurrence at least 2) and incident.recurrence at least 2\"}]"_s);
}

QTEST_GUILESS_MAIN(TestStoreProcedures)
#include "tst_store_procedures.moc"
