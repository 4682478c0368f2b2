#pragma once
// What the escalation dialog says, from values.
#include "core/model/Frame.h"

namespace prunella {

/// "Service crash on web since 20:15:01 (4 min ago): unit failed with signal 9"
[[nodiscard]] QString whatIsWrong(const Incident &incident, qint64 nowMs);
/// "killed by signal 9 (93 % sure)"
[[nodiscard]] QString causeLine(const Incident &incident);
/// What the action should bring about, and how that is checked.
[[nodiscard]] QString expectedEffect(ActionType type, const QString &target, const Condition &condition);
/// Which services name the target in depends_on.
[[nodiscard]] QString dependentsOf(const EngineFrame &frame, const QString &target);
/// "1 of 2 people have said yes: uid 1000 (anna) at 12:03:11 from pts/3. A second person must agree."; empty: one is enough.
[[nodiscard]] QString peopleWords(const ApprovalRequest &request);
/// "Approve: restart service", "Approve (2 of 2): restart service"
[[nodiscard]] QString approveButtonText(const ApprovalRequest &request);
/// "4 min 12 s left. If nobody answers, …"; never ends in an approval.
[[nodiscard]] QString countdownText(const ApprovalRequest &request, qint64 leftMs);

} // namespace prunella
