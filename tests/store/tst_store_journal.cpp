#include "StoreFixture.h"
#include "core/model/Json.h"
#include "core/store/Database.h"
#include "tests/model/RandomValues.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonDocument>

using namespace prunella;
using namespace prunella::test;
using namespace Qt::StringLiterals;
using store::Database;

namespace {

Incident incident(const QString &id, qint64 detectedAt, IncidentStatus status = IncidentStatus::Detected)
{
    Incident value;
    value.id = id;
    value.type = ErrorType::ServiceCrash;
    value.severity = Severity::High;
    value.status = status;
    value.component = u"web"_s;
    value.startedAt = detectedAt - 2000;
    value.detectedAt = detectedAt;
    value.timeline << TimelineEntry{detectedAt, IncidentStatus::Detected, u"exit"_s};
    return value;
}

QStringList idsOf(const QList<Incident> &incidents)
{
    QStringList ids;
    for (const Incident &entry : incidents)
        ids << entry.id;
    return ids;
}

Transaction with(Incident value)
{
    Transaction transaction;
    transaction.incidents << std::move(value);
    return transaction;
}

/// Something of every kind, an intent without outcome and a message not delivered among it.
Transaction whatAnEngineLeaves(qint64 now)
{
    const qint64 day = 86'400'000;
    Transaction t;
    t.incidents << incident(u"open"_s, now) << incident(u"yesterday"_s, now - day, IncidentStatus::Resolved)
                << incident(u"long ago"_s, now - 9 * day, IncidentStatus::Resolved);
    t.incidents[1].resolvedAt = now - day / 2;
    t.incidents[2].resolvedAt = now - 8 * day;
    t.intents << intent(u"a1"_s, 7) << intent(u"a2"_s, 7);
    t.outcomes << outcome(u"a1"_s);
    t.outbox << OutboxItem{u"d1"_s, u"open"_s, u"hook"_s, u"escalated"_s, {{u"k"_s, 1}}, now, 0}
             << OutboxItem{u"d2"_s, u"open"_s, u"hook"_s, u"reminder"_s, {}, now + 1, 2};
    t.delivered << u"d2"_s;
    t.processes << ManagedProcess{u"p1"_s, 1, 2, u"boot"_s, u"/f"_s, now} << ManagedProcess{u"p2"_s, 3, 4, {}, {}, 0};
    t.state = {{u"epoch"_s, u"7"_s}, {u"gone"_s, u"x"_s}};
    return t;
}

/// Healed by the second try; another that overlaps it; one of the host, escalated.
Transaction aDayOfIncidents(qint64 start)
{
    const qint64 hour = 3'600'000;
    Incident healed = incident(u"healed"_s, start + hour, IncidentStatus::Resolved);
    healed.resolvedAt = healed.detectedAt + 60'000;
    healed.acknowledgedAt = healed.detectedAt + 10'000;
    RecoveryActionRecord action;
    action.status = ActionStatus::Completed;
    action.verdict = Verdict::Healed;
    action.verified = true;
    RecoveryActionRecord failed = action;
    failed.verified = false;
    failed.verdict = Verdict::Unchanged;
    RecoveryActionRecord running;
    running.status = ActionStatus::InProgress;
    RecoveryActionRecord check = action;
    check.type = ActionType::HealthCheck;
    healed.actions << failed << action << running << check;
    Incident overlapping = incident(u"overlap"_s, healed.detectedAt + 30'000, IncidentStatus::Resolved);
    overlapping.startedAt = overlapping.detectedAt - 4000;
    overlapping.resolvedAt = overlapping.detectedAt + 120'000;
    Incident host = incident(u"host"_s, start + 2 * hour, IncidentStatus::Escalated);
    host.component = u"host"_s;
    Transaction t;
    t.incidents << healed << overlapping << host;
    return t;
}

} // namespace

class TestStoreJournal : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void aMergedIncidentIsFoundByItsIdOnly();
    void everyFieldOfAnIncidentIsKept();
    void aTimelineGrowsAndShrinks();
    void queriesChoose();
    void stateForTheNextEngine();
    void auditAndActions();
    void statsAreAsDefined();
    void aFreshStoreHasNoStats();
    void publicTablesCanBeQueried();
    void filesArePrivate();
    void missingStoreIsSaid();
    void stopDrainsAndRefusesWhatFollows();
    void aCommitCostsOneSync();
};

