// adjust_timeout as a row of the table.
#include "core/recovery/ActionKind.h"
#include "core/recovery/AdjustTimeout.h"
#include "core/recovery/SystemdRestart.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &service)
{
    return actionKind(ActionType::RestartService).supports(service) && !service.timeouts.isEmpty();
}

Preflight look(const LookInput &input)
{
    Preflight look;
    look.idempotent = true;
    const auto plan = AdjustTimeout::planFirst(input.target.timeouts);
    if (!plan) {
        look.objection = refusalOf(plan.error());
        return look;
    }
    look.subject = plan->first;
    look.valueBefore = plan->second.valueBefore;
    look.valueTarget = plan->second.valueTarget;
    look.fingerprint = plan->second.fingerprint;
    return look;
}

QString describe(const ActionRequest &request, const ServiceConfig &service)
{
    const TimeoutConfig *timeout = named(service.timeouts, request.subject);
    return timeout ? AdjustTimeout::describe(*timeout, request) : QString();
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &request, const ServiceConfig &service, const ActionTools &tools)
{
    const TimeoutConfig *timeout = named(service.timeouts, request.subject);
    if (!timeout)
        return nullptr;
    const auto restart = tools.restartOf(service);
    const auto systemd = service.manager == Manager::SystemdUser ? tools.user : tools.system;
    return std::make_shared<AdjustTimeout>(*timeout, [restart, systemd, config = *timeout](const ActionRequest &asked, CancelToken &token) {
        if (config.format == FileFormat::Systemd) {
            auto read = systemd->reloadManager(asked, token);
            if (read.status != ActionStatus::Completed || config.apply == ApplyBy::Reload)
                return read;
        }
        return config.apply == ApplyBy::Reload ? systemd->reload(asked, token) : restart->run(asked, token);
    });
}

} // namespace

ActionKind adjustTimeoutKind() { return {supports, look, describe, AdjustTimeout::inverseOf, make}; }

} // namespace prunella
