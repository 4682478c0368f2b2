#pragma once
#include "core/recovery/RecoveryAction.h"

#include <memory>

namespace prunella {

class SystemdRestart;

/// increase_resources (files): LimitNOFILE cannot be set on a unit that runs, so it goes into a drop-in of ours, systemd reads
/// its files again and the unit is restarted. When it does not start so, the file is put back and it is restarted once more.
class OpenFilesLimit final : public RecoveryAction
{
public:
    OpenFilesLimit(bool userManager, std::shared_ptr<SystemdRestart> systemd, std::shared_ptr<RecoveryAction> restart);

    /// The changes of the intent's plan are LimitNOFILESoft and LimitNOFILE, in this order.
    ActionResult run(const ActionRequest &request, CancelToken &token) override;

private:
    /// Manager.Reload, restart, and a look at the process.
    [[nodiscard]] ActionResult apply(const ActionRequest &request, CancelToken &token, quint64 soft, quint64 hard) const;

    const bool m_userManager;
    const std::shared_ptr<SystemdRestart> m_systemd;
    const std::shared_ptr<RecoveryAction> m_restart;
};

} // namespace prunella
