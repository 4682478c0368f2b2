#pragma once
#include "core/model/Store.h"
#include "core/store/AuditChain.h"
#include "core/store/Database.h"

#include <span>

namespace prunella::store {

/// prunella.db for its one writer: incidents, journal, audit, outbox, processes, state.
class JournalDb
{
public:
    /// Opens or creates, audit.head beside it; a damaged database is moved aside with `wallMs` in its name and a fresh one is started.
    [[nodiscard]] static Result<JournalDb> open(const QString &path, qint64 wallMs);

    /// All of them in one durable transaction, or none.
    [[nodiscard]] Status write(std::span<const Transaction> transactions);
    /// Moves the write-ahead log into the database; called while nobody waits.
    [[nodiscard]] Status checkpoint();
    /// Forgets delivered notifications, and detectors' findings and ended edges of the topology, older than these.
    [[nodiscard]] Status expire(qint64 deliveredBefore, qint64 eventsBefore);

    /// A damaged predecessor was replaced, now or earlier, and nobody has acknowledged it: where it was moved to.
    [[nodiscard]] const QString &damagedFile() const { return m_damagedFile; }
    /// Why audit.head could not be written after the last commit; empty: it was.
    [[nodiscard]] const QString &auditTrouble() const { return m_auditTrouble; }
    /// Forgets audit records from before that time; a checkpoint vouches for them. Nothing calls for it yet: the trail is kept.
    [[nodiscard]] Status forgetAudit(qint64 beforeWallMs, qint64 wallMs) { return m_audit.forget(m_db, beforeWallMs, wallMs); }
    [[nodiscard]] bool sawDamage() const { return m_db.sawDamage(); }
    [[nodiscard]] Database &database() { return m_db; }

    /// Key in `state`: the path of a damaged predecessor, until a person acknowledges it.
    static const QString damageKey;
    /// Key in `state`: when this store was begun, ISO time; statistics reach no further back.
    static const QString createdKey;

private:
    JournalDb(Database db, AuditChain audit) : m_db(std::move(db)), m_audit(std::move(audit)) {}
    [[nodiscard]] Status prepare(qint64 wallMs);
    [[nodiscard]] Status apply(const Transaction &transaction);
    [[nodiscard]] Status saveIncident(const Incident &incident);
    [[nodiscard]] Status saveMerged(const Incident &incident);
    [[nodiscard]] Status saveTimeline(const Incident &incident);
    [[nodiscard]] Status loadTimeline(const QString &incidentId);
    [[nodiscard]] Status saveIntent(const JournalIntent &intent);
    [[nodiscard]] Status saveOutcome(const JournalOutcome &outcome);
    void publishAudit();
    [[nodiscard]] Status saveNote(const JournalNote &note);
    [[nodiscard]] Status saveOutbox(const OutboxItem &item);
    [[nodiscard]] Status saveProcess(const ManagedProcess &process);
    [[nodiscard]] Status saveEvent(const ErrorEvent &event);
    [[nodiscard]] Status saveMark(const IncidentMark &mark);
    [[nodiscard]] Status saveChange(const ChangeRecord &change);
    [[nodiscard]] Status saveTopology(const TopologyDelta &delta);
    [[nodiscard]] Status saveReleases(const QList<ReleaseRecord> &records);
    [[nodiscard]] Status saveState(const QString &key, const QString &value);
    [[nodiscard]] Status savePatterns(const QList<IncidentPattern> &patterns);
    [[nodiscard]] Status saveProcedures(const QList<ProcedureRow> &procedures);

    Database m_db;
    AuditChain m_audit;
    QString m_damagedFile, m_auditTrouble;
    QHash<QString, QList<TimelineEntry>> m_timelines; ///< as stored, of open incidents: unchanged rows are not rewritten
};

} // namespace prunella::store
