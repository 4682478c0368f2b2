// How the engine comes up, takes over from an earlier one, reloads and ends.
#include "core/base/Logging.h"
#include "core/config/ProcedureLoader.h"
#include "core/config/TreeLoader.h"
#include "core/engine/ControlServer.h"
#include "core/engine/EngineWorker.h"
#include "core/engine/ReleaseKeeper.h"
#include "core/engine/TopologyKeeper.h"
#include "core/store/DetectorFile.h"
#include "core/store/StoreReader.h"

#include <QCoreApplication>
#include <QThreadPool>
#include <QUuid>

namespace prunella {
namespace {

bool recognisesPatterns(const Config &config)
{
    return config.detection.patternRecognitionEnabled && config.learning.patternRecognition;
}

} // namespace

PipelineHooks EngineWorker::hooks()
{
    PipelineHooks hooks;
    hooks.diagnose = [this](const Incident &incident) { return m_examiner.diagnose(incident, m_clock->now()); };
    hooks.probes = [this](const Incident &incident) { return m_examiner.probes(incident, m_clock->now()); };
    hooks.facts = [this](const ServiceConfig &config) { return m_board.facts(config); };
    hooks.describe = [this](const ActionRequest &request) { return ActionCenter::describe(request, m_pipeline.target(request.target)); };
    hooks.preflight = [this](LookInput input, const Now &now) {
        input.releases = m_releases->records(input.target.name);
        return m_actions.preflight().look(input, now);
    };
    hooks.flapping = [this](const Condition &condition) {
        if (condition.kind == ConditionKind::Threshold)
            return m_detectors.series().isFlapping(condition.series);
        return condition.kind == ConditionKind::CheckFailing && m_board.isFlapping(condition.component, condition.check);
    };
    hooks.symptom = [this](const QString &component) {
        SymptomFacts facts = m_board.symptomFacts(component);
        facts.templates = m_detectors.logs().notable(component, m_clock->now().wallMs);
        return facts;
    };
    hooks.trueType = [this](const ErrorEvent &event) { return m_examiner.trueType(event, m_clock->now()); };
    hooks.changes = [this] { return m_changes.recent(); };
    hooks.procedure = [this](const Incident &incident, const std::function<bool(const Wish &)> &possible) {
        return m_guide.next(incident, m_pipeline.target(incident.component), m_examiner.evidence(incident, m_clock->now()), possible);
    };
    hooks.stepApprovals = [this](const Incident &incident, ActionType type) {
        return m_guide.approvals(incident, m_pipeline.target(incident.component), m_examiner.evidence(incident, m_clock->now()), type);
    };
    hooks.step = [this](const QString &procedure, const QString &step) { return m_guide.step(procedure, step); };
    hooks.newId = [] { return QUuid::createUuid().toString(QUuid::WithoutBraces); };
    return hooks;
}

EngineWorker::EngineWorker(EngineOptions options, LoadedConfig config, std::shared_ptr<const Clock> clock)
    : m_options(std::move(options))
    , m_loaded(std::move(config))
    , m_clock(std::move(clock))
    , m_inbox(std::make_shared<Mailbox<Message>>([this] { QMetaObject::invokeMethod(this, &EngineWorker::drainInbox, Qt::QueuedConnection); }))
    , m_detectors(m_loaded.config)
    , m_pipeline(m_loaded.config, hooks())
    , m_escalator(m_clock, this)
    , m_sources(m_clock, this)
    , m_logKeeper(m_sources.logs(), this)
    , m_actions(m_options.stateDir, m_clock, m_loaded.config.guards.maxConcurrentActions + 1, this)
    , m_processes(m_actions.spawner(), m_sources.pids(), m_clock)
    , m_examiner({m_detectors, m_board, m_pipeline, [this] { return m_sources.kernelLogReadable(); },
                  [this] { return m_topology->topology(); }, [this] { return m_changes.recent(); }})
    , m_probes(m_clock, this)
    , m_timer(this)
    , m_frameTimer(this)
    , m_beatTimer(this)
    , m_memoryTimer(this)
    , m_patterns(m_options.stateDir, m_clock, this)
    , m_changes(m_clock, this)
    , m_topology(std::make_unique<TopologyKeeper>(m_clock, this))
    , m_releases(std::make_unique<ReleaseKeeper>(m_clock, this))
{
    wire();
    wireKeepers();
    wireChanges();
    wireReleases();
    wireLoad();
    m_actions.setChecker([this](const QString &service, auto answered) { m_sources.checkNow(service, answered); });
    m_detectors.setFailedNeed([this](const QString &component, qint64 from, qint64 to) { return m_pipeline.failedNeed(component, from, to); });
}

EngineWorker::~EngineWorker()
{
    stop();
}

void EngineWorker::wire()
{
    connect(&m_sources, &Sources::eventReady, this, &EngineWorker::onEvent);
    connect(&m_sources, &Sources::samplesReady, this, &EngineWorker::onSamples);
    connect(&m_sources, &Sources::monitorFailed, this, [this](const QString &monitor, const QString &reason) {
        notice(QStringLiteral("monitor/") + monitor, NoticeLevel::Warning, reason.isEmpty() ? QString() : monitor + QStringLiteral(": ") + reason);
    });
    connect(&m_actions, &ActionCenter::done, this, &EngineWorker::actionEnded);
    connect(&m_actions, &ActionCenter::jobsSettled, this, &EngineWorker::goLive);
    connect(&m_actions, &ActionCenter::processStarted, this, [this](const ManagedProcess &process) {
        Transaction transaction;
        const RawEvent event = m_processes.started(process, transaction);
        m_store->commit(transaction, [](const CommitResult &) {});
        m_sources.setMainPid(process.service, process.pid);
        onEvent(event);
    });
    connect(&m_probes, &ProbeCenter::answered, this, &EngineWorker::probed);
    connect(&m_escalator, &Escalator::delivered, this, [this](const QString &id) {
        Transaction transaction;
        transaction.delivered.append(id);
        m_store->commit(transaction, [](const CommitResult &) {});
    });
    connect(&m_escalator, &Escalator::triedInVain, this, [this](const OutboxItem &item) {
        Transaction transaction;
        transaction.outbox.append(item);
        m_store->commit(transaction, [](const CommitResult &) {});
    });
    connect(&m_escalator, &Escalator::channelTrouble, this, [this](const QString &channel, const QString &text) {
        notice(QStringLiteral("channel/") + channel, NoticeLevel::Warning, text);
    });
    connect(&m_patterns, &PatternKeeper::found, this, &EngineWorker::keepPatterns);
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    m_frameTimer.setSingleShot(true);
    m_memoryTimer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &EngineWorker::timeCame);
    connect(&m_frameTimer, &QTimer::timeout, this, [this] { Q_EMIT frameReady(buildFrame()); });
    connect(&m_beatTimer, &QTimer::timeout, this, &EngineWorker::beat);
    connect(&m_memoryTimer, &QTimer::timeout, this, &EngineWorker::rememberUnits);
}

