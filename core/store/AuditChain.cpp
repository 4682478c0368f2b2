#include "core/store/AuditChain.h"

#include "core/base/Clock.h"
#include "core/store/Rows.h"

#include <QCryptographicHash>

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

/// As SQLite gives it back: valid Unicode without a byte order mark at its beginning.
QString clean(const QString &value)
{
    QString text = QString::fromUtf8(value.toUtf8());
    while (text.startsWith(QChar::ByteOrderMark))
        text.remove(0, 1);
    return text.isNull() ? u""_s : text;
}

Status readAll(Database &database, QList<AuditRow> &rows)
{
    return database.run(selectAuditRows() + u" FROM audit ORDER BY seq"_s, {}, [&rows](const QSqlQuery &row) { rows << auditRowOf(row); });
}

} // namespace

QString auditHash(const AuditRow &row)
{
    QByteArray bytes;
    const auto add = [&bytes](const QString &value) {
        const QByteArray field = value.toUtf8();
        bytes += (value.isNull() ? QByteArray("-1") : QByteArray::number(field.size())) + ':' + field + ',';
    };
    add(QString::number(row.seq));
    for (const QString &field : {row.at, row.actor, row.verb, row.subject, row.detail, row.prevHash})
        add(field);
    return QString::fromLatin1(QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex());
}

QString selectAuditRows()
{
    return u"SELECT seq, at, actor, verb, subject, detail, prev_hash, hash"_s;
}

AuditRow auditRowOf(const QSqlQuery &row)
{
    // only `at` may be NULL; where another column became so, it is no longer what was hashed
    const auto field = [&row](int column) {
        const QString value = row.value(column).toString();
        return row.isNull(column) ? QString() : value.isNull() ? u""_s : value;
    };
    return {row.value(0).toLongLong(), field(1), field(2), field(3), field(4), field(5), field(6), field(7)};
}

Status AuditChain::open(Database &database, const QString &damagedFile, qint64 wallMs)
{
    const auto state = database.value(u"SELECT value FROM state WHERE key = ?"_s, {auditHeadKey});
    if (!state)
        return tl::unexpected(state.error());
    const AuditHead stored = auditHeadOf(state->toString()).value_or(AuditHead{});
    const auto lines = readAuditHeads(m_headFile); // one that cannot be read is written anew, and the check says what it lacks
    m_published = lines && !lines->isEmpty() ? lines->last() : AuditHead{};
    m_head = m_published.seq > stored.seq ? m_published : stored; // a table that lost its end does not hide it
    Status done;
    if (m_head.seq == 0)
        done = database.transaction([&] { return chainOldRows(database); });
    else if (stored.seq == 0 && !damagedFile.isEmpty())
        done = database.transaction([&]() -> Status {
            auto written = append(database, {wallMs, u"engine"_s, auditCheckpoint, u"audit"_s,
                                             auditHeadText(m_head) + u" the records up to this one are in "_s + damagedFile});
            return written ? seal(database) : written;
        });
    return done;
}

Status AuditChain::chainOldRows(Database &database)
{
    QList<AuditRow> rows;
    Status done = readAll(database, rows);
    for (AuditRow &row : rows) {
        row.prevHash = m_head.hash.isNull() ? u""_s : m_head.hash;
        row.hash = auditHash(row);
        if (done)
            done = database.run(u"UPDATE audit SET prev_hash = ?, hash = ? WHERE seq = ?"_s, {row.prevHash, row.hash, row.seq});
        m_head = {row.seq, row.hash};
    }
    return done && !rows.isEmpty() ? seal(database) : done;
}

Status AuditChain::append(Database &database, const AuditRecord &record)
{
    // a row that somebody else put at the end keeps its number, and is no part of the chain
    const auto last = database.value(u"SELECT max(seq) FROM audit"_s);
    if (!last)
        return tl::unexpected(last.error());
    AuditRow row{std::max(m_head.seq, last->toLongLong()) + 1, timeText(record.at).toString(), clean(record.actor), clean(record.verb),
                 clean(record.subject), clean(record.detail), m_head.hash.isNull() ? u""_s : m_head.hash, {}};
    row.hash = auditHash(row);
    const Status done = database.run(u"INSERT INTO audit(seq, at, actor, verb, subject, detail, prev_hash, hash)"
                                     " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"_s,
                                     {row.seq, timeText(record.at), row.actor, row.verb, row.subject, row.detail, row.prevHash, row.hash});
    if (done)
        m_head = {row.seq, row.hash};
    return done;
}

Status AuditChain::forget(Database &database, qint64 beforeWallMs, qint64 wallMs)
{
    const AuditHead before = m_head;
    const Status done = database.transaction([&]() -> Status {
        AuditHead last; // the newest of the oldest records in a row that are old enough
        Status step = database.run(u"SELECT seq, hash FROM audit WHERE seq < (SELECT min(seq) FROM audit WHERE at >= ?)"
                                   " ORDER BY seq DESC LIMIT 1"_s, {text(isoTime(beforeWallMs))}, [&last](const QSqlQuery &row) {
            last = {row.value(0).toLongLong(), row.value(1).toString()};
        });
        if (!step || last.seq == 0)
            return step;
        step = database.run(u"DELETE FROM audit WHERE seq <= ?"_s, {last.seq});
        if (step)
            step = append(database, {wallMs, u"engine"_s, auditCheckpoint, u"audit"_s,
                                     auditHeadText(last) + u" the records up to this one were forgotten by their age"_s});
        return step ? seal(database) : step;
    });
    if (!done)
        m_head = before;
    return done ? publish() : done;
}

Status AuditChain::seal(Database &database) const
{
    return database.run(u"INSERT OR REPLACE INTO state(key, value) VALUES (?, ?)"_s, {auditHeadKey, auditHeadText(m_head)});
}

Status AuditChain::publish()
{
    if (m_head == m_published || m_head.seq == 0)
        return {};
    const Status done = appendAuditHead(m_headFile, m_head);
    if (done)
        m_published = m_head;
    return done;
}

} // namespace prunella::store
