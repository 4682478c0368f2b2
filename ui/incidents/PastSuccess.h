#pragma once
// How often an action helped before, from what the engine's picture still holds.
#include "core/model/Frame.h"

namespace prunella {

struct PastSuccess { int healed = 0, tried = 0; };

/// Counts each ended action of that type on that target once; what was never started does not count.
[[nodiscard]] PastSuccess pastSuccess(const QList<Incident> &incidents, ActionType type, const QString &target);
[[nodiscard]] PastSuccess pastSuccess(const EngineFrame &frame, ActionType type, const QString &target);

/// "healed 3 of 3 times", "not tried yet"
[[nodiscard]] QString shortText(const PastSuccess &past);
/// "Restart service on web healed 3 of 3 times in the last 24 h", "No history yet: …"
[[nodiscard]] QString longText(const PastSuccess &past, ActionType type, const QString &target);

} // namespace prunella
