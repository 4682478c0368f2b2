#pragma once
// The services that Prunella itself starts: they outlive the engine, and the next engine adopts them.
#include "core/model/Config.h"
#include "core/model/Store.h"
#include "core/monitoring/PidWatcher.h"
#include "core/recovery/ProcessSpawner.h"

namespace prunella {

class ProcessKeeper
{
public:
    ProcessKeeper(ProcessSpawner &spawner, PidWatcher &watcher, std::shared_ptr<const Clock> clock);

    /// Processes of an earlier engine, from the journal.
    void remember(const QList<ManagedProcess> &processes);
    /// Adopts what runs and starts what does not. A service with an open incident is not started: that is the
    /// incident's business. Returns what happened as events, and what must be written down.
    [[nodiscard]] QList<RawEvent> ensure(const QList<ServiceConfig> &services, const QSet<QString> &withIncident, Transaction &transaction);
    /// A process that an action has started.
    [[nodiscard]] RawEvent started(const ManagedProcess &process, Transaction &transaction);
    /// Keeps the output files bounded; to be called now and then.
    void boundOutput() const;
    [[nodiscard]] std::optional<ManagedProcess> process(const QString &service) const;

private:
    [[nodiscard]] RawEvent event(const QString &service, qint64 pid, bool running, const QString &text) const;

    ProcessSpawner &m_spawner;
    PidWatcher &m_watcher;
    std::shared_ptr<const Clock> m_clock;
    QMap<QString, ManagedProcess> m_processes;
};

} // namespace prunella
