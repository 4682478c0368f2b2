#include "core/engine/ReplayHistory.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 dayMs = 86'400'000, nearMs = 2000;

/// As it stood when the replay begins: what was done later is not known yet.
Incident asOf(Incident incident, qint64 from)
{
    incident.actions.removeIf([from](const auto &action) { return action.startedAt == 0 || action.startedAt >= from; });
    if (incident.resolvedAt == 0 || incident.resolvedAt > from)
        incident.resolvedAt = from;
    incident.status = IncidentStatus::Resolved;
    return incident;
}

void splitIncidents(const QList<Incident> &all, ReplayHistory &history)
{
    for (const Incident &incident : all) {
        if (incident.detectedAt >= history.to)
            continue;
        if (incident.detectedAt >= history.from || isOpen(incident) || incident.resolvedAt > history.from)
            history.incidents << incident;
        if (incident.detectedAt < history.from && (isOpen(incident) || incident.resolvedAt > history.from - dayMs))
            history.before << asOf(incident, history.from);
    }
}

qint64 clearedAt(const Incident &incident)
{
    for (const auto &action : incident.actions) {
        if (action.verified)
            return action.completedAt;
    }
    for (const TimelineEntry &entry : incident.timeline) {
        if (entry.reason.startsWith(u"the condition cleared"_s))
            return entry.at;
    }
    return incident.resolvedAt;
}

/// The two events that an incident must have had; for stores that are older than the record of events.
QList<ErrorEvent> eventsOf(const Incident &incident)
{
    ErrorEvent event;
    event.condition = incident.condition;
    event.type = incident.type;
    event.severity = incident.severity;
    event.reason = incident.summary;
    event.startedWallMs = incident.startedAt;
    event.wallMs = incident.detectedAt;
    QList<ErrorEvent> events{event};
    if (const qint64 end = clearedAt(incident); end != 0) {
        event.cleared = true;
        event.reason = u"as the incident says"_s;
        event.startedWallMs = event.wallMs = end;
        events << event;
    }
    return events;
}

void addAssumed(const QList<Incident> &incidents, QList<ErrorEvent> &events, int &assumed)
{
    const QList<ErrorEvent> recorded = events;
    for (const Incident &incident : incidents) {
        const bool known = std::any_of(recorded.begin(), recorded.end(), [&](const ErrorEvent &event) {
            return !event.cleared && event.condition.component == incident.component && qAbs(event.wallMs - incident.detectedAt) < nearMs;
        });
        if (known || !isTold(incident.condition.kind))
            continue;
        const auto made = eventsOf(incident);
        events << made;
        assumed += int(made.size());
    }
    std::stable_sort(events.begin(), events.end(), [](const auto &a, const auto &b) { return a.wallMs < b.wallMs; });
}

QMap<ActionType, qint64> medianTimes(const QList<Incident> &incidents)
{
    QMap<ActionType, QList<qint64>> times;
    for (const Incident &incident : incidents) {
        for (const auto &action : incident.actions) {
            if (action.startedAt != 0 && action.completedAt >= action.startedAt && action.status == ActionStatus::Completed)
                times[action.type] << action.completedAt - action.startedAt;
        }
    }
    QMap<ActionType, qint64> medians;
    for (auto it = times.begin(); it != times.end(); ++it) {
        std::sort(it->begin(), it->end());
        medians.insert(it.key(), it->at(it->size() / 2));
    }
    return medians;
}

} // namespace

bool isTold(ConditionKind kind)
{
    return kind != ConditionKind::Threshold && kind != ConditionKind::Anomaly; // these are found anew in the samples
}

bool isWatched(const Config &config, const Condition &condition)
{
    if (condition.component == u"host")
        return true;
    const auto service = std::find_if(config.services.begin(), config.services.end(),
                                      [&](const ServiceConfig &s) { return s.name == condition.component; });
    if (service == config.services.end())
        return false;
    return condition.kind != ConditionKind::CheckFailing || condition.check < service->health.size();
}

Result<ReplayHistory> readReplayHistory(StoreReader &reader, const Config &config, qint64 from, qint64 to)
{
    ReplayHistory history;
    history.from = from;
    history.to = to;
    IncidentQuery query;
    query.since = from - 30 * dayMs; // the longest that an incident is expected to last
    query.limit = 1'000'000;
    const auto incidents = reader.incidents(query);
    auto events = reader.errorEvents(from - dayMs, to);
    const auto missed = reader.missedMarks(from, to);
    if (!incidents || !events || !missed)
        return tl::unexpected(!incidents ? incidents.error() : !events ? events.error() : missed.error());
    history.missed = *missed;
    splitIncidents(*incidents, history);
    history.actionMs = medianTimes(*incidents);
    addAssumed(history.incidents, *events, history.assumedEvents);
    for (const ErrorEvent &event : std::as_const(*events)) {
        if (!isTold(event.condition.kind) || event.wallMs >= to)
            continue;
        if (!isWatched(config, event.condition)) {
            history.leftOut += event.wallMs >= from;
        } else if (event.wallMs >= from) {
            history.events << event;
        } else {
            history.holding.removeIf([&](const ErrorEvent &held) { return held.condition == event.condition; });
            if (!event.cleared)
                history.holding << event;
        }
    }
    return history;
}

} // namespace prunella
