#include "core/store/AuditCheck.h"

namespace prunella {

using namespace Qt::StringLiterals;
using Break = AuditVerdict::Break;

QString toString(Break kind)
{
    static const QStringList words{u"none"_s, u"changed"_s, u"missing"_s, u"inserted"_s, u"reordered"_s, u"cut_off"_s, u"no_head"_s};
    return words[int(kind)];
}

namespace store {

namespace {

QString named(const AuditRow &row)
{
    return u"record %1 (%2, %3 by %4)"_s.arg(row.seq).arg(row.at, row.verb, row.actor);
}

QString span(qint64 from, qint64 to)
{
    return from == to ? u"record %1"_s.arg(from) : u"records %1 to %2"_s.arg(from).arg(to);
}

QString verbFor(qint64 from, qint64 to, const QString &rest)
{
    return span(from, to) + (from == to ? u" is "_s : u" are "_s) + rest;
}

/// Records that are no longer there are vouched for by one that is.
bool isVouchedFor(const QList<AuditRow> &rows)
{
    const QString wanted = auditHeadText({rows.first().seq - 1, rows.first().prevHash}) + u' ';
    return std::any_of(rows.cbegin(), rows.cend(), [&wanted](const AuditRow &row) {
        return row.verb == auditCheckpoint && row.actor == u"engine" && row.detail.startsWith(wanted);
    });
}

/// The number under which this row was written, if it is another one than it has now.
std::optional<qint64> writtenAs(const AuditRow &row, qint64 last)
{
    AuditRow candidate = row;
    for (candidate.seq = 1; candidate.seq <= last + 1; ++candidate.seq) {
        if (candidate.seq != row.seq && auditHash(candidate) == row.hash)
            return candidate.seq;
    }
    return std::nullopt;
}

struct Finding { Break kind = Break::None; qint64 seq = 0; QString text; };

/// Row `i` is not what follows the record with the hash `prev`.
Finding findingAt(const QList<AuditRow> &rows, qsizetype i, const QString &prev, const AuditHead &stored)
{
    const AuditRow &row = rows[i];
    const bool whole = auditHash(row) == row.hash;
    const qint64 before = i > 0 ? rows[i - 1].seq : 0;
    if (!whole) {
        if (const auto seq = writtenAs(row, std::max(rows.last().seq, stored.seq)))
            return {Break::Reordered, row.seq, named(row) + u" is not in its place: it was written as record %1"_s.arg(*seq)};
    }
    if ((i + 1 < rows.size() && rows[i + 1].prevHash == prev) || (stored.seq > 0 && row.seq > stored.seq))
        return {Break::Inserted, row.seq, named(row) + u" was inserted: the records before and after it were written without it"_s};
    if (!whole)
        return {Break::Changed, row.seq, named(row) + u" was changed after it was written"_s};
    if (row.seq > before + 1)
        return {Break::Missing, before + 1, verbFor(before + 1, row.seq - 1, u"missing before "_s + named(row))};
    const AuditRow &replaced = i > 0 ? rows[i - 1] : row;
    return {Break::Changed, replaced.seq, named(replaced) + u" was changed and its hash made anew: the record after it continues another one"_s};
}

Finding checkLinks(const QList<AuditRow> &rows, const AuditHead &stored)
{
    QString prev = u""_s;
    if (!rows.isEmpty() && isVouchedFor(rows))
        prev = rows.first().prevHash;
    for (qsizetype i = 0; i < rows.size(); ++i) {
        if (rows[i].prevHash != prev || auditHash(rows[i]) != rows[i].hash)
            return findingAt(rows, i, prev, stored);
        prev = rows[i].hash;
    }
    return {};
}

/// The links hold: is the end of the chain the end that was written, and is it the same chain?
Finding checkHeads(const QList<AuditRow> &rows, const AuditHead &stored, const QList<AuditHead> &outside)
{
    const AuditHead last = rows.isEmpty() ? AuditHead{} : AuditHead{rows.last().seq, rows.last().hash};
    AuditHead furthest = stored;
    for (const AuditHead &head : outside) {
        const auto row = std::lower_bound(rows.cbegin(), rows.cend(), head.seq, [](const AuditRow &entry, qint64 seq) { return entry.seq < seq; });
        if (row != rows.cend() && row->seq == head.seq && row->hash != head.hash)
            return {Break::Changed, head.seq, named(*row) + u" is another one than audit.head knows: it, or records before it, were written anew"_s};
        furthest = head.seq > furthest.seq ? head : furthest;
    }
    if (furthest.seq > last.seq)
        return {Break::CutOff, last.seq + 1, verbFor(last.seq + 1, furthest.seq, u"cut off at the end: %1 was the last one that was written"_s.arg(furthest.seq))};
    if (!rows.isEmpty() && stored.seq > 0 && stored.seq < last.seq)
        return {Break::Inserted, stored.seq + 1, verbFor(stored.seq + 1, last.seq, u"inserted at the end: the last one that was written is %1"_s.arg(stored.seq))};
    if (stored.seq == last.seq && stored.hash != last.hash && last.seq > 0)
        return {Break::Changed, last.seq, named(rows.last()) + u" was changed and its hash made anew"_s};
    if (!rows.isEmpty() && (stored.seq == 0 || outside.isEmpty())) {
        return {Break::NoHead, last.seq, (stored.seq == 0 ? u"the entry audit.head of the table state"_s : u"the file audit.head"_s)
                    + u" is missing or empty: nobody can tell whether records were cut off at the end"_s};
    }
    return {};
}

} // namespace

AuditVerdict checkAudit(const QList<AuditRow> &rows, const AuditHead &stored, const QList<AuditHead> &outside)
{
    AuditVerdict verdict;
    verdict.records = rows.size();
    if (!rows.isEmpty()) {
        verdict.since = rows.first().at;
        verdict.last = {rows.last().seq, rows.last().hash};
    }
    Finding found = checkLinks(rows, stored);
    if (found.kind == Break::None)
        found = checkHeads(rows, stored, outside);
    verdict.kind = found.kind;
    verdict.seq = found.seq;
    verdict.text = found.text;
    return verdict;
}

} // namespace store
} // namespace prunella
