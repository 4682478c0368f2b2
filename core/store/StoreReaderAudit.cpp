// Whether the audit trail is whole, and what the journal knows of each action.
#include "core/store/StoreReader.h"

#include "core/base/Clock.h"
#include "core/store/StorePaths.h"

namespace prunella {

using namespace Qt::StringLiterals;

Result<AuditVerdict> StoreReader::verifyAudit()
{
    // The file first: it is written after the commit, so that none of its lines is ahead of what is read next.
    const auto outside = store::readAuditHeads(StorePaths{m_stateDir, {}}.auditHead());
    if (!outside && outside.error().code != ErrorCode::NotFound)
        return tl::unexpected(outside.error());
    QList<store::AuditRow> rows;
    store::AuditHead stored;
    Status done = m_journal->run(u"BEGIN"_s); // rows and head of one moment, whatever an engine writes meanwhile
    if (done)
        done = m_journal->run(store::selectAuditRows() + u" FROM audit ORDER BY seq"_s, {},
                              [&rows](const QSqlQuery &row) { rows << store::auditRowOf(row); });
    if (done)
        done = m_journal->run(u"SELECT value FROM state WHERE key = ?"_s, {store::auditHeadKey}, [&stored](const QSqlQuery &row) {
            stored = store::auditHeadOf(row.value(0).toString()).value_or(store::AuditHead{});
        });
    static_cast<void>(m_journal->run(u"COMMIT"_s).has_value()); // ends a read; there is nothing to lose
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    return store::checkAudit(rows, stored, outside.value_or(QList<store::AuditHead>{}));
}

Result<QHash<QString, JournalTimes>> StoreReader::journal(const QStringList &actionIds)
{
    QHash<QString, JournalTimes> found;
    for (const QString &id : actionIds) {
        const Status done = m_journal->run(u"SELECT at, started_at, outcome_at, verified_at, undone_at, verdict, undone_by"
                                           " FROM journal WHERE action_id = ?"_s, {id}, [&](const QSqlQuery &row) {
            const auto time = [&row](int column) { return fromIsoTime(row.value(column).toString()); };
            found.insert(id, {time(0), time(1), time(2), time(3), time(4), row.value(5).toString(), row.value(6).toString()});
        });
        if (!done)
            return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    }
    return found;
}

} // namespace prunella
