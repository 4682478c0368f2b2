#pragma once
#include "core/recovery/RecoveryAction.h"

#include <functional>
#include <memory>
#include <thread>
#include <vector>

namespace prunella {

struct RunnerJob;
struct RunnerShared;

/// Runs actions on a bounded number of threads: one action a target, each within its request's timeoutMs, each
/// reported exactly once. Std primitives only, so that the thread sanitizer can judge it.
/// All functions are called by one thread, the owner.
class Runner
{
public:
    /// Called on a thread of the runner (by stop() for actions that do not end), so it must only hand the value on.
    using Done = std::function<void(ActionResult)>;

    Runner(int threads, Done done);
    ~Runner(); ///< stop(2000)
    Runner(const Runner &) = delete;
    Runner &operator=(const Runner &) = delete;

    /// More threads, when there are fewer than that.
    void grow(int threads);
    /// false, and nothing happens: an action on this target is not over yet, or the runner is stopped.
    /// The time of an action that waits for a free thread counts, too.
    [[nodiscard]] bool start(ActionRequest request, std::shared_ptr<RecoveryAction> action);
    /// false when no such action is running.
    bool cancel(const QString &actionId);
    /// True until the action has really ended, even when it was reported as timed out before.
    [[nodiscard]] bool isBusy(const QString &target) const;
    [[nodiscard]] int running() const;
    /// Cancels everything and returns after at most about timeoutMs; a thread that hangs is left behind, harmless.
    void stop(int timeoutMs = 2000);

private:
    std::shared_ptr<RunnerShared> m_shared;
    std::vector<std::shared_ptr<RunnerJob>> m_jobs;
    std::vector<std::thread> m_threads;
    bool m_stopped = false;
};

} // namespace prunella