void TestStoreJournal::everyFieldOfAnIncidentIsKept()
{
    StoreFixture store;
    Filler filler(99);
    QMap<QString, Incident> written;
    for (int i = 0; i < 60; ++i) {
        auto value = filler.make<Incident>();
        value.mergedInto.clear(); // those leave the table
        value.id = u"id-"_s + QString::number(i % 40); // some are replaced
        written[value.id] = value;
        QVERIFY(store.commit(with(value)).state == CommitState::Durable);
    }
    const auto reader = store.reader();
    QVERIFY(reader);
    const auto all = reader->incidents({});
    QVERIFY(all);
    QCOMPARE(all->size(), written.size());
    for (const Incident &value : *all)
        QVERIFY2(same(value, written[value.id]), qPrintable(value.id));
}

void TestStoreJournal::aTimelineGrowsAndShrinks()
{
    StoreFixture store;
    Incident value = incident(u"a"_s, 1'700'000'000'000);
    const auto storedLength = [&]() -> qsizetype { return store.reader()->timeline(u"a"_s).value_or(QList<TimelineEntry>()).size(); };
    QVERIFY(store.commit(with(value)).state == CommitState::Durable);
    QCOMPARE(storedLength(), 1);
    value.timeline << TimelineEntry{1'700'000'001'000, IncidentStatus::Recovering, u"restart"_s};
    QVERIFY(store.commit(with(value)).state == CommitState::Durable);
    store.close();
    store.open(); // the writer no longer knows what is stored
    value.timeline << TimelineEntry{1'700'000'002'000, IncidentStatus::Resolved, u"healed"_s};
    value.timeline[1].reason = u"another"_s;
    QVERIFY(store.commit(with(value)).state == CommitState::Durable);
    const auto timeline = store.reader()->timeline(u"a"_s);
    QCOMPARE(timeline->size(), 3);
    QCOMPARE((*timeline)[1].reason, u"another"_s);
    QVERIFY((*timeline)[2].status == IncidentStatus::Resolved);
    value.timeline.resize(1);
    QVERIFY(store.commit(with(value)).state == CommitState::Durable);
    QCOMPARE(storedLength(), 1);
}

void TestStoreJournal::queriesChoose()
{
    StoreFixture store;
    Transaction transaction;
    for (int i = 0; i < 6; ++i)
        transaction.incidents << incident(u"x%1"_s.arg(i), 1'700'000'000'000 + i * 1000, IncidentStatus::Resolved);
    transaction.incidents << incident(u"old%open_"_s, 1'600'000'000'000, IncidentStatus::Escalated);
    QVERIFY(store.commit(transaction).state == CommitState::Durable);
    const auto reader = store.reader();
    QCOMPARE(idsOf(*reader->incidents({})), (QStringList{u"old%open_"_s, u"x0"_s, u"x1"_s, u"x2"_s, u"x3"_s, u"x4"_s, u"x5"_s}));
    IncidentQuery query;
    query.limit = 2;
    QCOMPARE(idsOf(*reader->incidents(query)), (QStringList{u"x4"_s, u"x5"_s}));
    query = {};
    query.since = 1'700'000'004'000;
    QCOMPARE(idsOf(*reader->incidents(query)), (QStringList{u"old%open_"_s, u"x4"_s, u"x5"_s}));
    query.status = IncidentStatus::Resolved;
    QCOMPARE(idsOf(*reader->incidents(query)), (QStringList{u"x4"_s, u"x5"_s}));
    query = {};
    query.idPrefix = u"old%"_s;
    QCOMPARE(idsOf(*reader->incidents(query)), QStringList{u"old%open_"_s});
    query.idPrefix = u"%"_s;
    QVERIFY(reader->incidents(query)->isEmpty());
}

