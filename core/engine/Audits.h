#pragma once
// The audit records that belong to no single stage.
#include "core/model/Frame.h"
#include "core/model/Settings.h"
#include "core/model/Store.h"

namespace prunella {

/// Of what was done: one for each action that came back, "action" or, when it took another one back, "undo". Subject is the
/// incident; the detail has the call, the decision's reason, who said yes, and the outcome.
[[nodiscard]] QList<AuditRecord> actionAudits(const Transaction &transaction);

/// A command to reload that follows from saved settings: the record tells the keys with their new values.
[[nodiscard]] Command reloadAfter(const QList<SettingChange> &changes);
/// Who asked for a reload, and what came of it; the engine's own record tells the files.
[[nodiscard]] AuditRecord reloadAudit(const Command &command, bool taken, qint64 wallMs);

} // namespace prunella
