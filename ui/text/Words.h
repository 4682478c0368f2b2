#pragma once
// The engine speaks codes, this file speaks language: every fixed word an operator reads.
#include "core/model/Events.h"
#include "core/model/Frame.h"

#include <QString>

namespace prunella {

[[nodiscard]] QString words(ErrorType type);
[[nodiscard]] QString words(Severity severity);
[[nodiscard]] QString words(Health health);
[[nodiscard]] QString words(IncidentStatus status);
[[nodiscard]] QString words(ActionType type);
[[nodiscard]] QString words(ActionStatus status);
[[nodiscard]] QString words(Mode mode);
[[nodiscard]] QString words(Verdict verdict);
[[nodiscard]] QString words(Manager manager);
[[nodiscard]] QString words(Direction direction);
[[nodiscard]] QString words(Decision decision);
[[nodiscard]] QString words(FailureKind kind);
/// A sentence without its full stop, to be followed by the decision's detail: "attempts used up: 3 of 3 in 1 h".
[[nodiscard]] QString words(Reason reason);

/// What a mode does, for the selector's tooltip.
[[nodiscard]] QString modeExplained(Mode mode);
/// "attempts used up: 3 of 3 attempts in 1 h"; the detail alone repeats nothing.
[[nodiscard]] QString words(const RecoveryDecision &decision);

} // namespace prunella
