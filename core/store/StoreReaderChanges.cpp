// What was changed on the machine.
#include "core/base/Clock.h"
#include "core/store/Database.h"
#include "core/store/Rows.h"
#include "core/store/StoreReader.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 dayMs = 86'400'000;
constexpr int mostRecent = 1000;

const QString selectChanges = u"SELECT id, at, kind, component, subject, from_version, to_version, detail, by FROM changes"_s;

ChangeRecord changeOf(const QSqlQuery &row)
{
    const auto text = [&row](int column) { return row.value(column).toString(); };
    return {text(0), fromString<ChangeKind>(text(2)).value_or(ChangeKind::ConfigFile), text(3), text(4), text(5), text(6),
            text(7), text(8), fromIsoTime(text(1))};
}

} // namespace

Result<QList<ChangeRecord>> StoreReader::changes(qint64 from, qint64 to, const QString &component, int limit)
{
    QString sql = selectChanges + u" WHERE at >= ? AND at < ?"_s;
    QVariantList binds{store::text(isoTime(from)), store::text(isoTime(to))};
    if (!component.isEmpty()) {
        sql += u" AND component = ?"_s;
        binds << component;
    }
    QList<ChangeRecord> list;
    const auto done = m_journal->run(sql + u" ORDER BY at DESC, rowid DESC LIMIT ?"_s, binds << limit,
                                     [&list](const QSqlQuery &row) { list << changeOf(row); });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    std::reverse(list.begin(), list.end());
    return list;
}

Result<QList<DeploymentFact>> StoreReader::deployments(int limit)
{
    QList<DeploymentFact> list;
    const auto done = m_journal->run(u"SELECT component, to_version, at FROM changes WHERE component <> '' AND to_version <> ''"
                                     " AND kind IN ('deployment', 'package') ORDER BY at DESC, rowid DESC LIMIT ?"_s,
                                     {limit}, [&list](const QSqlQuery &row) {
                                         list << DeploymentFact{row.value(0).toString(), row.value(1).toString(),
                                                                fromIsoTime(row.value(2).toString())};
                                     });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    std::reverse(list.begin(), list.end());
    return list;
}

/// Counted back from the newest, as the resolved incidents are: the reader has no clock.
Status StoreReader::readChanges(StoredState &state)
{
    const auto newest = m_journal->value(u"SELECT max(at) FROM changes"_s);
    if (!newest)
        return tl::unexpected(newest.error());
    const qint64 since = std::max<qint64>(1, fromIsoTime(newest->toString()) - dayMs);
    Status done = m_journal->run(selectChanges + u" WHERE at >= ? ORDER BY at DESC, rowid DESC LIMIT ?"_s, {isoTime(since), mostRecent},
                                 [&state](const QSqlQuery &row) { state.recentChanges << changeOf(row); });
    std::reverse(state.recentChanges.begin(), state.recentChanges.end());
    return done;
}

} // namespace prunella
