#pragma once
#include "core/base/Mailbox.h"
#include "core/base/Result.h"
#include "core/recovery/RecoveryAction.h"

#include <memory>

namespace prunella {

class BusConnection;

/// What systemd is asked for; all are answered by a job.
enum class UnitCall { Restart, Reload, Stop };

/// restart_service for a unit of systemd: RestartUnit over D-Bus, the job's result, and the unit's state after it.
/// Never resets a failed unit. One object serves any number of threads; it keeps its connections open between
/// actions (a fresh one costs about a millisecond), so make it once and not for each action.
class SystemdRestart final : public RecoveryAction
{
public:
    /// false: the system bus, true: the user's
    explicit SystemdRestart(bool userBus);
    ~SystemdRestart() override;

    /// Opens a connection ahead of the first action. Blocks for at most five seconds: for a pool thread.
    [[nodiscard]] Status prepare();
    ActionResult run(const ActionRequest &request, CancelToken &token) override;
    /// ReloadUnit instead: the unit reads its configuration again; a unit without ExecReload fails, and the text says so.
    /// A unit that does not run is started instead.
    [[nodiscard]] ActionResult reload(const ActionRequest &request, CancelToken &token);
    /// StopUnit: systemd ends it, by SIGKILL after the unit's own TimeoutStopSec. One that does not run is stopped already.
    ActionResult stop(const ActionRequest &request, CancelToken &token) override;
    /// Manager.Reload: systemd reads the unit files again; `unit` of the request stands only in texts.
    [[nodiscard]] ActionResult reloadManager(const ActionRequest &request, CancelToken &token);

private:
    [[nodiscard]] Result<std::unique_ptr<BusConnection>> lease();
    void giveBack(std::unique_ptr<BusConnection> connection);
    [[nodiscard]] ActionResult runJob(const ActionRequest &request, CancelToken &token, UnitCall what);

    const bool m_userBus;
    Mailbox<std::unique_ptr<BusConnection>> m_idle; ///< connections no action uses now
};

/// The exact call, as an operator is shown it before it is made; Invalid for another manager than systemd.
[[nodiscard]] Result<QString> describeRestart(const ActionRequest &request, UnitCall what = UnitCall::Restart);

/// For start-up: a job that an earlier engine queued is waited for before the journal is read. Blocks, at most 5 s.
[[nodiscard]] Result<bool> unitHasQueuedJob(const QString &unit, bool userBus);

} // namespace prunella
