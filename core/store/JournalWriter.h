#pragma once
#include "core/store/FallbackFile.h"
#include "core/store/JournalDb.h"
#include "core/store/StorePaths.h"

namespace prunella::store {

/// Keeps the journal through a disk that is full: first the database, then the fallback file, then the truth that it is
/// lost. What the database did not take stays in memory and is offered again. One thread.
class JournalWriter
{
public:
    explicit JournalWriter(StorePaths paths) : m_paths(std::move(paths)) {}

    /// An error means that no engine can work here: a newer version, no rights. A full disk is none.
    [[nodiscard]] Status open(qint64 wallMs);
    /// One result a transaction, in order; those that go together to the database are one durable write.
    [[nodiscard]] QList<CommitResult> write(QList<Transaction> transactions, qint64 wallMs);
    /// Offers what waits to the database again.
    void retry(qint64 wallMs);
    /// While nobody waits.
    void checkpoint();
    void expire(qint64 deliveredBefore, qint64 eventsBefore);
    void acknowledgeDamage() { m_damageAcknowledged = true; }

    [[nodiscard]] bool isOk() const { return m_trouble.isEmpty(); }
    [[nodiscard]] bool wantsCheckpoint() const { return m_writes > 0; }
    /// The log has grown so long that it is moved even though somebody may wait.
    [[nodiscard]] bool needsCheckpoint() const { return m_writes >= 2000; }
    [[nodiscard]] bool isDamaged() const { return m_db && !m_damageAcknowledged && !m_db->damagedFile().isEmpty(); }
    [[nodiscard]] QString path() const { return m_paths.journalDb(); }
    /// What is wrong and what to do; empty when all is well.
    [[nodiscard]] QString text() const;

private:
    [[nodiscard]] Status offer(QList<Transaction> transactions, qint64 wallMs);
    [[nodiscard]] QList<CommitResult> writeSingly(const QList<Transaction> &transactions);
    [[nodiscard]] CommitResult keep(Transaction transaction);
    [[nodiscard]] Status writeFallback(const Transaction &transaction);
    void replay();
    void wrote();

    StorePaths m_paths;
    std::optional<JournalDb> m_db;
    std::optional<FallbackFile> m_fallback;
    QList<Transaction> m_unsaved;  ///< oldest first
    QString m_trouble;             ///< why the database cannot be written; empty: it can
    QString m_fallbackTrouble;
    int m_writes = 0;              ///< since the last checkpoint
    bool m_damageAcknowledged = false;
};

} // namespace prunella::store
