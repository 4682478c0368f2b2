#pragma once
#include "core/base/Clock.h"
#include "core/base/Result.h"
#include "core/model/ServiceConfig.h"
#include "core/model/Store.h"
#include "core/recovery/CancelToken.h"
#include "core/recovery/ProcessTable.h"

namespace prunella {

/// Our own process manager (manager: process): starts, finds again and ends process groups that outlive the engine.
/// Keeps no state and may be used from any thread. It never reaps a child that somebody was told about:
/// whoever gets the ManagedProcess (the engine's PidWatcher) does.
class ProcessSpawner
{
public:
    /// Output goes to stateDir/output/SERVICE.log.
    ProcessSpawner(const QString &stateDir, const Clock &clock);

    /// Starts the service's command in a session of its own. Does not look whether it runs already.
    [[nodiscard]] Result<ManagedProcess> start(const ServiceConfig &service) const;
    /// The same process, if it still runs (pid, start time and boot), without a search.
    [[nodiscard]] bool isRunning(const ManagedProcess &process) const;
    /// The process to adopt: the known one, else one with our marks that leads its session.
    [[nodiscard]] std::optional<ManagedProcess> findRunning(const ManagedProcess &known) const;
    [[nodiscard]] std::optional<ManagedProcess> findRunning(const QString &service) const;
    /// SIGTERM to the group, after graceMs SIGKILL, until nothing of the session is left. A leader that ended
    /// before leaves its children behind: they are ended, too. Success when nothing runs.
    [[nodiscard]] Status stop(const ManagedProcess &process, int graceMs, const CancelToken &token) const;
    [[nodiscard]] QString outputFile(const QString &service) const;

private:
    /// What runs in the process' session; nothing when the session's number belongs to somebody else by now.
    [[nodiscard]] QList<ProcessEntry> members(const ManagedProcess &process, const QMap<qint64, quint64> &seen) const;
    [[nodiscard]] ManagedProcess describe(const QString &service, const ProcessEntry &entry) const;

    QString m_stateDir;
    const Clock &m_clock;
};

} // namespace prunella
