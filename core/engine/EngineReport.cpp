// What the engine tells: events, notices, pictures.
#include "core/base/Logging.h"
#include "core/engine/ControlServer.h"
#include "core/engine/Deliberation.h"
#include "core/engine/EngineWorker.h"
#include "core/recovery/ClosePeek.h"
#include "core/store/DetectorFile.h"
#include "core/store/StoreReader.h"

#include <QCoreApplication>
#include <QThreadPool>

#include <fcntl.h>
#include <sys/stat.h>

namespace prunella {
namespace {

constexpr int frameIntervalMs = 250;   // at most four pictures a second
constexpr int memoryDelayMs = 1000;    // unit states are remembered a moment later: they must not delay a repair
constexpr qint64 statisticsWindowMs = 7 * 86'400'000LL;
constexpr qint64 forgetSeriesMs = 600'000;

} // namespace

void EngineWorker::tell(const EngineEvent &event)
{
    qCInfo(lcEngine).noquote() << event.event << event.component << event.incident.left(8) << event.reason;
    Q_EMIT eventHappened(event);
}

void EngineWorker::notice(const QString &id, NoticeLevel level, const QString &text)
{
    const bool known = m_notices.contains(id);
    if ((text.isEmpty() && !known) || (known && m_notices.value(id).text == text))
        return;
    const Notice notice{id, level, text};
    if (text.isEmpty())
        m_notices.remove(id);
    else
        m_notices.insert(id, notice);
    Q_EMIT noticeChanged(notice);
    tell({m_clock->now().wallMs, text.isEmpty() ? QStringLiteral("notice_over") : QStringLiteral("notice"), {}, {},
          text.isEmpty() ? id : id + QStringLiteral(": ") + text});
    markDirty();
}

void EngineWorker::storeHealthChanged(const StoreHealth &health)
{
    m_storeHealth = health;
    m_pipeline.setStoreDamaged(health.damagedAndReplaced);
    const bool well = health.journalOk && health.metricsOk && !health.damagedAndReplaced;
    notice(QStringLiteral("store"), health.journalOk ? NoticeLevel::Warning : NoticeLevel::Error, well ? QString() : health.text);
}

void EngineWorker::judgeHealth()
{
    const qint64 now = m_clock->now().wallMs;
    const auto changed = m_board.judge(m_pipeline.open(), [this](const QString &name) { return m_detectors.series().worstOf(name); }, now);
    if (changed.isEmpty())
        return;
    for (const auto &component : m_board.components()) {
        if (changed.contains(component.name))
            tell({now, QStringLiteral("health"), {}, component.name, QStringLiteral("%1: %2").arg(toString(component.health), component.reason)});
    }
    if (!m_memoryTimer.isActive())
        m_memoryTimer.start(memoryDelayMs);
    markDirty();
}

void EngineWorker::markDirty()
{
    if (m_options.frames && m_live && !m_frameTimer.isActive())
        m_frameTimer.start(frameIntervalMs);
}

FramePtr EngineWorker::buildFrame()
{
    auto frame = std::make_shared<EngineFrame>();
    const Now now = m_clock->now();
    frame->version = ++m_frameVersion;
    frame->wallMs = now.wallMs;
    frame->lastSampleAt = m_detectors.series().lastSampleAt();
    frame->overall = m_board.overall();
    frame->engine = {QCoreApplication::applicationPid(), m_options.version, m_loaded.config.mode, m_pipeline.ceiling(),
                     m_loaded.config.enabled, false, {}, m_startedAt, m_heartbeatAt,
                     m_loaded.files.value(m_loaded.files.size() - 1), m_loaded.config.environment, m_options.stateDir,
                     m_storeHealth.damagedAndReplaced, m_loaded.config.recovery.shadow};
    frame->components = m_board.components();
    for (auto &component : frame->components)
        component.paused = m_pipeline.isPaused(component.name);
    for (const ServiceConfig &service : m_loaded.config.services) {
        const auto it = std::find_if(frame->components.begin(), frame->components.end(), [&service](const auto &known) { return known.name == service.name; });
        if (it != frame->components.end())
            it->shadow = service.recovery.shadow.value_or(m_loaded.config.recovery.shadow);
    }
    frame->metrics = m_detectors.series().rows();
    frame->open = m_pipeline.open();
    frame->recent = m_pipeline.recent();
    frame->pauses = m_pipeline.pauses();
    frame->notices = m_notices.values();
    frame->failedBefore = m_detectors.crash().failedBefore();
    frame->stats = m_stats;
    frame->patterns = m_patterns.patterns();
    return frame;
}

void EngineWorker::readStatistics()
{
    if (m_statisticsRunning || !m_live)
        return;
    m_statisticsRunning = true;
    const qint64 now = m_clock->now().wallMs;
    QThreadPool::globalInstance()->start([inbox = m_inbox, stateDir = m_options.stateDir, now] {
        RecoveryStats stats;
        if (auto reader = StoreReader::open(stateDir)) {
            if (auto read = (*reader)->stats(now - statisticsWindowMs, now))
                stats = *read;
        }
        inbox->post(stats);
    });
}

void EngineWorker::keepPatterns(const QList<IncidentPattern> &patterns)
{
    markDirty();
    m_pipeline.setPatterns(patterns);
    if (!m_store)
        return;
    Transaction transaction;
    transaction.patterns = patterns;
    m_store->commit(transaction, [](const CommitResult &) {});
}

/// People judge old incidents, too: the store knows them all.
void EngineWorker::findIncident(const Command &command)
{
    QThreadPool::globalInstance()->start([inbox = m_inbox, stateDir = m_options.stateDir, command] {
        IncidentQuery query;
        query.idPrefix = command.incidentId;
        QList<Incident> matches;
        if (auto reader = StoreReader::open(stateDir); reader && !query.idPrefix.isEmpty())
            matches = (*reader)->incidents(query).value_or(matches);
        inbox->post(Looked{command, matches});
    });
}

void EngineWorker::rememberUnits()
{
    Transaction transaction;
    const auto remembered = m_detectors.crash().toRemember();
    for (auto it = remembered.cbegin(); it != remembered.cend(); ++it) {
        const QString key = QStringLiteral("unit/") + it.key();
        const QString value = it.value().invocationId + u' ' + it.value().activeState;
        if (m_unitMemory.value(key) != value) {
            m_unitMemory.insert(key, value);
            transaction.state.insert(key, value);
        }
    }
    if (m_store && !transaction.isEmpty())
        m_store->commit(transaction, [](const CommitResult &) {});
}

/// A copy of what the detectors learnt, written aside of the engine thread.
void EngineWorker::keepLearnt()
{
    constexpr qint64 everyMs = 600'000;
    const qint64 now = m_clock->now().monotonicMs;
    if (m_learntAt == 0)
        m_learntAt = now;
    if (now - m_learntAt < everyMs)
        return;
    m_learntAt = now;
    QThreadPool::globalInstance()->start([path = detectorFile(m_options.stateDir), states = m_detectors.save()] {
        if (auto kept = writeDetectorFile(path, states); !kept)
            qCWarning(lcEngine).noquote() << kept.error().message;
    });
}

/// The lock file's time is the engine's heartbeat: cheap, and readable without asking the engine.
void EngineWorker::beat()
{
    m_heartbeatAt = m_clock->now().wallMs;
    ::utimensat(AT_FDCWD, qPrintable(m_options.stateDir + QStringLiteral("/engine.lock")), nullptr, 0);
    m_processes.boundOutput();
    take(m_detectors.tick(m_clock->now()));
    keepLearnt();
    judgeHealth();
    raise(m_detectors.series().forgetOlderThan(m_heartbeatAt - std::max(forgetSeriesMs, 3 * m_loaded.config.detection.monitoringIntervalMs), m_clock->now()));
}

Result<IncidentPlan> EngineWorker::plan(const QString &incidentId)
{
    QList<Incident> matches;
    for (const Incident &incident : m_pipeline.open()) {
        if (!incidentId.isEmpty() && incident.id.startsWith(incidentId))
            matches.append(incident);
    }
    if (matches.size() != 1)
        return failure(ErrorCode::NotFound, matches.isEmpty() ? QStringLiteral("no open incident has the id %1").arg(incidentId)
                                                              : QStringLiteral("%1 open incidents begin with %2; give more of the id").arg(matches.size()).arg(incidentId));
    const Incident &incident = matches.first();
    const Now now = m_clock->now();
    return Deliberation(m_pipeline).planOf(incident, m_guide.outlook(incident, m_pipeline.target(incident.component), m_examiner.evidence(incident, now)), now);
}

/// A closer look begins when its action is done, and ends with its undo.
void EngineWorker::actionEnded(const ActionResult &result)
{
    for (const Incident &incident : m_pipeline.open() + m_pipeline.recent()) {
        for (const RecoveryActionRecord &action : incident.actions) {
            if (action.id != result.actionId || action.type != ActionType::EnableMonitoring)
                continue;
            const auto plan = closePeekPlanFromJson(action.plan);
            if (!action.undoes.isEmpty()) // also when the log level could not be set back: looking is ours
                m_sources.lookAsBefore(action.target);
            else if (plan && result.status == ActionStatus::Completed)
                m_sources.lookCloser(action.target, plan->intervalMs);
        }
    }
    handle(m_pipeline.actionDone(result, m_clock->now()));
}

/// What an earlier engine had begun and nobody has ended yet.
void EngineWorker::lookCloserAgain()
{
    for (const Reversion &reversion : m_pipeline.reversions().all()) {
        if (reversion.inverse.type != ActionType::EnableMonitoring)
            continue;
        if (const auto plan = closePeekPlanFromJson(reversion.inverse.plan))
            m_sources.lookCloser(reversion.inverse.target, plan->intervalMs);
    }
}

} // namespace prunella
