#pragma once
#include "core/model/Recovery.h"
#include "core/recovery/CancelToken.h"

namespace prunella {

[[nodiscard]] inline ActionResult completed(const ActionRequest &request, QString output, qint64 newPid = 0)
{
    return {request.id, ActionStatus::Completed, FailureKind::None, std::move(output), newPid};
}

[[nodiscard]] inline ActionResult failed(const ActionRequest &request, FailureKind kind, QString output)
{
    return {request.id, ActionStatus::Failed, kind, std::move(output), 0};
}

/// For an action that gave up; the runner turns it into Failed/Timeout when the time was over.
[[nodiscard]] inline ActionResult cancelled(const ActionRequest &request, QString output)
{
    return {request.id, ActionStatus::Cancelled, FailureKind::Cancelled, std::move(output), 0};
}

/// One way to repair something. Runs on a pool thread and may block, but gives up soon after the token is cancelled.
class RecoveryAction
{
public:
    virtual ~RecoveryAction() = default;
    virtual ActionResult run(const ActionRequest &request, CancelToken &token) = 0;
    /// restart_service only: ends the target and leaves it so, for a group that is stopped before it is started again.
    /// Completed also when it does not run. The others have nothing to stop.
    virtual ActionResult stop(const ActionRequest &request, CancelToken &) { return completed(request, request.target + QStringLiteral(" is stopped by its restart")); }
};

} // namespace prunella
