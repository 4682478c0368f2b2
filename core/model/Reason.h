#pragma once
// Why something is done, waits, is asked or refused: every answer to "why did it not restart?".
#include <QString>

namespace prunella {

/// Why the policy decided as it did. `ui/text` and the log turn it into a sentence.
enum class Reason {
    Allowed,             ///< every guard agreed
    Approved,            ///< a person said yes
    ModeObserve,         ///< the mode never acts
    ModeApprove,         ///< the mode asks a person
    CeilingLower,        ///< the header's selector is stricter than the configuration
    LowConfidence,       ///< confidence under confidence_threshold
    CoolDown,            ///< too soon after the last incident's action on this target
    RateLimit,           ///< max_actions_per_hour reached
    TargetBusy,          ///< another action runs on this target
    TooManyRunning,      ///< max_concurrent_actions reached
    AttemptsExhausted,   ///< max_retry_attempts in attempt_window reached
    Backoff,             ///< waits before the next attempt
    Paused,              ///< a person paused this target or everything
    ManagerRestarting,   ///< systemd is already restarting it
    StartLimit,          ///< systemd's own start limit was hit; only a person resets it
    NoAction,            ///< nothing to do is known for this cause
    NotSupported,        ///< the action is not available for this manager
    TooManyUnhealthy,    ///< over max_unhealthy_fraction: the cause is elsewhere
    JournalLost,         ///< the intent cannot be written down anywhere
    StoreDamaged,        ///< after a damaged database a person must acknowledge first
    Maintenance,         ///< a maintenance window is open
    Flapping,            ///< the state changes too often to act on
    NotAuthorised,       ///< no right to do it
    Rejected,            ///< a person said no
    Withdrawn,           ///< the condition cleared by itself
    NotAnswered,         ///< nobody answered in time
    HintAlone,           ///< only an anomaly or a pattern speaks for it
    DependencyFirst,     ///< something that it needs is broken: the cause comes first
    BreakerOpen,         ///< breaker_failures in a row on this target and action: one trial after breaker_reset
    ChangedByOthers,     ///< somebody is working on it: a queued job, a package manager, a debugger
    Shadow,              ///< shadow mode: decided and recorded, not done
    SecondPerson,        ///< one person said yes, a second one must
    SwitchedOff,         ///< rollback_enabled or auto_scaling_enabled is false
    AtMaximum,           ///< the configured most is reached
    NoRoom,              ///< the host has not that much free
    NoGoodRelease,       ///< no earlier release is known to have been healthy
    UndoFailed,          ///< what did not help could not be taken back
};
inline constexpr Reason lastReasonValue = Reason::UndoFailed;
[[nodiscard]] QString toString(Reason reason);

} // namespace prunella
