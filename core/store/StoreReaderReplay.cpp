// What a backtest replays.
#include "core/base/Clock.h"
#include "core/store/Database.h"
#include "core/store/Rows.h"
#include "core/store/StoreReader.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

ErrorEvent eventOf(const QSqlQuery &row)
{
    ErrorEvent event;
    event.wallMs = fromIsoTime(row.value(0).toString());
    event.type = fromString<ErrorType>(row.value(1).toString()).value_or(ErrorType::Unknown);
    event.severity = fromString<Severity>(row.value(2).toString()).value_or(Severity::Medium);
    event.cleared = row.value(3).toBool();
    event.reason = row.value(4).toString();
    event.startedWallMs = fromIsoTime(row.value(5).toString());
    event.condition = conditionFromJson(store::jsonOf(row.value(6)));
    return event;
}

} // namespace

Result<QList<ErrorEvent>> StoreReader::errorEvents(qint64 from, qint64 to)
{
    QList<ErrorEvent> events;
    auto done = m_journal->run(u"SELECT at, error_type, severity, cleared, reason, started_at, condition FROM error_events"
                               " WHERE at >= ? AND at < ? ORDER BY at, seq"_s,
                               {store::text(isoTime(from)), store::text(isoTime(to))},
                               [&events](const QSqlQuery &row) { events << eventOf(row); });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    return events;
}

Result<QList<IncidentMark>> StoreReader::missedMarks(qint64 from, qint64 to)
{
    QList<IncidentMark> marks;
    auto done = m_journal->run(u"SELECT component, at, said_by, said_at, note FROM incident_feedback WHERE incident_id IS NULL"
                               " AND at >= ? AND at < ? ORDER BY at, component"_s,
                               {store::text(isoTime(from)), store::text(isoTime(to))}, [&marks](const QSqlQuery &row) {
                                   marks << IncidentMark{{}, row.value(0).toString(), fromIsoTime(row.value(1).toString()),
                                                         {Mark::Missed, row.value(2).toString(), fromIsoTime(row.value(3).toString()),
                                                          row.value(4).toString()}};
                               });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    return marks;
}

Result<qint64> StoreReader::newestAt()
{
    const auto told = m_journal->value(u"SELECT max(coalesce((SELECT max(at) FROM error_events), ''),"
                                       " coalesce((SELECT max(detected_at) FROM error_incidents), ''),"
                                       " coalesce((SELECT max(resolved_at) FROM error_incidents), ''))"_s);
    if (!told)
        return failure(told.error().code, m_journal->path() + u" cannot be read: "_s + told.error().message);
    const qint64 newest = fromIsoTime(told->toString());
    const auto db = metrics();
    if (!db)
        return newest;
    const auto measured = (*db)->value(u"SELECT max(newest) FROM (SELECT coalesce((SELECT max(at) FROM samples WHERE series_id = id),"
                                       " (SELECT max(bucket) * 60000 FROM rollup_minute WHERE series_id = id)) AS newest FROM series)"_s);
    if (!measured)
        return failure(measured.error().code, (*db)->path() + u" cannot be read: "_s + measured.error().message);
    return std::max(newest, measured->toLongLong());
}

Result<SampleStream> StoreReader::samples(qint64 from, qint64 to)
{
    const auto db = metrics();
    if (!db)
        return tl::unexpected(db.error());
    return SampleStream::open(**db, from, to);
}

} // namespace prunella
