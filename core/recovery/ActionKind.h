#pragma once
// What there is to know of each kind of action, one table: whether a service can have it, a look beforehand, the words
// for people, its inverse, and the doing. The engine goes through this table only; a new kind is a new row.
#include "core/base/Result.h"
#include "core/model/ActionPlan.h"
#include "core/model/Events.h"
#include "core/recovery/RecoveryAction.h"

#include <functional>
#include <memory>

namespace prunella {

class SystemdRestart;

/// What actions are made with. Everything in it may be used on a runner's thread.
struct ActionTools {
    std::shared_ptr<SystemdRestart> system, user;
    /// restart_service for the target or one of `related`, whatever manages it; null: it cannot be restarted.
    std::function<std::shared_ptr<RecoveryAction>(const ServiceConfig &)> restartOf;
    /// Blocks until all health checks of a service were asked anew; empty when it has none or they did not answer in time.
    std::function<QList<CheckResult>(const QString &service, int timeoutMs, CancelToken &)> checkNow;
    QList<ServiceConfig> related;     ///< as in LookInput
    QString stateDir;                 ///< absolute; what an action leaves behind goes below it
    /// Main process of a service as the engine knows it; null or 0: it is asked for.
    std::function<qint64(const ServiceConfig &)> mainPidOf = {};
};

/// One row. Pure, except where it says that it blocks.
struct ActionKind {
    /// By the configuration alone: its manager and its keys.
    bool (*supports)(const ServiceConfig &service) = nullptr;
    /// Blocks; called in a pool thread. Null: there is nothing to look at.
    Preflight (*look)(const LookInput &input) = nullptr;
    /// The exact call for people; empty: it was not looked at beforehand.
    QString (*describe)(const ActionRequest &request, const ServiceConfig &service) = nullptr;
    /// What takes a completed action back: subject, values and plan of an absolute request. Null: nothing does.
    ActionRequest (*inverse)(const ActionRequest &done) = nullptr;
    /// Null result: what the request names is no longer in the configuration.
    std::shared_ptr<RecoveryAction> (*make)(const ActionRequest &request, const ServiceConfig &service, const ActionTools &tools) = nullptr;
    /// Whether `look` has anything to find there, by the configuration alone; null: always. A look costs a thread's wake-up.
    bool (*looks)(const LookInput &input) = nullptr;
};

[[nodiscard]] const ActionKind &actionKind(ActionType type);

// The rows, each beside its action.
[[nodiscard]] ActionKind restartKind();      // RestartKind.cpp
[[nodiscard]] ActionKind adjustTimeoutKind();// AdjustTimeoutKind.cpp
[[nodiscard]] ActionKind runCommandKind();   // RunCommandKind.cpp
[[nodiscard]] ActionKind diskSpaceKind();    // FreeDiskSpaceKind.cpp
[[nodiscard]] ActionKind healthCheckKind();  // HealthCheckKind.cpp
[[nodiscard]] ActionKind scaleKind();        // ScaleKind.cpp
[[nodiscard]] ActionKind increaseKind();     // IncreaseKind.cpp
[[nodiscard]] ActionKind rollbackKind();     // RollbackKind.cpp
[[nodiscard]] ActionKind closePeekKind();    // ClosePeekKind.cpp

/// An objection made of an error: no right, or nothing to do.
[[nodiscard]] RecoveryDecision refusalOf(const Error &error);

template<typename T>
[[nodiscard]] const T *named(const QList<T> &list, const QString &name)
{
    const auto it = std::find_if(list.cbegin(), list.cend(), [&](const T &entry) { return entry.name == name; });
    return it == list.cend() ? nullptr : &*it;
}

} // namespace prunella
