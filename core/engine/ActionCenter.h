#pragma once
// Starts actions on the pool and hands their results back to the engine thread.
#include "core/base/Mailbox.h"
#include "core/engine/PreflightKeeper.h"
#include "core/model/Config.h"
#include "core/model/Store.h"
#include "core/recovery/ActionKind.h"
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
    struct StartInput {
        ServiceConfig service;
        QList<ServiceConfig> related;             ///< as in LookInput
        QMap<QString, ManagedProcess> processes;  ///< those of the service and of `related`, by service
    };
    /// Answers by done(), always.
    void start(const ActionRequest &request, const StartInput &input);
    /// How actions ask health checks; set once, before the first action. Called in this object's thread.
    using Checker = std::function<void(const QString &service, std::function<void(const QList<CheckResult> &)> answered)>;
    void setChecker(Checker checker) { m_checker = std::move(checker); }
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
    struct CheckAsked { QString service; std::shared_ptr<Mailbox<QList<CheckResult>>> answers; };
    using Message = std::variant<ActionResult, ManagedProcess, CheckAsked>;
    struct Held { QString target; TargetLock lock; QStringList mayRunOn; }; ///< `mayRunOn`: not ended after all, when it fails
    void drain();
    void finished(const ActionResult &result);
    void askChecks(const CheckAsked &asked);
    void release(const QString &actionId);
    [[nodiscard]] ActionTools toolsFor(const StartInput &input);

    const QString m_stateDir;
    Checker m_checker;
    std::shared_ptr<const Clock> m_clock;
    ProcessSpawner m_spawner;
    std::shared_ptr<Mailbox<Message>> m_inbox; ///< shared: a thread that hangs may outlive this object
    std::shared_ptr<SystemdRestart> m_system, m_user;
    std::map<QString, Held> m_locks;           ///< by action id
    Runner m_runner;
    PreflightKeeper m_preflight;
};

} // namespace prunella
