// The public objects of `status --json` and `metrics --json`.
#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;
using json::numberOrNull;
using json::timeOrNull;

namespace {

QJsonObject statsJson(const RecoveryStats &stats)
{
    return {{u"incidents"_s, stats.incidents}, {u"resolved"_s, stats.resolved}, {u"escalated"_s, stats.escalated},
            {u"actions"_s, stats.actions},     {u"verified"_s, stats.verified}, {u"failed"_s, stats.failed}};
}

QJsonObject engineJson(const EngineFrame &frame)
{
    const EngineInfo &engine = frame.engine;
    QJsonObject object{{u"pid"_s, engine.pid},
                       {u"version"_s, engine.version},
                       {u"mode"_s, toString(engine.mode)},
                       {u"ceiling"_s, toString(engine.ceiling)},
                       {u"enabled"_s, engine.enabled},
                       {u"shadow"_s, engine.shadow},
                       {u"read_only"_s, engine.readOnly},
                       {u"holder"_s, json::textOrNull(engine.holder)},
                       {u"started_at"_s, timeOrNull(engine.startedAt)},
                       {u"config_file"_s, engine.configFile},
                       {u"environment"_s, engine.environment},
                       {u"state_dir"_s, engine.stateDir}};
    // seconds; null before the first beat, never negative when the wall clock was set back
    object[u"heartbeat_age"_s] = engine.heartbeatAt == 0
        ? QJsonValue(QJsonValue::Null)
        : QJsonValue(double(std::max<qint64>(0, frame.wallMs - engine.heartbeatAt)) / 1000.0);
    return object;
}

QJsonArray componentsJson(const QList<ComponentHealth> &components)
{
    QJsonArray list;
    for (const ComponentHealth &component : components) {
        list.append(QJsonObject{{u"name"_s, component.name},
                                {u"health"_s, toString(component.health)},
                                {u"reason"_s, component.reason},
                                {u"since"_s, timeOrNull(component.since)},
                                {u"manager"_s, component.manager},
                                {u"unit"_s, component.unit},
                                {u"paused"_s, component.paused},
                                {u"shadow"_s, component.shadow},
                                {u"dependents"_s, QJsonArray::fromStringList(component.dependents)}});
    }
    return list;
}

QJsonArray pausesJson(const QList<PauseInfo> &pauses)
{
    QJsonArray list;
    for (const PauseInfo &pause : pauses) {
        list.append(QJsonObject{{u"target"_s, json::textOrNull(pause.target)},
                                {u"until"_s, timeOrNull(pause.until)},
                                {u"by"_s, pause.by}});
    }
    return list;
}

QString levelWord(NoticeLevel level)
{
    switch (level) {
    case NoticeLevel::Info: return u"info"_s;
    case NoticeLevel::Warning: return u"warning"_s;
    case NoticeLevel::Error: return u"error"_s;
    }
    return {};
}

QJsonArray noticesJson(const QList<Notice> &notices)
{
    QJsonArray list;
    for (const Notice &notice : notices) {
        list.append(QJsonObject{
            {u"id"_s, notice.id}, {u"level"_s, levelWord(notice.level)}, {u"text"_s, notice.text}});
    }
    return list;
}

} // namespace

QJsonObject toJson(const MetricRow &row)
{
    return {{u"schema"_s, 1},
            {u"metric_name"_s, row.key.metric},
            {u"labels"_s, toJson(row.key.labels)},
            {u"component"_s, row.component},
            {u"current_value"_s, row.value},
            {u"unit"_s, row.unit},
            {u"status"_s, toString(row.status)},
            {u"threshold_warning"_s, numberOrNull(row.warning)},
            {u"threshold_critical"_s, numberOrNull(row.critical)},
            {u"measured_at"_s, timeOrNull(row.at)},
            {u"anomaly_score"_s, row.anomaly}};
}

QJsonObject statusJson(const EngineFrame &frame)
{
    QJsonArray open;
    for (const Incident &incident : frame.open)
        open.append(toJson(incident));
    return {{u"schema"_s, 1},
            {u"at"_s, timeOrNull(frame.wallMs)},
            {u"health"_s, toString(frame.overall)},
            {u"components"_s, componentsJson(frame.components)},
            {u"active_incidents"_s, open},
            {u"recovery_stats"_s, statsJson(frame.stats)},
            {u"mtta"_s, numberOrNull(frame.stats.mtta)},
            {u"mttd"_s, numberOrNull(frame.stats.mttd)},
            {u"mttr"_s, numberOrNull(frame.stats.mttr)},
            {u"success_rate"_s, numberOrNull(frame.stats.successRate)},
            {u"errors_per_hour"_s, frame.stats.errorsPerHour},
            {u"uptime"_s, frame.stats.uptime},
            {u"engine"_s, engineJson(frame)},
            {u"last_sample_at"_s, timeOrNull(frame.lastSampleAt)},
            {u"pauses"_s, pausesJson(frame.pauses)},
            {u"notices"_s, noticesJson(frame.notices)},
            {u"failed_before"_s, QJsonArray::fromStringList(frame.failedBefore)}};
}

} // namespace prunella
