#include "core/engine/WatchingClient.h"

#include "core/base/Clock.h"
#include "core/config/Settings.h"
#include "core/engine/ControlProtocol.h"
#include "core/engine/PoolRead.h"
#include "core/engine/StoreReads.h"
#include "core/model/JsonProcedure.h"
#include "core/store/StoreReader.h"

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

constexpr int lookIntervalMs = 1000;
constexpr int askTimeoutMs = 800;
constexpr int planTimeoutMs = 15'000; // each step is looked at, files among them
constexpr qint64 dayMs = 86'400'000;
constexpr qint64 weekMs = 7 * dayMs;

/// What the running engine says of itself; nothing when it does not answer.
void fillFromEngine(EngineFrame &frame, const QJsonObject &status)
{
    frame.overall = fromString<Health>(status.value("health"_L1).toString()).value_or(Health::Unknown);
    const auto engine = status.value("engine"_L1).toObject();
    frame.engine.pid = qint64(engine.value("pid"_L1).toDouble());
    frame.engine.mode = fromString<Mode>(engine.value("mode"_L1).toString()).value_or(Mode::Approve);
    frame.engine.shadow = engine.value("shadow"_L1).toBool();
    frame.engine.heartbeatAt = frame.wallMs - qint64(engine.value("heartbeat_age"_L1).toDouble() * 1000);
    for (const auto &value : status.value("components"_L1).toArray()) {
        const auto object = value.toObject();
        ComponentHealth component;
        component.name = object.value("name"_L1).toString();
        component.health = fromString<Health>(object.value("health"_L1).toString()).value_or(Health::Unknown);
        component.reason = object.value("reason"_L1).toString();
        component.since = fromIsoTime(object.value("since"_L1).toString());
        component.shadow = object.value("shadow"_L1).toBool();
        frame.components.append(component);
    }
}

/// The engine's plan; without an answer an empty one that says why.
Result<IncidentPlan> askPlan(const QString &socket, const QString &incidentId)
{
    const auto reply = askEngine(socket, {{u"command"_s, u"plan"_s}, {u"incident"_s, incidentId}}, planTimeoutMs);
    if (reply && reply->value("ok"_L1).toBool())
        return planFromJson(*reply);
    IncidentPlan plan;
    plan.incidentId = incidentId;
    plan.why = u"this console only watches, and the engine does not say what it would do: %1"_s
                   .arg(reply ? reply->value("text"_L1).toString() : reply.error().message);
    return plan;
}

FramePtr lookNow(const EngineOptions &options, const QString &holder, quint64 version)
{
    auto frame = std::make_shared<EngineFrame>();
    frame->version = version;
    frame->wallMs = SystemClock().now().wallMs;
    frame->engine.version = options.version;
    frame->engine.readOnly = true;
    frame->engine.holder = holder;
    frame->engine.stateDir = options.stateDir;
    if (const auto status = askEngine(options.controlSocket, {{u"ask"_s, u"status"_s}}, askTimeoutMs))
        fillFromEngine(*frame, *status);
    auto reader = StoreReader::open(options.stateDir);
    if (!reader) {
        frame->notices.append({u"store"_s, NoticeLevel::Error, reader.error().message});
        return frame;
    }
    IncidentQuery query;
    query.since = frame->wallMs - dayMs;
    for (const auto &incident : (*reader)->incidents(query).value_or(QList<Incident>{}))
        (isOpen(incident) ? frame->open : frame->recent).append(incident);
    frame->metrics = (*reader)->latestMetrics().value_or(QList<MetricRow>{});
    for (const auto &row : std::as_const(frame->metrics))
        frame->lastSampleAt = std::max(frame->lastSampleAt, row.at);
    frame->patterns = (*reader)->patterns().value_or(QList<IncidentPattern>{});
    frame->stats = (*reader)->stats(frame->wallMs - weekMs, frame->wallMs).value_or(RecoveryStats{});
    return frame;
}

} // namespace

WatchingClient::WatchingClient(EngineOptions options, QString holder, QObject *parent)
    : EngineClient(parent)
    , m_options(std::move(options))
    , m_holder(std::move(holder))
    , m_frame(std::make_shared<EngineFrame>())
{
    connect(&m_timer, &QTimer::timeout, this, &WatchingClient::look);
    m_timer.start(lookIntervalMs);
    look();
}

void WatchingClient::look()
{
    if (m_looking)
        return;
    m_looking = true;
    auto looked = inPool<FramePtr>([options = m_options, holder = m_holder, version = m_frame->version + 1] { return lookNow(options, holder, version); });
    looked.then(this, [this](const FramePtr &frame) {
        m_looking = false;
        m_frame = frame;
        Q_EMIT frameReady(frame);
    });
}

quint64 WatchingClient::send(Command command)
{
    command.id = m_nextId++;
    const CommandAnswer refusal{command.id, false, ErrorCode::Busy,
        u"this console only watches: %1. Answer with prunellactl, or stop that engine and start the console again"_s.arg(m_holder)};
    if (command.kind != CommandKind::SampleFast)
        QMetaObject::invokeMethod(this, [this, refusal] { Q_EMIT commandAnswered(refusal); }, Qt::QueuedConnection);
    return command.id;
}

QFuture<QList<Incident>> WatchingClient::incidents(IncidentQuery query)
{
    return inPool<QList<Incident>>([query, dir = m_options.stateDir] { return readIncidents(dir, query); });
}

QFuture<QList<HistoryPoint>> WatchingClient::history(HistoryQuery query)
{
    return inPool<QList<HistoryPoint>>([query, dir = m_options.stateDir] { return readHistory(dir, query); });
}

QFuture<Result<IncidentPlan>> WatchingClient::plan(QString incidentId)
{
    return inPool<Result<IncidentPlan>>([incidentId, socket = m_options.controlSocket] { return askPlan(socket, incidentId); });
}

QFuture<QList<RightVerdict>> WatchingClient::rights()
{
    return inPool<QList<RightVerdict>>([] { return QList<RightVerdict>{}; });
}

QFuture<SettingsSnapshot> WatchingClient::settings()
{
    return inPool<SettingsSnapshot>([sources = m_options.sources] { return settingsSnapshot(sources); });
}

QFuture<SettingsPreview> WatchingClient::previewSettings(QList<SettingChange> changes)
{
    return inPool<SettingsPreview>([sources = m_options.sources, changes] { return prunella::previewSettings(sources, changes); });
}

QFuture<QList<ConfigProblem>> WatchingClient::saveSettings(QList<SettingChange>)
{
    const ConfigProblem refusal{ProblemLevel::Error, {}, 0, 0, {}, u"this console only watches; nothing was saved"_s};
    return inPool<QList<ConfigProblem>>([refusal] { return QList<ConfigProblem>{refusal}; });
}

} // namespace prunella
