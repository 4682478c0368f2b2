// free_disk_space as a row of the table.
#include "core/recovery/ActionKind.h"
#include "core/recovery/FreeDiskSpace.h"

namespace prunella {
namespace {

bool supports(const ServiceConfig &service) { return !service.diskRules.isEmpty(); }

Preflight look(const LookInput &input)
{
    Preflight look;
    look.idempotent = true; // what is gone is not there to be deleted twice
    const auto plan = planDisk(input.target.diskRules, input.nowWallMs);
    if (plan)
        look.plan = toJson(*plan);
    else
        look.objection = refusalOf(plan.error());
    return look;
}

QString describe(const ActionRequest &request, const ServiceConfig &)
{
    const auto plan = diskPlanFromJson(request.plan);
    return plan ? prunella::describe(*plan) : QString();
}

std::shared_ptr<RecoveryAction> make(const ActionRequest &, const ServiceConfig &service, const ActionTools &)
{
    return std::make_shared<FreeDiskSpace>(service.diskRules);
}

} // namespace

ActionKind diskSpaceKind() { return {supports, look, describe, nullptr, make}; }

} // namespace prunella
