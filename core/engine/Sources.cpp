#include "core/engine/Sources.h"

#include "core/monitoring/ContainerMonitor.h"
#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/ProcessMonitor.h"
#include "core/monitoring/ProcessTree.h"

namespace prunella {
namespace {

constexpr qint64 fastIntervalMs = 1000;

QMap<QString, QString> unitsOf(const Config &config, Manager manager)
{
    QMap<QString, QString> units;
    for (const auto &service : config.services) {
        if (service.manager == manager)
            units.insert(service.unit, service.name);
    }
    return units;
}

} // namespace

Sources::Sources(std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent)
    , m_clock(std::move(clock))
    , m_scheduler(*m_clock)
    , m_checks(m_clock)
    , m_pids(m_clock)
    , m_kernel(m_clock)
    , m_logs(m_clock)
{
    connect(&m_scheduler, &MonitorScheduler::samplesReady, this, &Sources::samplesReady);
    connect(&m_scheduler, &MonitorScheduler::monitorFailed, this, &Sources::monitorFailed);
    connect(&m_scheduler, &MonitorScheduler::monitorRecovered, this, [this](const QString &monitor) { Q_EMIT monitorFailed(monitor, {}); });
    connect(&m_checks, &HealthChecker::eventReady, this, &Sources::eventReady);
    connect(&m_pids, &PidWatcher::eventReady, this, &Sources::eventReady);
    connect(&m_kernel, &KernelLog::eventReady, this, &Sources::eventReady);
    connect(&m_logs, &LogSources::linesReady, this, &Sources::linesReady);
    connect(&m_logs, &LogSources::problemChanged, this, &Sources::logProblem);
    connect(&m_resources, &QTimer::timeout, this, [this] {
        for (auto *watcher : {m_system.get(), m_user.get()}) {
            if (watcher)
                watcher->sampleResources();
        }
    });
}

Sources::~Sources() = default;

void Sources::configure(const Config &config)
{
    m_config = config;
    for (const auto &service : config.services) {
        if (!m_mainPids.contains(service.name))
            m_mainPids.insert(service.name, std::make_shared<std::atomic<qint64>>(0));
    }
    m_logs.setServices(config.services);
    setResourceInterval();
    if (m_started) {
        watchUnits();
        watchContainers();
        setMonitors();
        setChecks();
    }
}

void Sources::start()
{
    m_started = true;
    m_kernel.start();
    watchUnits();
    watchContainers();
    setMonitors();
    m_scheduler.start();
    setChecks();
    m_resources.start();
    m_logs.start();
}

void Sources::stop()
{
    m_started = false;
    m_resources.stop();
    m_checks.setServices({}, m_config.detection.monitoringIntervalMs);
    m_scheduler.stop();
    for (auto *watcher : {m_system.get(), m_user.get()}) {
        if (watcher)
            watcher->stop();
    }
    for (auto &[socket, watcher] : m_containers)
        watcher->stop();
    m_kernel.stop();
    m_logs.stop();
}

void Sources::wireUnits(UnitWatcher &watcher)
{
    connect(&watcher, &UnitWatcher::eventReady, this, [this](const RawEvent &event) {
        setMainPid(event.component, event.unit.mainPid);
        // "signal 9" alone does not say whether the kernel ran out of memory; its log does, and it was written first.
        if (event.unit.result != QStringLiteral("success") && event.kind == RawEventKind::UnitChanged)
            drainKernelLog();
        Q_EMIT eventReady(event);
    });
    connect(&watcher, &UnitWatcher::samplesReady, this, &Sources::samplesReady);
}

void Sources::watchUnits()
{
    const auto setUp = [this](std::unique_ptr<UnitWatcher> &watcher, Manager manager) {
        const auto units = unitsOf(m_config, manager);
        if (!watcher && units.isEmpty())
            return;
        const bool fresh = !watcher;
        if (fresh) {
            watcher = std::make_unique<UnitWatcher>(manager == Manager::SystemdUser, m_clock);
            wireUnits(*watcher);
        }
        watcher->setUnits(units);
        if (fresh)
            watcher->start();
    };
    setUp(m_system, Manager::Systemd);
    setUp(m_user, Manager::SystemdUser);
}

void Sources::watchContainers()
{
    std::map<QString, QMap<QString, QString>> bySocket;
    for (const auto &service : m_config.services) {
        if (service.manager == Manager::Container)
            bySocket[service.socket].insert(service.container, service.name);
    }
    std::erase_if(m_containers, [&](const auto &entry) { return bySocket.count(entry.first) == 0; });
    for (const auto &[socket, containers] : bySocket) {
        auto &watcher = m_containers[socket];
        if (!watcher) {
            watcher = std::make_unique<ContainerWatcher>(socket, m_clock);
            connect(watcher.get(), &ContainerWatcher::eventReady, this, [this](const RawEvent &event) {
                if (event.kind == RawEventKind::ProcessChanged) {
                    setMainPid(event.component, event.process.running ? event.process.pid : 0);
                    if (!event.process.running) // its log may tell that memory ran out
                        drainKernelLog();
                }
                Q_EMIT eventReady(event);
            });
        }
        watcher->setContainers(containers);
        watcher->start();
    }
}

void Sources::markContainerStopRequested(const QString &service)
{
    for (auto &[socket, watcher] : m_containers)
        watcher->markStopRequested(service);
}

void Sources::setMonitors()
{
    Config config = m_config;
    if (m_fast)
        config.detection.monitoringIntervalMs = std::min(config.detection.monitoringIntervalMs, fastIntervalMs);
    auto monitors = hostMonitors(config);
    for (auto &monitor : monitorsFor(m_config))
        monitors.push_back(std::move(monitor));
    for (const auto &service : m_config.services) {
        const qint64 usual = service.intervalMs > 0 ? service.intervalMs : m_config.detection.monitoringIntervalMs;
        const qint64 interval = std::min(usual, m_closer.value(service.name, usual));
        const auto pid = m_mainPids.value(service.name);
        monitors.push_back(std::make_shared<ProcessMonitor>(service.name, interval, [pid] {
            const qint64 main = pid->load();
            return main > 0 ? processTree(main) : std::vector<qint64>{};
        }));
        if (service.manager == Manager::Container)
            monitors.push_back(std::make_shared<ContainerMonitor>(service.name, interval, [pid] { return pid->load(); }));
    }
    m_scheduler.setMonitors(std::move(monitors));
}

void Sources::setChecks()
{
    QList<ServiceConfig> services = m_config.services;
    for (auto &service : services) {
        const qint64 closer = m_closer.value(service.name);
        for (auto &check : service.health) {
            const qint64 own = check.intervalMs > 0 ? check.intervalMs : service.intervalMs;
            const qint64 usual = own > 0 ? own : m_config.detection.monitoringIntervalMs;
            check.intervalMs = closer > 0 ? std::min(usual, closer) : check.intervalMs;
        }
    }
    m_checks.setServices(services, m_config.detection.monitoringIntervalMs);
}

/// One timer reads all units of a manager: the closest look counts.
void Sources::setResourceInterval()
{
    qint64 interval = m_config.detection.monitoringIntervalMs;
    for (const qint64 closer : std::as_const(m_closer))
        interval = std::min(interval, closer);
    m_resources.setInterval(int(interval));
}

void Sources::lookCloser(const QString &service, qint64 intervalMs)
{
    if (m_closer.value(service) == intervalMs)
        return;
    m_closer.insert(service, intervalMs);
    setCloser();
}

void Sources::lookAsBefore(const QString &service)
{
    if (m_closer.remove(service) > 0)
        setCloser();
}

void Sources::setCloser()
{
    setResourceInterval();
    if (!m_started)
        return;
    setMonitors();
    setChecks();
}

void Sources::setMainPid(const QString &service, qint64 pid)
{
    if (const auto known = m_mainPids.value(service))
        known->store(pid);
}

void Sources::setFast(bool on)
{
    if (m_fast == on)
        return;
    m_fast = on;
    if (m_started)
        setMonitors();
}

} // namespace prunella
