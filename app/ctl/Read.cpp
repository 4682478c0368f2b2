// What the store tells, whether an engine runs or not.
#include "app/ctl/Commands.h"
#include "app/ctl/Tree.h"
#include "core/engine/ControlProtocol.h"
#include "core/engine/EngineOptions.h"
#include "core/model/Json.h"
#include "core/model/Sentences.h"
#include "core/store/StoreReader.h"

#include <QFile>

namespace prunella::ctl {
namespace {

constexpr qint64 weekMs = 7 * 86'400'000LL;

Result<qint64> sinceTime(const std::string &text)
{
    const auto duration = parseDuration(text);
    if (!duration)
        return failure(ErrorCode::Invalid, QStringLiteral("--since %1 is no duration; expected for example 12h or 7d").arg(qs(text)));
    return SystemClock().now().wallMs - *duration;
}

QString clockTime(qint64 wallMs)
{
    return wallMs == 0 ? QStringLiteral("-") : QDateTime::fromMSecsSinceEpoch(wallMs).toString(QStringLiteral("MM-dd HH:mm:ss"));
}

QString statusOf(const Incident &incident)
{
    return toString(incident.status);
}

Result<QList<Incident>> readIncidents(const Options &options, const IncidentQuery &query)
{
    auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
    if (!reader)
        return tl::unexpected(reader.error());
    return (*reader)->incidents(query);
}

/// What is known of earlier ones like them; a store that cannot tell it tells the incidents all the same.
QList<IncidentPattern> readPatterns(const Options &options)
{
    auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
    return reader ? (*reader)->patterns().value_or(QList<IncidentPattern>{}) : QList<IncidentPattern>{};
}

QJsonObject withPatterns(const Incident &incident, const QList<IncidentPattern> &patterns)
{
    QJsonArray list;
    for (const IncidentPattern &pattern : patternsOf(incident, patterns))
        list.append(toJson(pattern));
    QJsonObject object = toJson(incident);
    object.insert(QStringLiteral("patterns"), list);
    return object;
}

void printStatus(const QJsonObject &status)
{
    const auto text = [&status](const char *key) { return status.value(QLatin1String(key)); };
    const auto seconds = [&text](const char *key) { return text(key).isDouble() ? durationText(qint64(text(key).toDouble() * 1000)) : QStringLiteral("-"); };
    print(QStringLiteral("health: %1   open incidents: %2").arg(text("health").toString()).arg(text("active_incidents").toArray().size()));
    if (const QJsonObject engine = text("engine").toObject(); !engine.isEmpty()) {
        print(QStringLiteral("engine: pid %1, version %2, mode %3, last heartbeat %4 ago").arg(engine.value(QStringLiteral("pid")).toInteger())
                  .arg(engine.value(QStringLiteral("version")).toString(), engine.value(QStringLiteral("mode")).toString(),
                       durationText(qint64(engine.value(QStringLiteral("heartbeat_age")).toDouble() * 1000))));
    }
    for (const auto &value : text("pauses").toArray()) {
        const QJsonObject pause = value.toObject();
        const QString until = pause.value(QStringLiteral("until")).toString();
        print(QStringLiteral("paused: %1 %2, by %3").arg(pause.value(QStringLiteral("target")).toString(QStringLiteral("all automation")),
              until.isEmpty() ? QStringLiteral("until resumed") : QStringLiteral("until ") + clockTime(fromIsoTime(until)), pause.value(QStringLiteral("by")).toString()));
    }
    for (const auto &value : text("notices").toArray())
        print(QStringLiteral("! ") + value.toObject().value(QStringLiteral("text")).toString());
    QList<QStringList> rows;
    for (const auto &value : text("components").toArray()) {
        const auto component = value.toObject();
        rows.append({component.value(QStringLiteral("name")).toString(), component.value(QStringLiteral("health")).toString(), component.value(QStringLiteral("reason")).toString()});
    }
    if (!rows.isEmpty())
        printTable({QStringLiteral("COMPONENT"), QStringLiteral("HEALTH"), QStringLiteral("REASON")}, rows);
    print(QStringLiteral("uptime %1 %, %2 errors an hour").arg(text("uptime").toDouble() * 100, 0, 'f', 2).arg(text("errors_per_hour").toDouble(), 0, 'f', 2));
    print(QStringLiteral("time to detect %1, to recover %2, to acknowledge %3, success rate %4").arg(seconds("mttd"), seconds("mttr"), seconds("mtta"),
          text("success_rate").isDouble() ? QStringLiteral("%1 %").arg(text("success_rate").toDouble() * 100, 0, 'f', 0) : QStringLiteral("-")));
}

} // namespace

Result<Incident> findIncident(const Options &options, const std::string &id)
{
    IncidentQuery query;
    query.idPrefix = qs(id);
    const auto list = readIncidents(options, query);
    if (!list)
        return tl::unexpected(list.error());
    QList<Incident> matches;
    for (const auto &incident : *list) {
        if (incident.id.startsWith(query.idPrefix))
            matches.append(incident);
    }
    if (matches.isEmpty())
        return failure(ErrorCode::NotFound, QStringLiteral("no incident has the id %1").arg(query.idPrefix));
    if (matches.size() > 1)
        return failure(ErrorCode::NotFound, QStringLiteral("%1 incidents begin with %2; give more of the id").arg(matches.size()).arg(query.idPrefix));
    return matches.first();
}

int status(const Options &options)
{
    const auto live = askEngine(controlSocketPath(qs(options.stateDir)), {{QStringLiteral("ask"), QStringLiteral("status")}});
    QJsonObject object;
    if (live) {
        object = *live;
    } else {
        auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
        if (!reader)
            return complain(live.error());
        const qint64 now = SystemClock().now().wallMs;
        EngineFrame frame;
        frame.wallMs = now;
        frame.stats = (*reader)->stats(now - weekMs, now).value_or(RecoveryStats{});
        for (const auto &incident : (*reader)->incidents({}).value_or(QList<Incident>{})) {
            if (isOpen(incident))
                frame.open.append(incident);
        }
        object = statusJson(frame);
        object.insert(QStringLiteral("engine"), QJsonValue());
        if (!options.json)
            print(QStringLiteral("the engine is not running; this is what the store knows"));
    }
    if (options.json)
        printJson(object);
    else
        printStatus(object);
    return Done;
}

int incidents(const Options &options, const ReadOptions &what)
{
    const auto since = sinceTime(what.since);
    if (!since)
        return complain(since.error());
    IncidentQuery query;
    query.since = *since;
    if (!what.status.empty()) {
        query.status = fromString<IncidentStatus>(qs(what.status));
        if (!query.status)
            return complain({ErrorCode::Invalid, QStringLiteral("--status %1 is unknown; expected one of %2").arg(qs(what.status), words<IncidentStatus>().join(QStringLiteral(", ")))});
    }
    const auto list = readIncidents(options, query);
    if (!list)
        return complain(list.error());
    if (options.json) {
        QJsonArray array;
        const auto patterns = readPatterns(options);
        for (const auto &incident : *list)
            array.append(withPatterns(incident, patterns));
        printJson(array);
        return Done;
    }
    QList<QStringList> rows;
    for (const auto &incident : *list)
        rows.append({incident.id.left(8), clockTime(incident.detectedAt), statusOf(incident), toString(incident.severity), incident.component,
                     toString(incident.type), incident.diagnosis ? incident.diagnosis->rootCause : incident.summary});
    if (rows.isEmpty())
        print(QStringLiteral("no incidents in the last %1").arg(qs(what.since)));
    else
        printTable({QStringLiteral("ID"), QStringLiteral("DETECTED"), QStringLiteral("STATUS"), QStringLiteral("SEVERITY"), QStringLiteral("COMPONENT"), QStringLiteral("TYPE"), QStringLiteral("CAUSE")}, rows);
    return Done;
}

int show(const Options &options, const std::string &id, bool full)
{
    const auto incident = findIncident(options, id);
    if (!incident)
        return complain(incident.error());
    const auto patterns = readPatterns(options);
    if (options.json)
        printJson(withPatterns(*incident, patterns));
    else
        printIncident(*incident, patternsOf(*incident, patterns), full);
    return Done;
}

int showAttachment(const Options &options, const std::string &id)
{
    const auto incident = findIncident(options, id);
    if (!incident)
        return complain(incident.error());
    bool any = false;
    for (const auto &action : incident->actions) {
        if (action.attachment.isEmpty())
            continue;
        QFile file(action.attachment);
        if (!file.open(QIODevice::ReadOnly))
            return complain({ErrorCode::Io, QStringLiteral("cannot read %1: %2").arg(action.attachment, file.errorString())});
        print(QString::fromUtf8(file.readAll()));
        any = true;
    }
    return any ? int(Done) : complain({ErrorCode::NotFound, QStringLiteral("no action of incident %1 attached anything").arg(incident->id)});
}

namespace {

QJsonObject journalJson(const JournalTimes &times)
{
    const auto time = [](qint64 wallMs) { return wallMs == 0 ? QJsonValue() : QJsonValue(isoTime(wallMs)); };
    return {{QStringLiteral("intent_at"), time(times.intentAt)}, {QStringLiteral("started_at"), time(times.startedAt)},
            {QStringLiteral("outcome_at"), time(times.outcomeAt)}, {QStringLiteral("verified_at"), time(times.verifiedAt)},
            {QStringLiteral("verdict"), times.verdict}, {QStringLiteral("undone_at"), time(times.undoneAt)},
            {QStringLiteral("undone_by"), times.undoneBy.isEmpty() ? QJsonValue() : QJsonValue(times.undoneBy)}};
}

/// Each step's time as the journal has it; an action that it does not know has none.
QHash<QString, JournalTimes> readJournal(const Options &options, const QList<Incident> &incidents)
{
    QStringList ids;
    for (const Incident &incident : incidents) {
        for (const RecoveryActionRecord &action : incident.actions)
            ids.append(action.id);
    }
    auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
    return reader ? (*reader)->journal(ids).value_or(QHash<QString, JournalTimes>{}) : QHash<QString, JournalTimes>{};
}

} // namespace

int actions(const Options &options, const ReadOptions &what)
{
    const auto since = sinceTime(what.since);
    if (!since)
        return complain(since.error());
    IncidentQuery query;
    query.since = *since;
    const auto list = readIncidents(options, query);
    if (!list)
        return complain(list.error());
    const auto journal = readJournal(options, *list);
    QJsonArray array;
    QList<QStringList> rows;
    for (const auto &incident : *list) {
        for (const auto &action : incident.actions) {
            QJsonObject object = toJson(action);
            object.insert(QStringLiteral("incident"), incident.id);
            object.insert(QStringLiteral("schema"), 1);
            object.insert(QStringLiteral("journal"), journal.contains(action.id) ? QJsonValue(journalJson(journal[action.id])) : QJsonValue());
            array.append(object);
            rows.append({action.id.left(8), incident.id.left(8), clockTime(action.startedAt), toString(action.type), action.target, toString(action.status),
                         action.verified ? QStringLiteral("verified") : action.verdict ? toString(*action.verdict) : QStringLiteral("-"), action.decision.detail});
        }
    }
    if (options.json)
        printJson(array);
    else if (rows.isEmpty())
        print(QStringLiteral("no actions in the last %1").arg(qs(what.since)));
    else
        printTable({QStringLiteral("ID"), QStringLiteral("INCIDENT"), QStringLiteral("STARTED"), QStringLiteral("ACTION"), QStringLiteral("TARGET"), QStringLiteral("STATUS"), QStringLiteral("VERDICT"), QStringLiteral("REASON")}, rows);
    return Done;
}

int metrics(const Options &options)
{
    QJsonArray array; // the engine's newest values; without one, what it last wrote
    if (const auto live = askEngine(controlSocketPath(qs(options.stateDir)), {{QStringLiteral("ask"), QStringLiteral("metrics")}})) {
        array = live->value(QStringLiteral("metrics")).toArray();
    } else {
        auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
        if (!reader)
            return complain(reader.error());
        const auto list = (*reader)->latestMetrics();
        if (!list)
            return complain(list.error());
        for (const auto &row : *list)
            array.append(toJson(row));
    }
    QList<QStringList> rows;
    for (const QJsonValue &value : std::as_const(array)) {
        const QJsonObject row = value.toObject();
        const SeriesKey key{row[QStringLiteral("metric_name")].toString(), labelsFromJson(row[QStringLiteral("labels")].toObject())};
        rows.append({toString(key), valueText(row[QStringLiteral("current_value")].toDouble(), row[QStringLiteral("unit")].toString()),
                     row[QStringLiteral("status")].toString(), clockTime(fromIsoTime(row[QStringLiteral("measured_at")].toString()))});
    }
    if (options.json)
        printJson(array);
    else if (rows.isEmpty())
        print(QStringLiteral("nothing was measured yet"));
    else
        printTable({QStringLiteral("METRIC"), QStringLiteral("VALUE"), QStringLiteral("STATUS"), QStringLiteral("MEASURED")}, rows);
    return Done;
}

} // namespace prunella::ctl