void EngineWorker::wireKeepers()
{
    connect(&m_actions, &ActionCenter::leftRunning, this, [this](const QString &service) { m_sources.pids().markStopRequested(service, false); });
    connect(&m_sources, &Sources::linesReady, this, &EngineWorker::onLines);
    connect(&m_sources, &Sources::logProblem, this, [this](const QString &source, const QString &text) {
        notice(QStringLiteral("log/") + source, NoticeLevel::Warning, text.isEmpty() ? QString() : source + QStringLiteral(": ") + text);
    });
    connect(&m_logKeeper, &LogKeeper::changesDue, this, [this] {
        if (m_store)
            m_store->commit(m_logKeeper.takeChanges(), [](const CommitResult &) {});
    });
    connect(m_topology.get(), &TopologyKeeper::changed, this, [this](const TopologyDelta &delta) {
        Transaction transaction;
        transaction.topology = delta;
        handle(m_pipeline.topologySeen(m_topology->topology(), m_clock->now()));
        if (m_store)
            m_store->commit(transaction, [](const CommitResult &) {});
    });
}

void EngineWorker::wireChanges()
{
    connect(&m_changes, &ChangeKeeper::due, this, &EngineWorker::handle);
    connect(&m_changes, &ChangeKeeper::problemChanged, this, [this](const QString &text) {
        notice(QStringLiteral("changes"), NoticeLevel::Warning, text.isEmpty() ? QString() : QStringLiteral("changes: ") + text);
    });
}

Status EngineWorker::open()
{
    auto lock = StateLock::acquire(m_options.stateDir);
    if (!lock)
        return tl::unexpected(lock.error());
    m_lock.emplace(std::move(*lock));
    auto store = StoreWriter::open({m_options.stateDir, m_options.runtimeDir}, m_loaded.config.metricsRetentionDays, m_clock);
    if (!store)
        return tl::unexpected(store.error());
    m_store = std::move(*store);
    m_store->setHealthListener([inbox = m_inbox](const StoreHealth &health) { inbox->post(health); });
    if (!m_options.controlSocket.isEmpty()) {
        m_control = std::make_unique<ControlServer>(*this);
        if (auto listening = m_control->listen(m_options.controlSocket); !listening)
            return listening;
    }
    return {};
}