void TestStoreJournal::stateForTheNextEngine()
{
    StoreFixture store;
    const qint64 now = 1'700'000'000'000;
    const Transaction t = whatAnEngineLeaves(now);
    QVERIFY(store.commit(t).state == CommitState::Durable);
    Transaction next;
    next.endedProcesses << u"p2"_s << u"p1"_s;
    next.processes << t.processes[0]; // ended and started again
    next.state = {{u"gone"_s, QString()}};
    OutboxItem again = t.outbox[0];
    again.tries = 3;
    next.outbox << again;
    QVERIFY(store.commit(next).state == CommitState::Durable);

    const StoredState state = *store.reader()->storedState(now);
    QCOMPARE(idsOf(state.openIncidents), QStringList{u"open"_s});
    QCOMPARE(idsOf(state.recentIncidents), QStringList{u"yesterday"_s});
    QCOMPARE(state.unfinished.size(), 1);
    QVERIFY(same(state.unfinished[0].request, t.intents[1].request));
    QCOMPARE(state.unfinished[0].epoch, quint64(7));
    QCOMPARE(state.unfinished[0].at, t.intents[1].at);
    QCOMPARE(state.undelivered.size(), 1);
    QCOMPARE(state.undelivered[0].deliveryId, u"d1"_s);
    QCOMPARE(state.undelivered[0].tries, 3);
    QCOMPARE(state.undelivered[0].body, t.outbox[0].body);
    QCOMPARE(state.processes.size(), 1);
    QCOMPARE(state.processes[0].startTicks, quint64(2));
    QCOMPARE(state.processes[0].startedAt, now);
    QCOMPARE(state.state[u"epoch"_s], u"7"_s);
    QVERIFY(!state.state.contains(u"gone"_s));
}

void TestStoreJournal::auditAndActions()
{
    StoreFixture store;
    Transaction t = with(incident(u"a"_s, 1000));
    RecoveryActionRecord action;
    action.id = u"act"_s;
    t.incidents[0].actions << action;
    t.audits << AuditRecord{1000, u"uid 0"_s, u"approve"_s, u"a"_s, {}} << AuditRecord{2000, u"engine"_s, u"stop"_s, {}, u"x"_s};
    QVERIFY(store.commit(t).state == CommitState::Durable);
    const auto reader = store.reader();
    QCOMPARE(reader->audit(0)->size(), 2);
    QCOMPARE(reader->audit(0, 1)->first().verb, u"stop"_s);
    QCOMPARE(reader->audit(1500)->first().detail, u"x"_s);
    const auto actions = reader->actions({});
    QCOMPARE(actions->size(), 1);
    QCOMPARE(actions->first().incidentId, u"a"_s);
    QCOMPARE(actions->first().component, u"web"_s);
    QCOMPARE(actions->first().action.id, u"act"_s);
}

void TestStoreJournal::statsAreAsDefined()
{
    StoreFixture store; // begun at the manual clock's time
    const qint64 start = store.clock->now().wallMs, hour = 3'600'000;
    const Transaction t = aDayOfIncidents(start);
    const qint64 detected = t.incidents[0].detectedAt;
    QVERIFY(store.commit(t).state == CommitState::Durable);

    const auto reader = store.reader();
    const RecoveryStats stats = *reader->stats(start - 50 * hour, start + 4 * hour);
    QCOMPARE(stats.incidents, 3);
    QCOMPARE(stats.resolved, 2);
    QCOMPARE(stats.escalated, 1);
    QCOMPARE(stats.actions, 2);
    QCOMPARE(stats.verified, 1);
    QCOMPARE(stats.failed, 1);
    QCOMPARE(*stats.successRate, 0.5);
    QCOMPARE(*stats.mttd, (2.0 + 4.0 + 2.0) / 3);
    QCOMPARE(*stats.mttr, 90.0);
    QCOMPARE(*stats.mtta, 10.0);
    QCOMPARE(stats.errorsPerHour, 0.75);
    QCOMPARE(stats.uptime, 1.0 - 152.0 / (4 * 3600)); // 2 s before the first's detection to 150 s after it
    // a window that begins in the middle of an outage counts the rest of it
    const RecoveryStats late = *reader->stats(detected + 100'000, detected + 200'000);
    QCOMPARE(late.incidents, 0);
    QCOMPARE(late.uptime, 0.5);
}

