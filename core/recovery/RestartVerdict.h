#pragma once
// What came of a restart, as plain functions of what systemd said: no bus, no waiting.
#include "core/model/Recovery.h"
#include "core/recovery/UnitBus.h"

#include <optional>

namespace prunella {

/// Why RestartUnit must not be called now; nothing: call it.
[[nodiscard]] std::optional<ActionResult> refusalBeforeCall(const ActionRequest &request, const UnitRow &row);
/// RestartUnit (or the question before it) was answered with a D-Bus error.
[[nodiscard]] ActionResult judgeCallError(const ActionRequest &request, const QString &name, const QString &text);
/// The unit is on its way up and nobody can tell yet: look again.
[[nodiscard]] bool stillStarting(const UnitFacts &facts);
/// `job` is JobRemoved's result: done, failed, dependency, timeout, canceled, ...; empty when it was not heard.
[[nodiscard]] ActionResult judgeRestart(const ActionRequest &request, const QString &job, const UnitFacts &facts);
/// The same for a reload: the unit ran before and keeps its process.
[[nodiscard]] ActionResult judgeReload(const ActionRequest &request, const QString &job, const UnitFacts &facts);
/// The same for a stop. A unit that had to be killed (TimeoutStopSec was over) is stopped, too.
[[nodiscard]] ActionResult judgeStop(const ActionRequest &request, const QString &job, const UnitFacts &facts);

} // namespace prunella
