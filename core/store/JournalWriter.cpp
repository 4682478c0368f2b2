#include "core/store/JournalWriter.h"

#include "core/store/Rows.h"

#include <QStorageInfo>

namespace prunella::store {

using namespace Qt::StringLiterals;

Status JournalWriter::open(qint64 wallMs)
{
    auto fallback = FallbackFile::open(m_paths.fallbackFile());
    if (fallback)
        m_fallback.emplace(std::move(*fallback));
    else
        m_fallbackTrouble = fallback.error().message;
    replay();
    const Status offered = offer({}, wallMs);
    if (offered || offered.error().code == ErrorCode::Io)
        return {};
    return offered;
}

// Into memory: the next offer takes it along, and only a durable one empties the file.
void JournalWriter::replay()
{
    if (!m_fallback || m_fallback->isEmpty())
        return;
    Transaction found;
    for (const QByteArray &record : m_fallback->read())
        addRecord(found, record);
    if (!found.isEmpty())
        m_unsaved << found;
}

/// Everything that waits and these, in one durable transaction; opens the database when that has failed before.
Status JournalWriter::offer(QList<Transaction> transactions, qint64 wallMs)
{
    if (!m_db) {
        auto db = JournalDb::open(m_paths.journalDb(), wallMs);
        if (!db) {
            m_trouble = db.error().message;
            return tl::unexpected(db.error());
        }
        m_db.emplace(std::move(*db));
        m_damageAcknowledged = false;
    }
    const QList<Transaction> together = m_unsaved + transactions;
    if (together.isEmpty())
        return {};
    const Status done = m_db->write(together);
    if (done) {
        wrote();
        return done;
    }
    m_trouble = done.error().message;
    if (m_db->sawDamage())
        m_db.reset(); // the next offer moves it aside and starts a fresh one
    return done;
}

void JournalWriter::wrote()
{
    m_unsaved.clear();
    m_trouble.clear();
    ++m_writes;
    if (m_fallback && !m_fallback->isEmpty()) {
        const Status cleared = m_fallback->clear();
        m_fallbackTrouble = cleared ? QString() : cleared.error().message;
    }
}

QList<CommitResult> JournalWriter::write(QList<Transaction> transactions, qint64 wallMs)
{
    // A database in trouble is tried again by retry(), so that each commit need not wait for its lock; but when the
    // file fails as well, every chance is taken.
    Status done;
    if (isOk() || !m_fallback || !m_fallbackTrouble.isEmpty()) {
        done = offer(transactions, wallMs);
        if (done)
            return QList<CommitResult>(transactions.size());
        if (done.error().code == ErrorCode::Internal && m_db)
            return writeSingly(transactions);
    }
    QList<CommitResult> results;
    for (Transaction &transaction : transactions)
        results << keep(std::move(transaction));
    return results;
}

/// One of them is refused by the database itself: the others must not suffer for it.
QList<CommitResult> JournalWriter::writeSingly(const QList<Transaction> &transactions)
{
    const auto single = [this](const Transaction &transaction) -> CommitResult {
        const Status done = m_db->write({&transaction, 1});
        if (done) {
            m_trouble.clear();
            ++m_writes;
            return {};
        }
        if (done.error().code != ErrorCode::Internal) {
            m_trouble = done.error().message;
            return keep(transaction);
        }
        return {CommitState::Lost, u"the store refuses this entry: "_s + done.error().message};
    };
    m_trouble.clear();
    for (const Transaction &waiting : std::exchange(m_unsaved, {}))
        static_cast<void>(single(waiting));
    QList<CommitResult> results;
    for (const Transaction &transaction : transactions)
        results << single(transaction);
    return results;
}

/// Intents and outcomes to the file, all of it into memory for the next offer.
CommitResult JournalWriter::keep(Transaction transaction)
{
    CommitResult result{CommitState::Fallback, u"prunella.db cannot be written: "_s + m_trouble};
    if (const Status written = writeFallback(transaction); !written) {
        result.state = CommitState::Lost;
        result.error += u"; "_s + written.error().message;
        transaction.intents.clear(); // what is not written down is not done
    }
    for (Transaction &older : m_unsaved) {
        older.incidents.removeIf([&](const Incident &incident) {
            return std::any_of(transaction.incidents.cbegin(), transaction.incidents.cend(),
                               [&](const Incident &newer) { return newer.id == incident.id; });
        });
        if (transaction.patterns)
            older.patterns.reset();
        if (transaction.procedures)
            older.procedures.reset();
    }
    m_unsaved.removeIf([](const Transaction &older) { return older.isEmpty(); });
    if (!transaction.isEmpty())
        m_unsaved << std::move(transaction);
    return result;
}

Status JournalWriter::writeFallback(const Transaction &transaction)
{
    const QByteArrayList records = recordsOf(transaction);
    if (records.isEmpty())
        return {};
    if (!m_fallback)
        return failure(ErrorCode::Io, m_fallbackTrouble);
    const Status written = m_fallback->append(records);
    m_fallbackTrouble = written ? QString() : written.error().message;
    return written;
}

void JournalWriter::retry(qint64 wallMs)
{
    const Status done = offer({}, wallMs);
    if (!done && done.error().code == ErrorCode::Internal && m_db)
        static_cast<void>(writeSingly({}));
    else if (done)
        m_trouble.clear();
}

void JournalWriter::checkpoint()
{
    m_writes = 0;
    if (m_db)
        static_cast<void>(m_db->checkpoint().has_value()); // a reader may be in the way; the next one does it
}

void JournalWriter::expire(qint64 deliveredBefore, qint64 eventsBefore)
{
    if (m_db && isOk())
        static_cast<void>(m_db->expire(deliveredBefore, eventsBefore).has_value());
}

QString JournalWriter::text() const
{
    QStringList parts;
    if (!isOk()) {
        const QString where = QStorageInfo(m_paths.stateDir).rootPath();
        parts << QString(u"prunella.db cannot be written: "_s + m_trouble
                         + (m_trouble == u"disk full"_s ? QString(u"; free space on "_s + where) : QString()));
        parts << (m_fallback && m_fallbackTrouble.isEmpty()
                      ? QString(u"intents go to "_s + m_fallback->path())
                      : QString(m_fallbackTrouble + u": nothing acts without a person"_s));
    } else if (!m_fallbackTrouble.isEmpty()) {
        parts << QString(u"the journal has no fallback: "_s + m_fallbackTrouble);
    }
    if (m_db && !m_db->auditTrouble().isEmpty())
        parts << QString(m_db->auditTrouble() + u"; until it can, nobody sees whether audit records are cut off at the end"_s);
    if (isDamaged()) {
        parts << QString(u"prunella.db was damaged and is now "_s + m_db->damagedFile()
                         + u"; a fresh one was started; acknowledge it to let actions run by themselves again"_s);
    }
    return parts.join(u"; "_s);
}

} // namespace prunella::store