void TestStoreJournal::aFreshStoreHasNoStats()
{
    StoreFixture store;
    const RecoveryStats stats = *store.reader()->stats(0, store.clock->now().wallMs);
    QVERIFY(!stats.mttd && !stats.mttr && !stats.mtta && !stats.successRate);
    QCOMPARE(stats.errorsPerHour, 0.0);
    QCOMPARE(stats.uptime, 1.0);
}

void TestStoreJournal::publicTablesCanBeQueried()
{
    StoreFixture store;
    Incident value = incident(u"a"_s, 1'700'000'000'123, IncidentStatus::Resolved);
    value.diagnosis.emplace();
    value.diagnosis->causeId = u"killed"_s;
    value.diagnosis->rootCause = u"signal 9"_s;
    RecoveryActionRecord action;
    action.status = ActionStatus::Completed;
    action.startedAt = 1;
    action.completedAt = 1'700'000'001'000;
    action.verified = true;
    value.actions << action;
    QVERIFY(store.commit(with(value)).state == CommitState::Durable);
    auto db = Database::open(store.paths().journalDb(), Database::Access::ReadOnly);
    QVERIFY(db);
    int rows = 0;
    QVERIFY(db->run(u"SELECT id, error_type, severity, detected_at, resolved_at, diagnosis, recovery_actions, effectiveness_score"
                    " FROM error_incidents"_s, {}, [&](const QSqlQuery &row) {
                        ++rows;
                        QCOMPARE(row.value(1).toString(), u"service_crash"_s);
                        QCOMPARE(row.value(2).toString(), u"high"_s);
                        QCOMPARE(row.value(3).toString(), u"2023-11-14T22:13:20.123Z"_s);
                        QVERIFY(row.isNull(4));
                        QCOMPARE(QJsonDocument::fromJson(row.value(5).toByteArray())[u"root_cause"_s].toString(), u"signal 9"_s);
                        QCOMPARE(QJsonDocument::fromJson(row.value(6).toByteArray()).array().size(), 1);
                        QCOMPARE(row.value(7).toDouble(), 1.0);
                    }));
    QCOMPARE(rows, 1);
    QVERIFY(db->run(u"SELECT id, error_pattern, procedure_steps, success_rate, last_updated FROM recovery_procedures"_s, {},
                    [&](const QSqlQuery &row) {
                        ++rows;
                        QCOMPARE(row.value(1).toString(), u"service_crash/killed"_s);
                        QCOMPARE(row.value(2).toString(), u"[\"restart_service\"]"_s);
                        QCOMPARE(row.value(3).toDouble(), 1.0);
                        QCOMPARE(row.value(4).toString(), u"2023-11-14T22:13:21.000Z"_s);
                    }));
    QCOMPARE(rows, 2);
}

void TestStoreJournal::filesArePrivate()
{
    StoreFixture store;
    QVERIFY(store.commit(with(incident(u"a"_s, 1))).state == CommitState::Durable);
    const auto owner = QFile::ReadOwner | QFile::WriteOwner, user = QFile::ReadUser | QFile::WriteUser;
    for (const QString &file : {store.paths().journalDb(), QString(store.paths().journalDb() + u"-wal"_s),
                                store.paths().metricsDb(), store.paths().fallbackFile()})
        QVERIFY2(QFile::permissions(file) == (owner | user), qPrintable(file));
    for (const QString &dir : {store.paths().stateDir, store.paths().runtimeDir})
        QVERIFY2(QFile::permissions(dir) == (owner | user | QFile::ExeOwner | QFile::ExeUser), qPrintable(dir));
    auto db = Database::open(store.paths().journalDb(), Database::Access::ReadOnly);
    QCOMPARE(db->value(u"PRAGMA journal_mode"_s)->toString(), u"wal"_s);
    QCOMPARE(db->value(u"PRAGMA auto_vacuum"_s)->toInt(), 2);
}

