// restart_service as a row of the table.
#include "core/recovery/ActionKind.h"
#include "core/recovery/ContainerRestart.h"
#include "core/recovery/ProcessRestart.h"
#include "core/recovery/SystemdRestart.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &service)
{
    return service.manager == Manager::Systemd || service.manager == Manager::SystemdUser || service.manager == Manager::Process
        || service.manager == Manager::Container;
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    if (service.manager == Manager::Container)
        return ContainerRestart::describe(service);
    if (service.manager == Manager::Process)
        return ProcessRestart::describe(service);
    return describeRestart(request).value_or(QStringLiteral("restart %1").arg(request.target));
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &, const ServiceConfig &service, const ActionTools &tools)
{
    return tools.restartOf(service);
}

} // namespace

ActionKind restartKind() { return {supports, nullptr, describe, nullptr, make}; }

} // namespace prunella
