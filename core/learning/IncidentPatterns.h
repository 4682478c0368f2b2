#pragma once
// What the incidents of the past have in common. Pure and deterministic; README.md has the method of each kind.
#include "core/model/Pattern.h"

#include <QTimeZone>

namespace prunella {

/// Patterns over the newest 5000 incidents up to `nowWallMs`, in any order given. `zone` is the one whose clock jobs follow;
/// an invalid one is UTC.
/// Ordered by kind, then confidence (highest first), support, component, type, predecessor and sequence; of each kind at most
/// three for one component and error type.
/// `deployments`: announced ones, and new versions of packages that belong to a service.
[[nodiscard]] QList<IncidentPattern> findPatterns(const QList<IncidentFact> &history, const QList<DeploymentFact> &deployments,
                                                  qint64 nowWallMs, const QTimeZone &zone);

} // namespace prunella
