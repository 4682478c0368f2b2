#pragma once
// May this action run now? Pure guards, each with its reason; the first one that objects decides.
#include "core/base/Clock.h"
#include "core/model/Recovery.h"

#include <span>

namespace prunella {

/// Everything the guards look at. Times are monotonic ms, durations ms.
struct PolicyInput {
    ActionType action = ActionType::RestartService;
    QString target;
    bool supported = true;          ///< the service's manager can do it
    bool approved = false;          ///< a person said yes to exactly this
    Mode mode = Mode::Approve;      ///< the most specific setting
    Mode ceiling = Mode::Automatic; ///< the header's selector
    double confidence = 0;
    double confidenceThreshold = 0.8;
    int attempts = 0;               ///< of this action on this target within the window, over all incidents
    int maxAttempts = 3;
    qint64 attemptWindowMs = 3'600'000;
    qint64 backoffUntilMs = 0;      ///< within one incident
    bool breakerEnabled = true;
    int failuresInRow = 0;          ///< of this action on this target, over all incidents; a repair that lasts ends the row
    int breakerFailures = 3;        ///< so many open the breaker
    qint64 breakerUntilMs = 0;      ///< then one trial is due
    QString switchedOffBy;          ///< the key that is false: rollback_enabled, auto_scaling_enabled; empty: none
    QString changedBy;              ///< who is working on the target, one sentence; empty: nobody
    qint64 changedSinceMs = 0;      ///< since when that is so
    bool shadow = false;            ///< decide and record, do nothing
    int approvalsNeeded = 1;        ///< so many different people; `approved` says that they all did
    qint64 coolDownUntilMs = 0;     ///< from the last incident's action on this target
    int actionsLastHour = 0;
    int maxActionsPerHour = 20;
    bool targetBusy = false;
    int running = 0;
    int maxConcurrent = 2;
    bool paused = false;
    qint64 pausedUntilMs = 0;       ///< 0: until resumed
    qint64 maintenanceUntilMs = 0;  ///< 0: no window is open
    bool flapping = false;          ///< the condition comes and goes (Flapping.h)
    bool managerRestarting = false; ///< systemd: auto-restart or activating
    bool startLimitHit = false;
    bool hintAlone = false;         ///< nothing but an anomaly or a pattern speaks for the incident
    QString brokenNeed;             ///< what it cannot run without and that is broken or does not run; empty: none
    QString needWhy;                ///< "does not run"
    qint64 needAgainMs = 5000;      ///< after which it is looked at anew
    bool needIsLeft = false;        ///< nothing is done about that by itself
    int services = 0;               ///< how many are configured
    int unhealthyServices = 0;      ///< how many have an incident of their own
    double maxUnhealthyFraction = 0.5;
    bool journalLost = false;
    bool storeDamaged = false;
    std::optional<RecoveryDecision> preflight; ///< what a look at it beforehand speaks against it: no right, nothing to do
};

using Guard = std::optional<RecoveryDecision> (*)(const PolicyInput &, const Now &);

/// All guards in the order they are asked.
[[nodiscard]] std::span<const Guard> guards();
/// A pause, a maintenance window or flapping: nothing is done and nobody is called while it lasts.
[[nodiscard]] std::optional<RecoveryDecision> heldBack(const PolicyInput &input, const Now &now);
[[nodiscard]] RecoveryDecision decide(const PolicyInput &input, const Now &now);

enum class Breaker { Closed, Open, HalfOpen };
/// Open after so many failures in a row; half-open, for one trial, when the reset time is over; closed by a repair that lasts.
[[nodiscard]] Breaker breakerOf(const PolicyInput &input, const Now &now);

/// Pause before the n-th attempt (1: none), in ms; grows by `factor` up to `max`.
[[nodiscard]] qint64 backoffMs(int attempt, qint64 initialMs, double factor, qint64 maxMs);

} // namespace prunella
