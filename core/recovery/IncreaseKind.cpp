// increase_resources as a row of the table.
#include "core/recovery/ActionKind.h"
#include "core/recovery/ContainerKind.h"
#include "core/recovery/IncreaseResources.h"
#include "core/recovery/LimitLook.h"
#include "core/recovery/LimitPlan.h"
#include "core/recovery/OpenFilesLimit.h"

namespace prunella {
namespace {

bool isLimited(const ResourcesConfig &resources)
{
    return resources.memory || resources.cpu || resources.tasks || resources.files;
}

bool supports(const ServiceConfig &service)
{
    switch (service.manager) {
    case Manager::Systemd:
    case Manager::SystemdUser:
        return isLimited(service.resources);
    case Manager::Container:
        return supportsContainerLimit(service);
    default:
        return false;
    }
}

Preflight look(const LookInput &input)
{
    switch (input.target.manager) {
    case Manager::Systemd:
    case Manager::SystemdUser:
        return lookAtLimits(input);
    case Manager::Container:
        return lookContainerLimit(input);
    default:
        break;
    }
    Preflight none;
    none.objection = RecoveryDecision{Decision::Refuse, Reason::NotSupported, QStringLiteral("only units of systemd and containers have limits"), 0};
    return none;
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    return isContainer(service) ? describeContainerLimit(request, service) : describeLimits(request);
}

ActionRequest inverse(const ActionRequest &done)
{
    return done.manager == Manager::Container ? inverseContainerLimit(done) : inverseOfLimits(done);
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &request, const ServiceConfig &service, const ActionTools &tools)
{
    if (isContainer(service))
        return makeContainerLimit(service);
    if (!supports(service) || !planFits(request.plan, service))
        return nullptr;
    const bool user = service.manager == Manager::SystemdUser;
    if (request.subject == QLatin1String("files"))
        return std::make_shared<OpenFilesLimit>(user, user ? tools.user : tools.system, tools.restartOf(service));
    return std::make_shared<IncreaseResources>(user, tools.restartOf(service));
}

} // namespace

ActionKind increaseKind() { return {supports, look, describe, inverse, make}; }

} // namespace prunella
