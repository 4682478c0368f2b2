#pragma once
#include "core/learning/History.h"

namespace prunella::learning {

/// Kinds that come after a deployment of their service more often than by chance. README.md has the method.
[[nodiscard]] QList<IncidentPattern> afterDeployments(const History &history, const QList<DeploymentFact> &deployments);

/// Kinds that come after an incident of another kind more often than by chance, in that order, and not only because
/// both come after a third one. README.md has the method.
[[nodiscard]] QList<IncidentPattern> afterIncidents(const History &history);

} // namespace prunella::learning
