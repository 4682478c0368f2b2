#include "core/store/StoreReader.h"

#include "core/base/Clock.h"
#include "core/model/Json.h"
#include "core/store/Rows.h"
#include "core/store/Schema.h"
#include "core/store/StorePaths.h"

#include <QFileInfo>
#include <QJsonDocument>

namespace prunella {

using namespace Qt::StringLiterals;
using store::Database;

namespace {

constexpr qint64 dayMs = 24LL * 3600 * 1000;

Result<std::unique_ptr<Database>> openForReading(const QString &path, const store::Migrations &migrations)
{
    if (!QFileInfo::exists(path)) {
        return failure(ErrorCode::NotFound, u"there is no store at "_s + path
                           + u"; start the engine once or name its --state-dir"_s);
    }
    auto database = Database::open(path, Database::Access::ReadOnly);
    if (!database)
        return failure(database.error().code, path + u" cannot be read: "_s + database.error().message);
    if (auto version = store::checkVersion(*database, migrations); !version)
        return failure(version.error().code, path + u" cannot be read: "_s + version.error().message);
    return std::make_unique<Database>(std::move(*database));
}

tl::unexpected<Error> unreadable(const Database &database, const Error &error)
{
    return failure(error.code, database.path() + u" cannot be read: "_s + error.message);
}

const QString selectIncidents = u"SELECT id, diagnosis, recovery_actions, document, (SELECT json_object('mark', mark,"
    " 'by', said_by, 'said_at', said_at, 'note', note) FROM incident_feedback WHERE incident_id = id) FROM error_incidents"_s;

} // namespace

StoreReader::StoreReader() = default;
StoreReader::~StoreReader() = default;

Result<std::unique_ptr<StoreReader>> StoreReader::open(const QString &stateDir)
{
    auto journal = openForReading(StorePaths{stateDir, {}}.journalDb(), store::journalMigrations());
    if (!journal)
        return tl::unexpected(journal.error());
    std::unique_ptr<StoreReader> reader(new StoreReader);
    reader->m_stateDir = stateDir;
    reader->m_journal = std::move(*journal);
    return reader;
}

Result<Database *> StoreReader::metrics()
{
    if (!m_metrics) {
        auto opened = openForReading(StorePaths{m_stateDir, {}}.metricsDb(), store::metricsMigrations());
        if (!opened)
            return tl::unexpected(opened.error());
        m_metrics = std::move(*opened);
    }
    return m_metrics.get();
}

Status StoreReader::collect(const QString &sql, const QVariantList &binds, QList<Incident> &into)
{
    Status done = m_journal->run(sql, binds, [&into](const QSqlQuery &row) { into << store::incidentOf(row); });
    for (Incident &incident : into) {
        if (done)
            done = m_journal->run(store::selectTimeline(), {incident.id},
                                  [&incident](const QSqlQuery &row) { incident.timeline << store::timelineOf(row); });
    }
    if (!done)
        return unreadable(*m_journal, done.error());
    return {};
}

Result<QList<Incident>> StoreReader::incidents(const IncidentQuery &query)
{
    // open ones are always included, whatever `since` says
    QString sql = selectIncidents + u" WHERE (coalesce(detected_at, '') >= ? OR status <> 'resolved')"_s;
    QVariantList binds{store::text(isoTime(query.since))};
    if (query.status) {
        sql += u" AND status = ?"_s;
        binds << toString(*query.status);
    }
    if (!query.idPrefix.isEmpty()) {
        sql += u" AND substr(id, 1, ?) = ?"_s;
        binds << query.idPrefix.size() << query.idPrefix;
    }
    sql += u" ORDER BY detected_at DESC, rowid DESC LIMIT ?"_s;
    binds << query.limit;
    QList<Incident> list;
    if (auto done = collect(sql, binds, list); !done)
        return tl::unexpected(done.error());
    std::reverse(list.begin(), list.end());
    if (list.isEmpty() && !query.idPrefix.isEmpty())
        return merged(query.idPrefix, 0);
    return list;
}

/// Whoever noted the id of an incident still finds where it went, and what was done for it was done.
Result<QList<Incident>> StoreReader::merged(const QString &idPrefix, qint64 since)
{
    QList<Incident> list;
    auto done = m_journal->run(u"SELECT document FROM merged_incidents WHERE substr(id, 1, ?) = ? AND at >= ? ORDER BY at"_s,
                               {idPrefix.size(), store::text(idPrefix), store::text(isoTime(since))}, [&list](const QSqlQuery &row) {
        list << incidentFromJson(QJsonDocument::fromJson(row.value(0).toString().toUtf8()).object());
    });
    if (!done)
        return unreadable(*m_journal, done.error());
    return list;
}

Result<QList<TimelineEntry>> StoreReader::timeline(const QString &incidentId)
{
    QList<TimelineEntry> list;
    auto done = m_journal->run(store::selectTimeline(), {incidentId},
                               [&list](const QSqlQuery &row) { list << store::timelineOf(row); });
    if (!done)
        return unreadable(*m_journal, done.error());
    return list;
}

Result<QList<StoredAction>> StoreReader::actions(const IncidentQuery &query)
{
    auto found = incidents(query);
    const auto parts = found ? merged({}, query.since) : found;
    if (!parts)
        return tl::unexpected(parts.error());
    found->append(*parts);
    std::stable_sort(found->begin(), found->end(), [](const Incident &a, const Incident &b) { return a.detectedAt < b.detectedAt; });
    QList<StoredAction> list;
    for (const Incident &incident : std::as_const(*found)) {
        for (const RecoveryActionRecord &action : incident.actions)
            list << StoredAction{incident.id, incident.component, action};
    }
    return list;
}

Result<QList<AuditRecord>> StoreReader::audit(qint64 sinceWallMs, int limit)
{
    QList<AuditRecord> list;
    auto done = m_journal->run(u"SELECT at, actor, verb, subject, detail FROM audit WHERE at >= ? ORDER BY seq DESC LIMIT ?"_s,
                               {store::text(isoTime(sinceWallMs)), limit}, [&list](const QSqlQuery &row) {
                                   list << AuditRecord{fromIsoTime(row.value(0).toString()), row.value(1).toString(),
                                                       row.value(2).toString(), row.value(3).toString(), row.value(4).toString()};
                               });
    if (!done)
        return unreadable(*m_journal, done.error());
    std::reverse(list.begin(), list.end());
    return list;
}

Result<StoredState> StoreReader::storedState(qint64 nowWallMs, qint64 recentMs)
{
    StoredState state;
    if (auto begun = m_journal->run(u"BEGIN"_s); !begun)
        return unreadable(*m_journal, begun.error());
    const Status done = readState(state, nowWallMs, recentMs);
    static_cast<void>(m_journal->run(u"COMMIT"_s).has_value()); // ends a read; there is nothing to lose
    if (!done)
        return tl::unexpected(done.error());
    return state;
}

Status StoreReader::readState(StoredState &state, qint64 nowWallMs, qint64 recentMs)
{
    if (auto done = collect(selectIncidents + u" WHERE status <> 'resolved' ORDER BY detected_at, rowid"_s, {}, state.openIncidents); !done)
        return done;
    const auto last = m_journal->value(u"SELECT max(resolved_at) FROM error_incidents"_s);
    if (!last)
        return unreadable(*m_journal, last.error());
    const qint64 now = nowWallMs != 0 ? nowWallMs : fromIsoTime(last->toString());
    const QVariantList since{isoTime(std::max<qint64>(1, now - std::max(dayMs, recentMs)))};
    if (auto done = collect(selectIncidents + u" WHERE status = 'resolved' AND resolved_at >= ? ORDER BY resolved_at, rowid"_s,
                            since, state.recentIncidents); !done)
        return done;
    const auto parts = merged({}, fromIsoTime(since.first().toString()));
    if (!parts)
        return tl::unexpected(parts.error());
    for (const Incident &part : *parts) {
        if (!part.actions.isEmpty())
            state.recentIncidents << part;
    }
    Status done = readUnfinished(state);
    if (done)
        done = readChanges(state);
    const auto releases = this->releases();
    if (!releases)
        return tl::unexpected(releases.error());
    state.releases = *releases;
    return done ? done : unreadable(*m_journal, done.error());
}

Status StoreReader::readUnfinished(StoredState &state)
{
    Status done = m_journal->run(u"SELECT intent, epoch, at FROM journal WHERE outcome IS NULL AND intent IS NOT NULL ORDER BY at, rowid"_s, {},
                                 [&](const QSqlQuery &row) {
                                     state.unfinished << JournalIntent{requestFromJson(store::jsonOf(row.value(0))),
                                                                       quint64(row.value(1).toLongLong()),
                                                                       fromIsoTime(row.value(2).toString())};
                                 });
    if (done)
        done = m_journal->run(u"SELECT delivery_id, incident_id, channel, event, body, created_at, tries FROM outbox"
                              " WHERE delivered = 0 ORDER BY created_at, rowid"_s, {}, [&](const QSqlQuery &row) {
                                  state.undelivered << OutboxItem{
                                      row.value(0).toString(), row.value(1).toString(), row.value(2).toString(),
                                      row.value(3).toString(), store::jsonOf(row.value(4)),
                                      fromIsoTime(row.value(5).toString()), row.value(6).toInt()};
                              });
    if (done)
        done = m_journal->run(u"SELECT service, pid, start_ticks, boot_id, output_file, started_at FROM managed_processes"
                              " ORDER BY service"_s, {}, [&](const QSqlQuery &row) {
                                  state.processes << ManagedProcess{
                                      row.value(0).toString(), row.value(1).toLongLong(),
                                      quint64(row.value(2).toLongLong()), row.value(3).toString(),
                                      row.value(4).toString(), fromIsoTime(row.value(5).toString())};
                              });
    if (done)
        done = m_journal->run(u"SELECT key, value FROM state"_s, {}, [&](const QSqlQuery &row) {
            state.state[row.value(0).toString()] = row.value(1).toString();
        });
    return done;
}

} // namespace prunella
