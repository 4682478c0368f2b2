#include "core/recovery/ContainerKind.h"

#include "core/recovery/ContainerRollback.h"
#include "core/recovery/ContainerScale.h"
#include "core/recovery/ContainerUpdate.h"

namespace prunella {

bool isContainer(const ServiceConfig &service) { return service.manager == Manager::Container; }

bool supportsContainerLimit(const ServiceConfig &service)
{
    return isContainer(service) && (service.resources.memory || service.resources.cpu || service.resources.tasks);
}
Preflight lookContainerLimit(const LookInput &input) { return ContainerUpdate::look(input); }
QString describeContainerLimit(const ActionRequest &request, const ServiceConfig &service) { return ContainerUpdate::describe(request, service); }
ActionRequest inverseContainerLimit(const ActionRequest &done) { return ContainerUpdate::inverse(done); }
std::shared_ptr<RecoveryAction> makeContainerLimit(const ServiceConfig &service) { return std::make_shared<ContainerUpdate>(service); }

bool supportsContainerScale(const ServiceConfig &service) { return isContainer(service) && service.resources.instances; }
Preflight lookContainerScale(const LookInput &input) { return ContainerScale::look(input); }
QString describeContainerScale(const ActionRequest &request, const ServiceConfig &service) { return ContainerScale::describe(request, service); }
ActionRequest inverseContainerScale(const ActionRequest &done) { return ContainerScale::inverse(done); }
std::shared_ptr<RecoveryAction> makeContainerScale(const ServiceConfig &service) { return std::make_shared<ContainerScale>(service); }

bool supportsContainerRollback(const ServiceConfig &service)
{
    return isContainer(service) && service.deployment && service.deployment->type == DeploymentType::ContainerImage;
}
Preflight lookContainerRollback(const LookInput &input) { return ContainerRollback::look(input); }
QString describeContainerRollback(const ActionRequest &request, const ServiceConfig &service) { return ContainerRollback::describe(request, service); }
std::shared_ptr<RecoveryAction> makeContainerRollback(const ServiceConfig &service) { return std::make_shared<ContainerRollback>(service); }

} // namespace prunella
