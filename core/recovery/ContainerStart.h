#pragma once
// What all actions on containers share: did it come up, and what an error means for an action.
#include "core/recovery/ContainerApi.h"
#include "core/recovery/RecoveryAction.h"

#include <chrono>

namespace prunella {

using ContainerDeadline = std::chrono::steady_clock::time_point;

struct ContainerTiming {
    int aliveMs = 500; ///< a container that ends sooner counts as not started
    int lookMs = 100;  ///< between two looks
};

/// Waits until the container has run for `aliveMs`, and is healthy when its image says what that is; its main pid. Io: it
/// ended or is unhealthy, with its exit code and the last lines of its log; Timeout.
[[nodiscard]] Result<qint64> awaitContainer(const ContainerApi &api, const QString &container, const CancelToken &token,
                                            ContainerDeadline deadline, const ContainerTiming &timing = {});

/// Seconds between the stop signal and SIGKILL: the container's own, at most half of what the action has.
[[nodiscard]] int stopSeconds(const QJsonObject &inspected, int timeoutMs);

/// The result of an action that ends with this error; `done` says what was done before.
[[nodiscard]] ActionResult containerFailure(const ActionRequest &request, const Error &error, const CancelToken &token, const QString &done = {});

} // namespace prunella
