#pragma once
#include "core/recovery/ActionKind.h"
#include "core/recovery/ReleaseSwitch.h"

namespace prunella {

/// rollback_deployment: from the release in `valueBefore` to the one in `valueTarget`, then a restart of the service. Acts
/// only while one of the two is in place; with the target in place only the restart is left to do, for nobody knows whether
/// what runs is it. When the restart fails the target stays: the other one was no better.
class RollbackDeployment final : public RecoveryAction
{
public:
    /// `restart` null: the service is one that nobody restarts here.
    RollbackDeployment(std::unique_ptr<ReleaseSwitch> deployment, std::shared_ptr<RecoveryAction> restart)
        : m_deployment(std::move(deployment)), m_restart(std::move(restart)) {}

    ActionResult run(const ActionRequest &request, CancelToken &token) override;

    /// What it would do, by the health records of the releases. Blocks.
    [[nodiscard]] static Preflight look(ReleaseSwitch &deployment, const LookInput &input);

private:
    [[nodiscard]] ActionResult restart(const ActionRequest &request, const QString &before, CancelToken &token);

    const std::unique_ptr<ReleaseSwitch> m_deployment;
    const std::shared_ptr<RecoveryAction> m_restart;
};

} // namespace prunella
