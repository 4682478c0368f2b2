#include "core/engine/ProcessKeeper.h"

#include "core/recovery/ProcessOutput.h"

namespace prunella {

ProcessKeeper::ProcessKeeper(ProcessSpawner &spawner, PidWatcher &watcher, std::shared_ptr<const Clock> clock)
    : m_spawner(spawner)
    , m_watcher(watcher)
    , m_clock(std::move(clock))
{
}

void ProcessKeeper::remember(const QList<ManagedProcess> &processes)
{
    for (const auto &process : processes)
        m_processes.insert(process.service, process);
}

QList<RawEvent> ProcessKeeper::ensure(const QList<ServiceConfig> &services, const QSet<QString> &withIncident, Transaction &transaction)
{
    QList<RawEvent> events;
    for (const auto &service : services) {
        if (service.manager != Manager::Process || m_watcher.pidOf(service.name))
            continue;
        const bool known = m_processes.contains(service.name);
        auto found = known ? m_spawner.findRunning(m_processes.value(service.name)) : m_spawner.findRunning(service.name);
        if (found && m_watcher.watch(service.name, found->pid, false)) {
            m_processes.insert(service.name, *found);
            transaction.processes.append(*found);
            events.append(event(service.name, found->pid, true, QStringLiteral("adopted")));
            continue;
        }
        if (known || withIncident.contains(service.name)) { // it ran under an earlier engine and is gone: that is a fault, not a start
            events.append(event(service.name, m_processes.value(service.name).pid, false, QStringLiteral("gone")));
            continue;
        }
        const auto fresh = m_spawner.start(service);
        if (!fresh) {
            events.append(event(service.name, 0, false, fresh.error().message));
            continue;
        }
        events.append(started(*fresh, transaction));
    }
    return events;
}

RawEvent ProcessKeeper::started(const ManagedProcess &process, Transaction &transaction)
{
    m_processes.insert(process.service, process);
    transaction.processes.append(process);
    const auto status = m_watcher.watch(process.service, process.pid, true);
    return event(process.service, process.pid, status.has_value(), status ? QStringLiteral("started") : status.error().message);
}

void ProcessKeeper::boundOutput() const
{
    for (const auto &process : m_processes)
        (void)rotateOutput(process.outputFile); // what cannot be rotated now is tried again at the next beat
}

std::optional<ManagedProcess> ProcessKeeper::process(const QString &service) const
{
    const auto it = m_processes.constFind(service);
    return it == m_processes.cend() ? std::nullopt : std::optional(*it);
}

RawEvent ProcessKeeper::event(const QString &service, qint64 pid, bool running, const QString &text) const
{
    const Now now = m_clock->now();
    RawEvent event;
    event.kind = RawEventKind::ProcessChanged;
    event.component = service;
    event.process = {service, pid, running, false, false, 0, false};
    event.text = text;
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    return event;
}

} // namespace prunella
