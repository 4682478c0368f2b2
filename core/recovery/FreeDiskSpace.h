#pragma once
#include "core/recovery/DiskPlan.h"
#include "core/recovery/RecoveryAction.h"

namespace prunella {

/// free_disk_space: does what ActionRequest::plan lists, and nothing else: a file that is not as it was listed (another
/// inode, changed, a link by now) is left alone and told. There is no inverse: what is deleted is gone.
class FreeDiskSpace final : public RecoveryAction
{
public:
    /// A step of the plan for which there is no rule (any more) is left alone.
    explicit FreeDiskSpace(QList<DiskRuleConfig> rules);
    /// Completed when anything was deleted; Failed when nothing was.
    ActionResult run(const ActionRequest &request, CancelToken &token) override;

private:
    const QList<DiskRuleConfig> m_rules;
};

} // namespace prunella
