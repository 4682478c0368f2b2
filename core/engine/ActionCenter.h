#pragma once
// Starts actions on the pool and hands their results back to the engine thread.
#include "core/base/Mailbox.h"
#include "core/engine/PreflightKeeper.h"
#include "core/model/Config.h"
#include "core/model/Store.h"
#include "core/recovery/ProcessSpawner.h"
#include "core/recovery/Runner.h"
#include "core/recovery/SystemdRestart.h"
#include "core/recovery/TargetLock.h"

#include <map>

namespace prunella {

class ActionCenter : public QObject
{
    Q_OBJECT
public:
    ActionCenter(const QString &stateDir, std::shared_ptr<const Clock> clock, int threads, QObject *parent = nullptr);
    ~ActionCenter() override;

    /// Opens what a first action would otherwise wait for.
    /// More at once from now on; never fewer threads than there are.
    void setThreads(int threads) { m_runner.grow(threads); }
    void prepare(const QList<ServiceConfig> &services);
    /// Answers by done(), always.
    void start(const ActionRequest &request, const ServiceConfig &service, const std::optional<ManagedProcess> &process);
    /// Waits, off this thread, until systemd has no job left for these units, then tells jobsSettled().
    void settleJobs(const QList<ServiceConfig> &services);
    [[nodiscard]] ProcessSpawner &spawner() { return m_spawner; }
    [[nodiscard]] static QString describe(const ActionRequest &request, const ServiceConfig *service);
    void stop();
    /// What a look beforehand finds; waits for it at most a moment.
    [[nodiscard]] PreflightKeeper &preflight() { return m_preflight; }

Q_SIGNALS:
    void done(const prunella::ActionResult &result);
    void processStarted(const prunella::ManagedProcess &process);
    /// adjust_timeout failed, perhaps before its restart: the process of this service is not about to be ended any more.
    void leftRunning(const QString &service);
    void jobsSettled();

private:
    using Message = std::variant<ActionResult, ManagedProcess>;
    struct Held { QString target; TargetLock lock; bool adjusts = false; };
    void drain();
    void release(const QString &actionId);
    [[nodiscard]] std::shared_ptr<RecoveryAction> actionFor(const ActionRequest &request, const ServiceConfig &service,
                                                            const std::optional<ManagedProcess> &process);
    [[nodiscard]] std::shared_ptr<RecoveryAction> restartOf(const ServiceConfig &service, const std::optional<ManagedProcess> &process);

    std::shared_ptr<const Clock> m_clock;
    ProcessSpawner m_spawner;
    std::shared_ptr<Mailbox<Message>> m_inbox; ///< shared: a thread that hangs may outlive this object
    std::shared_ptr<SystemdRestart> m_system, m_user;
    std::map<QString, Held> m_locks;           ///< by action id
    Runner m_runner;
    PreflightKeeper m_preflight;
};

} // namespace prunella