void EngineWorker::start()
{
    m_startedAt = m_clock->now().wallMs;
    if (auto status = open(); !status) {
        Q_EMIT startFailed(status.error());
        return;
    }
    loadTrees();
    m_board.setServices(m_loaded.config.services);
    m_escalator.setConfig(m_loaded.config);
    storeHealthChanged(m_store->health());
    auto reader = StoreReader::open(m_options.stateDir);
    if (reader) {
        if (auto state = (*reader)->storedState(0, longestAttemptWindow(m_loaded.config)))
            m_restored = *state;
        if (auto known = (*reader)->topology(0)) {
            m_topology->restore(*known);
            static_cast<void>(m_pipeline.topologySeen(*known, m_clock->now())); // nothing is open yet
        }
    }
    m_epoch = m_restored.state.value(QStringLiteral("epoch")).toULongLong() + 1;
    m_pipeline.setEpoch(m_epoch);
    Transaction first;
    first.state.insert(QStringLiteral("epoch"), QString::number(m_epoch));
    first.audits.append({m_startedAt, QStringLiteral("engine"), QStringLiteral("start"), QString::number(m_epoch), m_options.version});
    m_store->commit(first, [](const CommitResult &) {});
    adoptRestored();
    m_actions.prepare(m_loaded.config.services);
    QList<ServiceConfig> unfinished; // only what an earlier engine left: at boot, jobs of others may wait for us
    for (const auto &service : std::as_const(m_loaded.config.services)) {
        const bool left = std::any_of(m_restored.unfinished.cbegin(), m_restored.unfinished.cend(),
                                      [&service](const JournalIntent &intent) { return intent.request.target == service.name; });
        if (left)
            unfinished.append(service);
    }
    m_actions.settleJobs(unfinished);
}

void EngineWorker::adoptRestored()
{
    m_detectors.adopt(m_restored.openIncidents, m_clock->now());
    if (auto learnt = readDetectorFile(detectorFile(m_options.stateDir)))
        m_detectors.restore(*learnt);
    else
        qCWarning(lcEngine).noquote() << learnt.error().message;
    for (auto it = m_restored.state.cbegin(); it != m_restored.state.cend(); ++it) {
        if (it.key().startsWith(QStringLiteral("unit/"))) {
            m_detectors.crash().remember(it.key().mid(5), {it.value().section(u' ', 0, 0), it.value().section(u' ', 1)});
            m_unitMemory.insert(it.key(), it.value());
        }
    }
    m_processes.remember(m_restored.processes);
    m_releases->restore(m_restored.releases);
    m_releases->configure(m_loaded.config.services);
    for (const JournalIntent &intent : std::as_const(m_restored.unfinished))
        m_releases->expectFrom(intent.request);
}

/// No job of an earlier engine is left: from here on the world is read and acted upon.
void EngineWorker::goLive()
{
    if (m_live || m_stopped)
        return;
    m_live = true;
    handle(m_pipeline.restore(m_restored, m_clock->now()));
    lookCloserAgain();
    m_escalator.note(m_restored.openIncidents);
    m_escalator.deliver(m_restored.undelivered);
    m_logKeeper.restore(m_restored.state);
    m_changes.restore(m_restored);
    m_changes.setServices(m_loaded.config.services);
    m_changes.start();
    m_sources.configure(m_loaded.config);
    m_sources.start();
    QSet<QString> withIncident;
    for (const auto &incident : std::as_const(m_restored.openIncidents))
        withIncident.insert(incident.component);
    Transaction transaction;
    const auto events = m_processes.ensure(m_loaded.config.services, withIncident, transaction);
    if (!transaction.isEmpty())
        m_store->commit(transaction, [](const CommitResult &) {});
    for (const RawEvent &event : events) {
        m_sources.setMainPid(event.component, event.process.running ? event.process.pid : 0);
        onEvent(event);
    }
    m_restored = {};
    m_topology->setServices(m_loaded.config.services);
    m_topology->start();
    beat();
    m_beatTimer.start(5000);
    readStatistics();
    m_examiner.readHistory(this, m_options.stateDir, m_clock->now().wallMs);
    m_patterns.setEnabled(recognisesPatterns(m_loaded.config));
    m_patterns.incidentsChanged();
    judgeHealth();
    Q_EMIT frameReady(buildFrame());
    Q_EMIT started();
    tell({m_clock->now().wallMs, QStringLiteral("ready"), {}, {}, QStringLiteral("prunella %1 watches %2 services").arg(m_options.version).arg(m_loaded.config.services.size())});
}

