#include "core/store/Schema.h"

#include <QFileInfo>

namespace prunella::store {

using namespace Qt::StringLiterals;

namespace {

/// What helped against what, counted from the incidents: which actions have had their verification.
QString recoveryProcedures()
{
    return u"CREATE VIEW recovery_procedures AS SELECT error_type || '/' || cause || '/' || action AS id,"
        " error_type || '/' || cause AS error_pattern, json_array(action) AS procedure_steps,"
        " avg(verified) AS success_rate, max(completed_at) AS last_updated, count(*) AS uses FROM ("
        "SELECT i.error_type, coalesce(json_extract(i.diagnosis, '$.cause_id'), '') AS cause,"
        " json_extract(a.value, '$.action_type') AS action, json_extract(a.value, '$.verified') AS verified,"
        " json_extract(a.value, '$.completed_at') AS completed_at"
        " FROM error_incidents i, json_each(i.recovery_actions) a"
        " WHERE json_extract(a.value, '$.action_type') <> 'health_check'"
        " AND (json_extract(a.value, '$.status') IN ('failed', 'rolled_back', 'unknown')"
        " OR (json_extract(a.value, '$.status') = 'completed'"
        " AND (json_extract(a.value, '$.verdict') IS NOT NULL OR i.status = 'resolved')))"
        ") GROUP BY error_type, cause, action"_s;
}

/// Step 2 of prunella.db: what the incidents have in common, replaced as a whole; `document` is the pattern as JSON.
QStringList incidentPatterns()
{
    return {u"CREATE TABLE incident_patterns (seq INTEGER PRIMARY KEY, kind TEXT NOT NULL, component TEXT NOT NULL,"
            " error_type TEXT NOT NULL, support INTEGER NOT NULL, out_of INTEGER NOT NULL, confidence REAL NOT NULL,"
            " first_seen TEXT, last_seen TEXT, document TEXT NOT NULL)"_s};
}

/// Step 3 of prunella.db.
QStringList findingsAndFeedback()
{
    return {
        // What every detector found, so that a backtest can tell it again; forgotten with the samples.
        u"CREATE TABLE error_events (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, component TEXT NOT NULL,"
        " error_type TEXT NOT NULL, severity TEXT NOT NULL, cleared INTEGER NOT NULL, reason TEXT NOT NULL,"
        " started_at TEXT, condition TEXT NOT NULL)"_s,
        u"CREATE INDEX error_events_at ON error_events(at)"_s,
        // What people say of incidents; without an incident: of one that was missed at that time.
        u"CREATE TABLE incident_feedback (seq INTEGER PRIMARY KEY, incident_id TEXT UNIQUE, component TEXT NOT NULL,"
        " at TEXT, mark TEXT NOT NULL, said_at TEXT, said_by TEXT NOT NULL, note TEXT NOT NULL)"_s,
    };
}

/// Step 4 of prunella.db: what was changed on the machine; kept as long as the incidents are.
QStringList changes()
{
    return {u"CREATE TABLE changes (id TEXT PRIMARY KEY, at TEXT NOT NULL, kind TEXT NOT NULL, component TEXT NOT NULL,"
            " subject TEXT NOT NULL, from_version TEXT NOT NULL, to_version TEXT NOT NULL, detail TEXT NOT NULL,"
            " by TEXT NOT NULL)"_s,
            u"CREATE INDEX changes_at ON changes(at)"_s,
            u"CREATE INDEX changes_component ON changes(component, at)"_s};
}

/// Step 5 of prunella.db: what depends on what, with its history. `ended` is NULL while the edge is in the graph; an edge
/// that comes back later is a new row.
QStringList topologyEdges()
{
    return {
        u"CREATE TABLE topology_edges (id INTEGER PRIMARY KEY, from_node TEXT NOT NULL, to_node TEXT NOT NULL,"
        " kind TEXT NOT NULL, declared INTEGER NOT NULL, detail TEXT NOT NULL, first_seen TEXT NOT NULL,"
        " last_seen TEXT NOT NULL, ended TEXT)"_s,
        u"CREATE UNIQUE INDEX topology_edges_now ON topology_edges(from_node, to_node, kind) WHERE ended IS NULL"_s,
        u"CREATE INDEX topology_edges_ended ON topology_edges(ended) WHERE ended IS NOT NULL"_s,
    };
}

/// Step 6 of prunella.db: incidents that turned out to be part of another one.
QStringList mergedIncidents()
{
    return {u"CREATE TABLE merged_incidents (id TEXT PRIMARY KEY, merged_into TEXT NOT NULL, at TEXT, document TEXT NOT NULL)"_s};
}

/// Step 7 of prunella.db: the audit trail as a chain (AuditChain gives the rows that are there their hashes), and when each
/// step of an action was done.
QStringList auditChainAndSteps()
{
    return {
        u"ALTER TABLE audit ADD COLUMN prev_hash TEXT NOT NULL DEFAULT ''"_s,
        u"ALTER TABLE audit ADD COLUMN hash TEXT NOT NULL DEFAULT ''"_s,
        u"ALTER TABLE journal ADD COLUMN started_at TEXT"_s,
        u"ALTER TABLE journal ADD COLUMN verified_at TEXT"_s,
        u"ALTER TABLE journal ADD COLUMN verdict TEXT NOT NULL DEFAULT ''"_s,
        u"ALTER TABLE journal ADD COLUMN undone_at TEXT"_s,
        u"ALTER TABLE journal ADD COLUMN undone_by TEXT NOT NULL DEFAULT ''"_s,
    };
}

/// Step 8 of prunella.db: the procedures that are in use. Their success is that of the incidents in which they were followed; what
/// was done without one is counted as before, by type, cause and action.
QStringList storedProcedures()
{
    const QString done = u"json_extract(a.value, '$.status') IN ('failed', 'rolled_back', 'unknown')"
                         " OR (json_extract(a.value, '$.status') = 'completed'"
                         " AND (json_extract(a.value, '$.verdict') IS NOT NULL OR i.status = 'resolved'))"_s;
    const QString followed = u"SELECT json_extract(a.value, '$.procedure') AS id, i.id AS incident,"
                             " max(json_extract(a.value, '$.verified')) AS healed, max(json_extract(a.value, '$.completed_at')) AS at"
                             " FROM error_incidents i, json_each(i.recovery_actions) a"
                             " WHERE json_extract(a.value, '$.procedure') IS NOT NULL"
                             " AND json_extract(a.value, '$.undoes') IS NULL AND ("_s + done + u") GROUP BY 1, 2"_s;
    QString others = recoveryProcedures();
    others.remove(u"CREATE VIEW recovery_procedures AS "_s);
    others.replace(u" WHERE "_s, u" WHERE json_extract(a.value, '$.procedure') IS NULL AND "_s);
    return {u"CREATE TABLE stored_procedures (id TEXT PRIMARY KEY, error_pattern TEXT NOT NULL, procedure_steps TEXT NOT NULL,"
            " updated_at TEXT) WITHOUT ROWID"_s,
            u"DROP VIEW recovery_procedures"_s,
            u"CREATE VIEW recovery_procedures AS SELECT p.id AS id, p.error_pattern AS error_pattern, p.procedure_steps AS procedure_steps,"
            " avg(f.healed) AS success_rate, coalesce(max(p.updated_at, max(f.at)), p.updated_at, max(f.at)) AS last_updated,"
            " count(f.incident) AS uses FROM stored_procedures p LEFT JOIN ("_s + followed + u") f ON f.id = p.id GROUP BY p.id"
            " UNION ALL "_s + others};
}

/// Step 9 of prunella.db: the releases of a service and how each has been; a failed one is never chosen again.
QStringList releases()
{
    return {u"CREATE TABLE releases (service TEXT NOT NULL, release TEXT NOT NULL, first_seen TEXT, last_seen TEXT,"
            " healthy_ms INTEGER NOT NULL, failed_at TEXT, failed_why TEXT NOT NULL, PRIMARY KEY (service, release)) WITHOUT ROWID"_s};
}

} // namespace

// All times in prunella.db are ISO 8601 UTC texts with milliseconds, so that people can read and compare them.
const Migrations &journalMigrations()
{
    static const Migrations migrations{QStringList{
        u"CREATE TABLE error_incidents (id TEXT PRIMARY KEY, error_type TEXT NOT NULL, severity TEXT NOT NULL,"
        " detected_at TEXT, resolved_at TEXT, diagnosis TEXT, recovery_actions TEXT NOT NULL,"
        " effectiveness_score REAL, status TEXT NOT NULL, component TEXT NOT NULL, host TEXT NOT NULL,"
        " started_at TEXT, acknowledged_at TEXT, document TEXT NOT NULL)"_s,
        u"CREATE INDEX error_incidents_detected ON error_incidents(detected_at)"_s,
        u"CREATE INDEX error_incidents_open ON error_incidents(status) WHERE status <> 'resolved'"_s,
        u"CREATE TABLE incident_timeline (incident_id TEXT NOT NULL, seq INTEGER NOT NULL, at TEXT,"
        " status TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (incident_id, seq)) WITHOUT ROWID"_s,
        u"CREATE TABLE journal (action_id TEXT PRIMARY KEY, incident_id TEXT, intent TEXT, epoch INTEGER, at TEXT,"
        " outcome TEXT, outcome_at TEXT)"_s,
        u"CREATE INDEX journal_unfinished ON journal(at) WHERE outcome IS NULL"_s,
        u"CREATE TABLE audit (seq INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT, actor TEXT NOT NULL, verb TEXT NOT NULL,"
        " subject TEXT NOT NULL, detail TEXT NOT NULL)"_s,
        u"CREATE INDEX audit_at ON audit(at)"_s,
        u"CREATE TABLE outbox (delivery_id TEXT PRIMARY KEY, incident_id TEXT NOT NULL, channel TEXT NOT NULL,"
        " event TEXT NOT NULL, body TEXT NOT NULL, created_at TEXT, tries INTEGER NOT NULL, delivered INTEGER NOT NULL"
        " DEFAULT 0)"_s,
        u"CREATE INDEX outbox_waiting ON outbox(created_at) WHERE delivered = 0"_s,
        u"CREATE TABLE managed_processes (service TEXT PRIMARY KEY, pid INTEGER NOT NULL, start_ticks INTEGER NOT NULL,"
        " boot_id TEXT NOT NULL, output_file TEXT NOT NULL, started_at TEXT)"_s,
        u"CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"_s,
        recoveryProcedures(),
    }, incidentPatterns(), findingsAndFeedback(), changes(), topologyEdges(), mergedIncidents(), auditChainAndSteps(), storedProcedures(), releases()};
    return migrations;
}

// Times in metrics.db are whole numbers for size: `at` and `since` in ms since 1970, buckets in minutes or hours.
const Migrations &metricsMigrations()
{
    static const Migrations migrations{{
        u"CREATE TABLE series (id INTEGER PRIMARY KEY, metric TEXT NOT NULL, labels TEXT NOT NULL,"
        " component TEXT NOT NULL, unit TEXT NOT NULL, UNIQUE (metric, labels))"_s,
        // Status and limits change rarely: one row a change instead of three columns a sample.
        u"CREATE TABLE series_context (series_id INTEGER NOT NULL, since INTEGER NOT NULL, status TEXT NOT NULL,"
        " warning REAL, critical REAL, PRIMARY KEY (series_id, since)) WITHOUT ROWID"_s,
        u"CREATE TABLE samples (series_id INTEGER NOT NULL, at INTEGER NOT NULL, value REAL NOT NULL,"
        " PRIMARY KEY (series_id, at)) WITHOUT ROWID"_s,
        u"CREATE TABLE rollup_minute (series_id INTEGER NOT NULL, bucket INTEGER NOT NULL, low REAL NOT NULL,"
        " mean REAL NOT NULL, high REAL NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (series_id, bucket)) WITHOUT ROWID"_s,
        u"CREATE TABLE rollup_hour (series_id INTEGER NOT NULL, bucket INTEGER NOT NULL, low REAL NOT NULL,"
        " mean REAL NOT NULL, high REAL NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (series_id, bucket)) WITHOUT ROWID"_s,
        u"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID"_s,
        u"CREATE VIEW system_health_metrics AS SELECT (x.at << 20) | x.series_id AS id, s.metric AS metric_name,"
        " x.value AS current_value, c.warning AS threshold_warning, c.critical AS threshold_critical, c.status AS status,"
        " strftime('%Y-%m-%dT%H:%M:%fZ', x.at / 1000.0, 'unixepoch') AS measured_at,"
        " s.labels AS labels, s.component AS component, s.unit AS unit"
        " FROM samples x JOIN series s ON s.id = x.series_id LEFT JOIN series_context c ON c.series_id = x.series_id"
        " AND c.since = (SELECT max(since) FROM series_context WHERE series_id = x.series_id AND since <= x.at)"_s,
    }};
    return migrations;
}

Status migrate(Database &database, const Migrations &migrations)
{
    const auto version = database.value(u"PRAGMA user_version"_s);
    if (!version)
        return tl::unexpected(version.error());
    if (version->toLongLong() > migrations.size())
        return checkVersion(database, migrations);
    for (qsizetype next = version->toLongLong() + 1; next <= migrations.size(); ++next) {
        const Status done = database.transaction([&]() -> Status {
            for (const QString &statement : migrations[next - 1]) {
                if (auto applied = database.exec(statement); !applied)
                    return applied;
            }
            return database.exec(u"PRAGMA user_version = "_s + QString::number(next));
        });
        if (!done)
            return failure(done.error().code, u"step "_s + QString::number(next) + u" of the schema failed: "_s + done.error().message);
    }
    return {};
}

Status checkVersion(Database &database, const Migrations &migrations)
{
    const auto version = database.value(u"PRAGMA user_version"_s);
    if (!version)
        return tl::unexpected(version.error());
    if (version->toLongLong() == migrations.size())
        return {};
    const bool newer = version->toLongLong() > migrations.size();
    return failure(ErrorCode::Invalid, u"it has version "_s + version->toString() + u", this program knows version "_s
                       + QString::number(migrations.size())
                       + (newer ? u": a newer Prunella wrote it; update this one or use another state directory"_s
                                : u": start the engine once, it brings the store up to date"_s));
}

} // namespace prunella::store
