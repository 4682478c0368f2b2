// rollback_deployment as a row of the table.
#include "core/recovery/ActionKind.h"
#include "core/recovery/ContainerKind.h"
#include "core/recovery/RollbackDeployment.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &service) { return releaseSwitch(service) != nullptr || supportsContainerRollback(service); }

Preflight look(const LookInput &input)
{
    if (isContainer(input.target))
        return lookContainerRollback(input);
    const auto deployment = releaseSwitch(input.target);
    Preflight look;
    if (deployment)
        look = RollbackDeployment::look(*deployment, input);
    // A command of the user's own may go on without us; the others look at what is in place and find it done or locked.
    look.idempotent = deployment && input.target.deployment->type != DeploymentType::Command;
    return look;
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    if (isContainer(service))
        return describeContainerRollback(request, service);
    const auto deployment = releaseSwitch(service);
    if (!deployment || request.valueTarget.isEmpty())
        return {};
    const auto restart = actionKind(ActionType::RestartService);
    const QString then = restart.supports(service) ? QStringLiteral("; then restart ") + service.name : QString();
    return deployment->describe(request.valueBefore, request.valueTarget) + then;
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &, const ServiceConfig &service, const ActionTools &tools)
{
    if (isContainer(service))
        return makeContainerRollback(service);
    auto deployment = releaseSwitch(service);
    if (!deployment)
        return nullptr;
    return std::make_shared<RollbackDeployment>(std::move(deployment), tools.restartOf ? tools.restartOf(service) : nullptr);
}

} // namespace

/// No inverse: nobody goes forward by himself to a release that has failed.
ActionKind rollbackKind() { return {supports, look, describe, nullptr, make}; }

} // namespace prunella
