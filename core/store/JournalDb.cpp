#include "core/store/JournalDb.h"

#include "core/store/Files.h"
#include "core/store/Rows.h"
#include "core/store/Schema.h"
#include "core/store/StorePaths.h"

#include "core/base/Clock.h"
#include "core/model/Json.h"

#include <QFileInfo>
#include <QJsonDocument>

namespace prunella::store {

using namespace Qt::StringLiterals;

const QString JournalDb::damageKey = u"store.damaged"_s;
const QString JournalDb::createdKey = u"store.created_at"_s;

namespace {

bool sameEntry(const TimelineEntry &a, const TimelineEntry &b)
{
    return a.at == b.at && a.status == b.status && a.reason == b.reason;
}

Status all(const auto &list, const auto &save)
{
    for (const auto &entry : list) {
        if (auto done = save(entry); !done)
            return done;
    }
    return {};
}

/// A whole database answers "ok"; everything else it says is damage.
Status checkWhole(Database &database, bool &damaged)
{
    const auto answer = database.value(u"PRAGMA quick_check(1)"_s);
    damaged = answer ? answer->toString() != u"ok"_s : database.sawDamage();
    if (damaged || answer)
        return {};
    return tl::unexpected(answer.error());
}

/// audit.head lies where the database does.
QString auditHeadBeside(const QString &path)
{
    return StorePaths{QFileInfo(path).absolutePath(), {}}.auditHead();
}

Status setUp(Database &database)
{
    // auto_vacuum counts only before the first table. The log is moved into the database by checkpoint(), while nobody
    // waits, and not by the commit that happens to fill it: a commit is one fsync.
    for (const QString &pragma : {u"PRAGMA auto_vacuum = INCREMENTAL"_s, u"PRAGMA journal_mode = WAL"_s,
                                  u"PRAGMA synchronous = FULL"_s, u"PRAGMA wal_autocheckpoint = 0"_s}) {
        if (auto done = database.exec(pragma); !done)
            return done;
    }
    return {};
}

} // namespace

Result<JournalDb> JournalDb::open(const QString &path, qint64 wallMs)
{
    QString movedTo;
    for (;;) {
        if (auto file = ensurePrivateFile(path); !file)
            return tl::unexpected(file.error());
        auto database = Database::open(path, Database::Access::ReadWrite);
        if (!database)
            return tl::unexpected(database.error());
        bool damaged = false;
        if (auto whole = checkWhole(*database, damaged); !whole)
            return tl::unexpected(whole.error());
        if (damaged && movedTo.isEmpty()) {
            database = failure(ErrorCode::Io, {}); // closes it before the rename
            const auto moved = moveAside(path, wallMs);
            if (!moved)
                return tl::unexpected(moved.error());
            movedTo = *moved;
            continue;
        }
        JournalDb journal(std::move(*database), AuditChain(auditHeadBeside(path)));
        journal.m_damagedFile = movedTo;
        if (auto ready = journal.prepare(wallMs); !ready)
            return tl::unexpected(ready.error());
        return journal;
    }
}

Status JournalDb::prepare(qint64 wallMs)
{
    if (auto done = setUp(m_db); !done)
        return done;
    if (auto done = migrate(m_db, journalMigrations()); !done)
        return done;
    Transaction first;
    const auto created = m_db.value(u"SELECT value FROM state WHERE key = ?"_s, {createdKey});
    if (!created)
        return tl::unexpected(created.error());
    if (!created->isValid())
        first.state[createdKey] = isoTime(wallMs);
    if (!m_damagedFile.isEmpty())
        first.state[damageKey] = m_damagedFile;
    if (auto done = first.isEmpty() ? Status() : write({&first, 1}); !done)
        return done;
    const auto damage = m_db.value(u"SELECT value FROM state WHERE key = ?"_s, {damageKey});
    if (!damage)
        return tl::unexpected(damage.error());
    m_damagedFile = damage->toString();
    if (auto chained = m_audit.open(m_db, m_damagedFile, wallMs); !chained)
        return chained;
    publishAudit();
    return {};
}

/// A commit is no less durable for a head that could not be written beside it; the next one tries again.
void JournalDb::publishAudit()
{
    const Status published = m_audit.publish();
    m_auditTrouble = published ? QString() : published.error().message;
}

Status JournalDb::write(std::span<const Transaction> transactions)
{
    const AuditHead before = m_audit.head();
    const Status done = m_db.transaction([&]() -> Status {
        for (const Transaction &transaction : transactions) {
            if (auto applied = apply(transaction); !applied)
                return applied;
        }
        return m_audit.head() == before ? Status() : m_audit.seal(m_db);
    });
    if (!done) {
        m_timelines.clear(); // what was thought to be stored was rolled back
        m_audit.takeBack(before);
        return done;
    }
    publishAudit();
    return done;
}

Status JournalDb::apply(const Transaction &t)
{
    Status done = all(t.incidents, [this](const Incident &incident) { return saveIncident(incident); });
    if (done)
        done = all(t.intents, [this](const JournalIntent &intent) { return saveIntent(intent); });
    if (done)
        done = all(t.outcomes, [this](const JournalOutcome &outcome) { return saveOutcome(outcome); });
    if (done)
        done = all(t.audits, [this](const AuditRecord &record) { return m_audit.append(m_db, record); });
    if (done)
        done = all(t.notes, [this](const JournalNote &note) { return saveNote(note); });
    if (done)
        done = all(t.outbox, [this](const OutboxItem &item) { return saveOutbox(item); });
    if (done)
        done = all(t.delivered, [this](const QString &id) {
            return m_db.run(u"UPDATE outbox SET delivered = 1 WHERE delivery_id = ?"_s, {id});
        });
    // ended first: a service that ended and was started again in one transaction runs
    if (done)
        done = all(t.endedProcesses, [this](const QString &service) {
            return m_db.run(u"DELETE FROM managed_processes WHERE service = ?"_s, {service});
        });
    if (done)
        done = all(t.processes, [this](const ManagedProcess &process) { return saveProcess(process); });
    if (done)
        done = all(t.state.keys(), [&](const QString &key) { return saveState(key, t.state[key]); });
    if (done && t.patterns)
        done = savePatterns(*t.patterns);
    if (done)
        done = all(t.events, [this](const ErrorEvent &event) { return saveEvent(event); });
    if (done)
        done = all(t.marks, [this](const IncidentMark &mark) { return saveMark(mark); });
    if (done)
        done = all(t.changes, [this](const ChangeRecord &change) { return saveChange(change); });
    if (done)
        done = saveTopology(t.topology);
    if (done && t.procedures)
        done = saveProcedures(*t.procedures);
    return done ? saveReleases(t.releases) : done;
}

/// It was no incident of its own: it leaves the public table, and can still be looked up by its id.
Status JournalDb::saveMerged(const Incident &incident)
{
    m_timelines.remove(incident.id);
    Status done = m_db.run(u"DELETE FROM incident_timeline WHERE incident_id = ?"_s, {incident.id});
    if (done)
        done = m_db.run(u"DELETE FROM error_incidents WHERE id = ?"_s, {incident.id});
    const QByteArray document = QJsonDocument(toJson(incident)).toJson(QJsonDocument::Compact);
    if (done)
        done = m_db.run(u"INSERT OR REPLACE INTO merged_incidents(id, merged_into, at, document) VALUES (?, ?, ?, ?)"_s,
                        {incident.id, incident.mergedInto, timeText(incident.resolvedAt), QString::fromUtf8(document)});
    return done;
}

Status JournalDb::saveIncident(const Incident &incident)
{
    if (!incident.mergedInto.isEmpty())
        return saveMerged(incident);
    const IncidentColumns columns = columnsOf(incident);
    Status done = m_db.run(
        u"INSERT INTO error_incidents(id, error_type, severity, detected_at, resolved_at, diagnosis, recovery_actions,"
        " effectiveness_score, status, component, host, started_at, acknowledged_at, document)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET"
        " error_type = excluded.error_type, severity = excluded.severity, detected_at = excluded.detected_at,"
        " resolved_at = excluded.resolved_at, diagnosis = excluded.diagnosis,"
        " recovery_actions = excluded.recovery_actions, effectiveness_score = excluded.effectiveness_score,"
        " status = excluded.status, component = excluded.component, host = excluded.host,"
        " started_at = excluded.started_at, acknowledged_at = excluded.acknowledged_at,"
        " document = excluded.document"_s,
        {text(incident.id), toString(incident.type), toString(incident.severity), timeText(incident.detectedAt),
         timeText(incident.resolvedAt), columns.diagnosis, columns.actions, columns.score, toString(incident.status),
         text(incident.component), text(incident.host), timeText(incident.startedAt), timeText(incident.acknowledgedAt),
         columns.document});
    if (done)
        done = saveTimeline(incident);
    return done;
}

Status JournalDb::loadTimeline(const QString &incidentId)
{
    QList<TimelineEntry> stored;
    auto done = m_db.run(selectTimeline(), {incidentId}, [&](const QSqlQuery &row) { stored << timelineOf(row); });
    if (done)
        m_timelines.insert(incidentId, stored);
    return done;
}

Status JournalDb::saveTimeline(const Incident &incident)
{
    if (!m_timelines.contains(incident.id)) {
        if (auto done = loadTimeline(incident.id); !done)
            return done;
    }
    const QList<TimelineEntry> &stored = m_timelines[incident.id];
    qsizetype same = 0;
    while (same < stored.size() && same < incident.timeline.size() && sameEntry(stored[same], incident.timeline[same]))
        ++same;
    if (same < stored.size()) {
        auto done = m_db.run(u"DELETE FROM incident_timeline WHERE incident_id = ? AND seq >= ?"_s, {incident.id, same});
        if (!done)
            return done;
    }
    for (qsizetype seq = same; seq < incident.timeline.size(); ++seq) {
        const TimelineEntry &entry = incident.timeline[seq];
        auto done = m_db.run(u"INSERT INTO incident_timeline(incident_id, seq, at, status, reason) VALUES (?, ?, ?, ?, ?)"_s,
                             {incident.id, seq, timeText(entry.at), toString(entry.status), text(entry.reason)});
        if (!done)
            return done;
    }
    if (isOpen(incident))
        m_timelines[incident.id] = incident.timeline;
    else
        m_timelines.remove(incident.id);
    return {};
}

Status JournalDb::saveIntent(const JournalIntent &intent)
{
    return m_db.run(u"INSERT INTO journal(action_id, incident_id, intent, epoch, at) VALUES (?, ?, ?, ?, ?)"
                    " ON CONFLICT(action_id) DO UPDATE SET incident_id = excluded.incident_id, intent = excluded.intent,"
                    " epoch = excluded.epoch, at = excluded.at"_s,
                    {text(intent.request.id), text(intent.request.incidentId), jsonText(toJson(intent.request)),
                     qint64(intent.epoch), timeText(intent.at)});
}

Status JournalDb::saveOutcome(const JournalOutcome &outcome)
{
    // also without its intent: the fallback file may hold the outcome of an intent in a replaced database
    return m_db.run(u"INSERT INTO journal(action_id, outcome, outcome_at) VALUES (?, ?, ?)"
                    " ON CONFLICT(action_id) DO UPDATE SET outcome = excluded.outcome, outcome_at = excluded.outcome_at"_s,
                    {text(outcome.result.actionId), jsonText(toJson(outcome.result)), timeText(outcome.at)});
}

Status JournalDb::saveNote(const JournalNote &note)
{
    // also without its intent, as an outcome
    static const QString started = u"INSERT INTO journal(action_id, started_at) VALUES (?, ?) ON CONFLICT(action_id)"
                                    " DO UPDATE SET started_at = excluded.started_at"_s;
    static const QString verified = u"INSERT INTO journal(action_id, verified_at, verdict) VALUES (?, ?, ?) ON CONFLICT(action_id)"
                                     " DO UPDATE SET verified_at = excluded.verified_at, verdict = excluded.verdict"_s;
    static const QString undone = u"INSERT INTO journal(action_id, undone_at, undone_by) VALUES (?, ?, ?) ON CONFLICT(action_id)"
                                   " DO UPDATE SET undone_at = excluded.undone_at, undone_by = excluded.undone_by"_s;
    QVariantList binds{text(note.actionId), timeText(note.at)};
    if (note.kind == JournalNote::Kind::Started)
        return m_db.run(started, binds);
    binds << text(note.text);
    return m_db.run(note.kind == JournalNote::Kind::Verified ? verified : undone, binds);
}

Status JournalDb::saveOutbox(const OutboxItem &item)
{
    return m_db.run(u"INSERT INTO outbox(delivery_id, incident_id, channel, event, body, created_at, tries)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(delivery_id) DO UPDATE SET body = excluded.body,"
                    " tries = excluded.tries"_s,
                    {text(item.deliveryId), text(item.incidentId), text(item.channel), text(item.event),
                     jsonText(item.body), timeText(item.createdAt), item.tries});
}

Status JournalDb::saveProcess(const ManagedProcess &process)
{
    return m_db.run(u"INSERT OR REPLACE INTO managed_processes(service, pid, start_ticks, boot_id, output_file, started_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)"_s,
                    {text(process.service), process.pid, qint64(process.startTicks), text(process.bootId),
                     text(process.outputFile), timeText(process.startedAt)});
}

Status JournalDb::saveState(const QString &key, const QString &value)
{
    if (value.isEmpty())
        return m_db.run(u"DELETE FROM state WHERE key = ?"_s, {key});
    return m_db.run(u"INSERT OR REPLACE INTO state(key, value) VALUES (?, ?)"_s, {key, value});
}

Status JournalDb::savePatterns(const QList<IncidentPattern> &patterns)
{
    Status done = m_db.run(u"DELETE FROM incident_patterns"_s);
    if (done)
        done = all(patterns, [this](const IncidentPattern &pattern) {
            return m_db.run(u"INSERT INTO incident_patterns(kind, component, error_type, support, out_of, confidence,"
                            " first_seen, last_seen, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
                            {toString(pattern.kind), text(pattern.component), toString(pattern.type), pattern.support,
                             pattern.outOf, pattern.confidence, timeText(pattern.firstAt), timeText(pattern.lastAt),
                             jsonText(toJson(pattern))});
        });
    return done;
}

Status JournalDb::saveEvent(const ErrorEvent &event)
{
    return m_db.run(u"INSERT INTO error_events(at, component, error_type, severity, cleared, reason, started_at, condition)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"_s,
                    {text(isoTime(event.wallMs)), text(event.condition.component), toString(event.type), toString(event.severity),
                     int(event.cleared), text(event.reason), timeText(event.startedWallMs), jsonText(toJson(event.condition))});
}

Status JournalDb::saveMark(const IncidentMark &mark)
{
    const bool missed = mark.incidentId.isEmpty();
    const QVariant incident = missed ? QVariant(QMetaType::fromType<QString>()) : QVariant(mark.incidentId);
    Status done;
    if (missed)
        done = m_db.run(u"DELETE FROM incident_feedback WHERE incident_id IS NULL AND component = ? AND at = ?"_s,
                        {text(mark.component), timeText(mark.at)});
    if (!done)
        return done;
    return m_db.run(u"INSERT OR REPLACE INTO incident_feedback(incident_id, component, at, mark, said_at, said_by, note)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)"_s,
                    {incident, text(mark.component), timeText(mark.at), toString(mark.feedback.mark),
                     timeText(mark.feedback.saidAt), text(mark.feedback.by), text(mark.feedback.note)});
}

Status JournalDb::saveChange(const ChangeRecord &change)
{
    return m_db.run(u"INSERT OR REPLACE INTO changes(id, at, kind, component, subject, from_version, to_version, detail, by)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"_s,
                    {text(change.id), text(isoTime(change.at)), toString(change.kind), text(change.component), text(change.subject),
                     text(change.from), text(change.to), text(change.detail), text(change.by)});
}

Status JournalDb::checkpoint()
{
    return m_db.run(u"PRAGMA wal_checkpoint(PASSIVE)"_s);
}

Status JournalDb::expire(qint64 deliveredBefore, qint64 eventsBefore)
{
    const Status done = m_db.run(u"DELETE FROM outbox WHERE delivered = 1 AND created_at < ?"_s, {timeText(deliveredBefore)});
    const Status events = done ? m_db.run(u"DELETE FROM error_events WHERE at < ?"_s, {timeText(eventsBefore)}) : done;
    return events ? m_db.run(u"DELETE FROM topology_edges WHERE ended < ?"_s, {timeText(eventsBefore)}) : events;
}

} // namespace prunella::store
