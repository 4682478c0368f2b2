// health_check as a row of the table.
#include "core/recovery/ActionKind.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &service) { return !service.health.isEmpty(); }

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    return QStringLiteral("run all %1 health checks of %2 now").arg(service.health.size()).arg(request.target);
}

} // namespace

ActionKind healthCheckKind() { return {supports, nullptr, describe, nullptr, nullptr}; }

} // namespace prunella
