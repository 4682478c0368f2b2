#pragma once
#include "core/recovery/ProcessSpawner.h"
#include "core/recovery/RecoveryAction.h"

#include <functional>

namespace prunella {

/// restart_service for a process of our own manager: end what is left of the old one, start anew.
class ProcessRestart final : public RecoveryAction
{
public:
    struct Timing {
        int graceMs = 10'000; ///< between SIGTERM and SIGKILL
        int aliveMs = 100;    ///< a process that ends sooner counts as not started
    };
    /// Called on the action's thread when the new process lives, before run() returns. The receiver reaps it.
    using Started = std::function<void(const ManagedProcess &)>;

    /// `current`: the process as last known, if any; others with the service's marks are found and ended, too.
    ProcessRestart(const ProcessSpawner &spawner, ServiceConfig service, std::optional<ManagedProcess> current, Started started);
    ProcessRestart(const ProcessSpawner &spawner, ServiceConfig service, std::optional<ManagedProcess> current, Started started, Timing timing);

    ActionResult run(const ActionRequest &request, CancelToken &token) override;
    /// SIGTERM, after the grace SIGKILL, until nothing of its session is left.
    ActionResult stop(const ActionRequest &request, CancelToken &token) override;
    /// The exact call, as an operator is shown it: "start ["/usr/bin/web", "--port", "80"] in /srv/web".
    [[nodiscard]] static QString describe(const ServiceConfig &service);

private:
    [[nodiscard]] Status stopOld(const ActionRequest &request, const CancelToken &token) const;
    [[nodiscard]] ActionResult endedAtOnce(const ActionRequest &request, const ManagedProcess &process) const;

    const ProcessSpawner &m_spawner;
    const ServiceConfig m_service;
    const std::optional<ManagedProcess> m_current;
    const Started m_started;
    const Timing m_timing;
};

} // namespace prunella