void EngineWorker::loadTrees()
{
    QStringList folders{m_options.playbookDir};
    folders.append(m_loaded.config.playbooks);
    folders.removeAll(QString());
    const TreeSet set = prunella::loadTrees(folders);
    m_examiner.setTrees(set.trees);
    QStringList problems;
    for (const auto &problem : set.problems)
        problems.append(toString(problem));
    const ProcedureSet procedures = loadProcedures(folders, set.trees);
    m_guide.setProcedures(procedures.procedures);
    m_examiner.setProcedures(procedures.procedures);
    for (const auto &problem : procedures.problems)
        problems.append(toString(problem));
    notice(QStringLiteral("playbooks"), NoticeLevel::Warning, problems.join(u'\n'));
    Transaction transaction;
    transaction.procedures = m_guide.rows(m_clock->now().wallMs);
    m_store->commit(transaction, [](const CommitResult &) {});
}

bool EngineWorker::reload()
{
    LoadedConfig fresh = loadConfig(m_options.sources);
    if (fresh.hasErrors()) {
        QStringList lines;
        for (const auto &problem : std::as_const(fresh.problems)) {
            if (problem.level == ProblemLevel::Error)
                lines.append(toString(problem));
        }
        notice(QStringLiteral("config"), NoticeLevel::Error,
               QStringLiteral("the configuration has errors; the old one stays in effect\n") + lines.join(u'\n'));
        tell({m_clock->now().wallMs, QStringLiteral("reload_failed"), {}, {}, lines.value(0)});
        return false;
    }
    notice(QStringLiteral("config"), NoticeLevel::Info, {});
    applyConfig(fresh);
    tell({m_clock->now().wallMs, QStringLiteral("reloaded"), {}, {}, fresh.files.join(QStringLiteral(", "))});
    return true;
}

void EngineWorker::applyConfig(const LoadedConfig &loaded)
{
    const Now now = m_clock->now();
    m_loaded = loaded;
    Q_EMIT configChanged(loaded.config);
    m_store->setRetentionDays(loaded.config.metricsRetentionDays);
    m_actions.setThreads(loaded.config.guards.maxConcurrentActions + 1);
    m_actions.prepare(loaded.config.services);
    loadTrees(); // before open questions are looked at anew
    handle(m_pipeline.reconfigure(loaded.config, now));
    m_patterns.setEnabled(recognisesPatterns(loaded.config));
    m_board.setServices(loaded.config.services);
    m_topology->setServices(loaded.config.services);
    m_releases->configure(loaded.config.services);
    m_escalator.setConfig(loaded.config);
    raise(m_detectors.setConfig(loaded.config, now));
    m_sources.configure(loaded.config);
    m_changes.setServices(loaded.config.services);
    Transaction transaction;
    const auto events = m_processes.ensure(loaded.config.services, {}, transaction);
    transaction.audits.append({now.wallMs, QStringLiteral("engine"), QStringLiteral("reload"), loaded.files.join(u' '), {}});
    m_store->commit(transaction, [](const CommitResult &) {});
    for (const RawEvent &event : events) {
        m_sources.setMainPid(event.component, event.process.running ? event.process.pid : 0);
        onEvent(event);
    }
    Logging::setLevel(loaded.config.logLevel);
    judgeHealth();
    markDirty();
}

void EngineWorker::stop()
{
    if (m_stopped)
        return;
    m_stopped = true;
    m_live = false;
    for (QTimer *timer : {&m_timer, &m_frameTimer, &m_beatTimer, &m_memoryTimer})
        timer->stop();
    m_control.reset();
    m_changes.stop();
    m_sources.stop();
    m_actions.stop();
    m_probes.stop();
    if (m_store) {
        if (auto kept = writeDetectorFile(detectorFile(m_options.stateDir), m_detectors.save()); !kept)
            qCWarning(lcEngine).noquote() << kept.error().message;
        rememberUnits();
        m_topology->stop();
        Transaction last = m_logKeeper.takeChanges();
        last.releases = m_releases->takeUnwritten().releases;
        last.audits.append({m_clock->now().wallMs, QStringLiteral("engine"), QStringLiteral("stop"), QString::number(m_epoch), {}});
        m_store->commit(last, [](const CommitResult &) {});
        constexpr int drainMs = 5000;
        if (auto status = m_store->stop(drainMs); !status)
            qCWarning(lcEngine).noquote() << "the store did not end cleanly:" << status.error().message;
        m_store.reset();
    }
    constexpr int readersMs = 2000;
    QThreadPool::globalInstance()->waitForDone(readersMs); // they answer to this object
    m_inbox->close();
    m_lock.reset();
}

} // namespace prunella
