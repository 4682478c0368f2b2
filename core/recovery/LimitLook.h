#pragma once
// Looks at what increase_resources and the weights of scale_resources would set. Both block, for five seconds at most.
#include "core/model/ActionPlan.h"

namespace prunella {

/// parameters["resource"] (memory, cpu, tasks, files), else what the cause is about, else the first configured one that can
/// be raised. Objections: NoAction (nothing to raise, with the reason), AtMaximum, NoRoom, NotAuthorised.
[[nodiscard]] Preflight lookAtLimits(const LookInput &input);
/// One of the resources of a unit.
[[nodiscard]] Preflight lookAtLimit(const ServiceConfig &service, const QString &resource);
/// cpu_weight or io_weight: of the unit, or of all running instances when the service has such.
[[nodiscard]] Preflight lookAtWeight(const ServiceConfig &service, const QString &subject);

/// By the names in it: whether a plan is about this service's units and known properties. A plan comes back from the journal.
[[nodiscard]] bool planFits(const QString &plan, const ServiceConfig &service);

} // namespace prunella
