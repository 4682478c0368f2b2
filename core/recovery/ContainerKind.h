#pragma once
// Actions on containers, for the rows of the table (ActionKind.h): what each row calls when the service's manager is container.
// restart_service: ContainerRestart alone.
#include "core/recovery/ActionKind.h"

namespace prunella {

[[nodiscard]] bool isContainer(const ServiceConfig &service);

// increase_resources
[[nodiscard]] bool supportsContainerLimit(const ServiceConfig &service);
[[nodiscard]] Preflight lookContainerLimit(const LookInput &input);
[[nodiscard]] QString describeContainerLimit(const ActionRequest &request, const ServiceConfig &service);
[[nodiscard]] ActionRequest inverseContainerLimit(const ActionRequest &done);
[[nodiscard]] std::shared_ptr<RecoveryAction> makeContainerLimit(const ServiceConfig &service);

// scale_resources
[[nodiscard]] bool supportsContainerScale(const ServiceConfig &service);
[[nodiscard]] Preflight lookContainerScale(const LookInput &input);
[[nodiscard]] QString describeContainerScale(const ActionRequest &request, const ServiceConfig &service);
[[nodiscard]] ActionRequest inverseContainerScale(const ActionRequest &done);
[[nodiscard]] std::shared_ptr<RecoveryAction> makeContainerScale(const ServiceConfig &service);

// rollback_deployment; no inverse: nobody goes forward by himself to what has failed
[[nodiscard]] bool supportsContainerRollback(const ServiceConfig &service);
[[nodiscard]] Preflight lookContainerRollback(const LookInput &input);
[[nodiscard]] QString describeContainerRollback(const ActionRequest &request, const ServiceConfig &service);
[[nodiscard]] std::shared_ptr<RecoveryAction> makeContainerRollback(const ServiceConfig &service);

} // namespace prunella
