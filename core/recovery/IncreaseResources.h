#pragma once
#include "core/recovery/RecoveryAction.h"

#include <memory>

namespace prunella {

/// increase_resources (memory, cpu, tasks) and the weights of scale_resources: SetUnitProperties with the absolute values of
/// the intent's plan (LimitPlan.h), at once in effect for a unit that runs. One that does not run is started then; when that
/// fails, the old values are set again. An undo restores value and drop-in, and starts nothing.
class IncreaseResources final : public RecoveryAction
{
public:
    /// `restart`: starts a unit that is down; null: it stays down
    IncreaseResources(bool userManager, std::shared_ptr<RecoveryAction> restart);

    ActionResult run(const ActionRequest &request, CancelToken &token) override;

private:
    const bool m_userManager;
    const std::shared_ptr<RecoveryAction> m_restart;
};

} // namespace prunella
