#include "core/engine/Engine.h"

#include "core/config/Settings.h"
#include "core/engine/Audits.h"
#include "core/engine/EngineWorker.h"
#include "core/engine/PoolRead.h"
#include "core/engine/RightsReport.h"
#include "core/engine/StoreReads.h"

#include <cstdlib>

namespace prunella {
namespace {

constexpr unsigned long stopTimeoutMs = 15'000;

} // namespace

Engine::Engine(EngineOptions options, QObject *parent)
    : EngineClient(parent)
    , m_options(std::move(options))
    , m_frame(std::make_shared<EngineFrame>())
{
    qRegisterMetaType<FramePtr>();
    m_thread.setObjectName(QStringLiteral("engine"));
}

Engine::~Engine()
{
    stop();
}

void Engine::start(const LoadedConfig &config)
{
    if (m_worker)
        return;
    m_config = config.config;
    m_thread.start();
    m_host = std::make_unique<QObject>();
    m_host->moveToThread(&m_thread);
    // Made and ended in its own thread, so that everything it owns belongs there.
    QMetaObject::invokeMethod(m_host.get(), [this, &config] {
        m_worker = std::make_unique<EngineWorker>(m_options, config, std::make_shared<SystemClock>());
    }, Qt::BlockingQueuedConnection);
    connectWorker();
    QMetaObject::invokeMethod(m_worker.get(), &EngineWorker::start);
}

void Engine::connectWorker()
{
    EngineWorker *worker = m_worker.get();
    connect(worker, &EngineWorker::started, this, &Engine::started);
    connect(worker, &EngineWorker::startFailed, this, &Engine::startFailed);
    connect(worker, &EngineWorker::frameReady, this, [this](const FramePtr &frame) {
        m_frame = frame;
        Q_EMIT frameReady(frame);
    });
    connect(worker, &EngineWorker::configChanged, this, [this](const Config &config) { m_config = config; });
    connect(worker, &EngineWorker::incidentChanged, this, &Engine::incidentChanged);
    connect(worker, &EngineWorker::approvalAsked, this, &Engine::approvalAsked);
    connect(worker, &EngineWorker::approvalWithdrawn, this, &Engine::approvalWithdrawn);
    connect(worker, &EngineWorker::noticeChanged, this, &Engine::noticeChanged);
    connect(worker, &EngineWorker::commandAnswered, this, &Engine::commandAnswered);
    connect(worker, &EngineWorker::eventHappened, this, &Engine::eventHappened);
}

void Engine::stop()
{
    if (!m_worker)
        return;
    QMetaObject::invokeMethod(m_host.get(), [this] {
        m_worker.reset();
        m_thread.quit();
    });
    if (!m_thread.wait(stopTimeoutMs)) {
        qCritical("the engine did not end in time; the process ends without it");
        std::_Exit(5); // its thread still uses what would be destroyed now
    }
    m_host.reset();
}

quint64 Engine::send(Command command)
{
    command.id = m_nextId++;
    if (command.actor.isEmpty())
        command.actor = QStringLiteral("console");
    if (!m_worker) {
        const quint64 id = command.id;
        QMetaObject::invokeMethod(this, [this, id] {
            Q_EMIT commandAnswered({id, false, ErrorCode::Unavailable, QStringLiteral("the engine is not running")});
        }, Qt::QueuedConnection);
        return id;
    }
    QMetaObject::invokeMethod(m_worker.get(), [worker = m_worker.get(), command] { worker->command(command); });
    return command.id;
}

QFuture<QList<Incident>> Engine::incidents(IncidentQuery query)
{
    return inPool<QList<Incident>>([query, dir = m_options.stateDir] { return readIncidents(dir, query); });
}

QFuture<QList<HistoryPoint>> Engine::history(HistoryQuery query)
{
    return inPool<QList<HistoryPoint>>([query, dir = m_options.stateDir] { return readHistory(dir, query); });
}

QString Engine::describe(const QString &incidentId, ActionType action) const
{
    const auto it = std::find_if(m_frame->open.cbegin(), m_frame->open.cend(), [&](const Incident &i) { return i.id == incidentId; });
    if (it == m_frame->open.cend())
        return {};
    const auto service = std::find_if(m_config.services.cbegin(), m_config.services.cend(), [&](const ServiceConfig &s) { return s.name == it->component; });
    ActionRequest request;
    request.type = action;
    request.target = it->component;
    if (service != m_config.services.cend()) {
        request.manager = service->manager;
        request.unit = service->unit;
    }
    return ActionCenter::describe(request, service == m_config.services.cend() ? nullptr : &*service);
}

/// Asked in the engine's own thread; an engine that stops meanwhile leaves the future cancelled.
QFuture<Result<IncidentPlan>> Engine::plan(QString incidentId)
{
    auto promise = std::make_shared<QPromise<Result<IncidentPlan>>>();
    promise->start();
    if (m_worker) {
        QMetaObject::invokeMethod(m_worker.get(), [promise, worker = m_worker.get(), incidentId] {
            promise->addResult(worker->plan(incidentId));
            promise->finish();
        });
    } else {
        promise->addResult(Result<IncidentPlan>(failure(ErrorCode::Unavailable, QStringLiteral("the engine is not running"))));
        promise->finish();
    }
    return promise->future();
}

QFuture<QList<RightVerdict>> Engine::rights()
{
    return inPool<QList<RightVerdict>>([services = m_config.services] { return rightsReport(services, realRights()); });
}

QFuture<SettingsSnapshot> Engine::settings()
{
    return inPool<SettingsSnapshot>([sources = m_options.sources] { return settingsSnapshot(sources); });
}

QFuture<SettingsPreview> Engine::previewSettings(QList<SettingChange> changes)
{
    return inPool<SettingsPreview>([sources = m_options.sources, changes] { return prunella::previewSettings(sources, changes); });
}

QFuture<QList<ConfigProblem>> Engine::saveSettings(QList<SettingChange> changes)
{
    auto saved = inPool<QList<ConfigProblem>>([sources = m_options.sources, changes] { return prunella::saveSettings(sources, changes); });
    return saved.then(this, [this, changes](const QList<ConfigProblem> &problems) {
        const bool failed = std::any_of(problems.begin(), problems.end(), [](const auto &p) { return p.level == ProblemLevel::Error; });
        if (!failed)
            send(reloadAfter(changes));
        return problems;
    });
}

} // namespace prunella
