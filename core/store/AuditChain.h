#pragma once
#include "core/model/Store.h"
#include "core/store/AuditHeadFile.h"
#include "core/store/Database.h"

namespace prunella::store {

/// A row of `audit`, as it is hashed. `at` is a null string where the column is NULL.
struct AuditRow {
    qint64 seq = 0;
    QString at, actor, verb, subject, detail, prevHash, hash;
};

/// SHA-256 of the record, in lower-case hexadecimal; README.md, "The audit trail", tells the encoding.
[[nodiscard]] QString auditHash(const AuditRow &row);
/// The columns of AuditRow, in that order, from FROM on to be completed.
[[nodiscard]] QString selectAuditRows();
[[nodiscard]] AuditRow auditRowOf(const QSqlQuery &row);

/// The verb of a record that vouches for records which are no longer there; its detail begins with "seq hash" of the last of them.
inline const QString auditCheckpoint = QStringLiteral("checkpoint");
/// Key in `state`: the last record, written in the transaction of that record.
inline const QString auditHeadKey = QStringLiteral("audit.head");

/// Writes the audit trail: each record carries the hash of the one before it. One thread, within the owner's transactions.
class AuditChain
{
public:
    explicit AuditChain(QString headFile) : m_headFile(std::move(headFile)) {}

    /// Where the chain ended. Gives rows of a store from before the chain their hashes, once. After a damaged database was
    /// replaced (`damagedFile`) the chain goes on, with a checkpoint that says where the records before it are.
    [[nodiscard]] Status open(Database &database, const QString &damagedFile, qint64 wallMs);
    [[nodiscard]] Status append(Database &database, const AuditRecord &record);
    /// Deletes the records from before that time, leaving a checkpoint that vouches for them.
    [[nodiscard]] Status forget(Database &database, qint64 beforeWallMs, qint64 wallMs);
    /// Into `state`, before the commit.
    [[nodiscard]] Status seal(Database &database) const;
    /// Into the file, after the commit. Nothing to do when no record was appended since.
    [[nodiscard]] Status publish();

    [[nodiscard]] const AuditHead &head() const { return m_head; }
    /// After a rollback.
    void takeBack(const AuditHead &head) { m_head = head; }

private:
    [[nodiscard]] Status chainOldRows(Database &database);

    QString m_headFile;
    AuditHead m_head, m_published;
};

} // namespace prunella::store
