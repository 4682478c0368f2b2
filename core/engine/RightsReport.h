#pragma once
#include "core/model/Rights.h"
#include "core/recovery/Rights.h"

namespace prunella {

/// rightsOf() of each service, and "logs" where it has any: whether they may be read. Blocks: for a pool thread.
[[nodiscard]] QList<RightVerdict> rightsReport(const QList<ServiceConfig> &services, const RightsEdge &edge);

} // namespace prunella