void TestStoreJournal::missingStoreIsSaid()
{
    const auto opened = StoreReader::open(u"/nonexistent/state"_s);
    QVERIFY(!opened);
    QVERIFY(opened.error().code == ErrorCode::NotFound);
    QVERIFY2(opened.error().message.contains(u"/nonexistent/state/prunella.db"), qPrintable(opened.error().message));
}

void TestStoreJournal::stopDrainsAndRefusesWhatFollows()
{
    StoreFixture store;
    std::atomic<int> durable = 0;
    for (int i = 0; i < 200; ++i) {
        store.writer->commit(with(incident(u"i%1"_s.arg(i), 1000 + i)),
                             [&](const CommitResult &result) { durable += result.state == CommitState::Durable; });
    }
    QVERIFY(store.writer->stop(10'000));
    QVERIFY(store.writer->stop(10'000));
    QCOMPARE(durable.load(), 200);
    const CommitResult after = store.commit(with(incident(u"late"_s, 1)));
    QVERIFY(after.state == CommitState::Lost);
    QVERIFY(!after.error.isEmpty());
    store.flush(); // answered at once
    QCOMPARE(store.reader()->incidents({})->size(), 200);
}

void TestStoreJournal::aCommitCostsOneSync()
{
    StoreFixture store;
    Incident value = incident(u"a"_s, 1'700'000'000'000);
    QList<double> times;
    for (int i = 0; i < 60; ++i) {
        value.timeline << TimelineEntry{1'700'000'000'000 + i, IncidentStatus::Recovering, u"step"_s};
        Transaction t = with(value);
        t.intents << intent(u"a%1"_s.arg(i));
        QElapsedTimer timer;
        timer.start();
        QVERIFY(store.commit(t).state == CommitState::Durable);
        times << double(timer.nsecsElapsed()) / 1e6;
    }
    std::sort(times.begin(), times.end());
    qInfo("commit to done: median %.2f ms, 95 %% %.2f ms, in %s", times[30], times[57], qPrintable(store.dir.path()));
    QVERIFY(times[30] < 200); // a durable write may cost what the disk costs
}

/// What turned out to be part of another incident is no incident of its own in the public table.
void TestStoreJournal::aMergedIncidentIsFoundByItsIdOnly()
{
    StoreFixture bench;
    const qint64 now = 1'700'000'000'000;
    QCOMPARE(int(bench.commit(with(incident(u"cause"_s, now))).state), int(CommitState::Durable));
    QCOMPARE(int(bench.commit(with(incident(u"part"_s, now - 1000))).state), int(CommitState::Durable));
    Incident merged = incident(u"part"_s, now - 1000, IncidentStatus::Resolved);
    merged.mergedInto = u"cause"_s;
    merged.resolvedAt = now;
    merged.timeline << TimelineEntry{now, IncidentStatus::Resolved, u"it is part of incident cause"_s};
    QCOMPARE(int(bench.commit(with(merged)).state), int(CommitState::Durable));
    const auto reader = bench.reader();
    QCOMPARE(idsOf(*reader->incidents({})), QStringList{u"cause"_s});
    IncidentQuery query;
    query.idPrefix = u"pa"_s;
    const auto found = reader->incidents(query);
    QCOMPARE(found->size(), 1);
    QVERIFY(same(found->first(), merged));
    QCOMPARE(reader->stats(0, now + 1000)->incidents, 1);
}

QTEST_GUILESS_MAIN(TestStoreJournal)
#include "tst_store_journal.moc"
