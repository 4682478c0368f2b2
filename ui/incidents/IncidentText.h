#pragma once
// What an incident says in one line.
#include "core/model/Incident.h"

#include <QString>

namespace prunella {

/// When the fault began, as far as it is known. Wall ms.
[[nodiscard]] qint64 startOf(const Incident &incident);
/// From detected to resolved, or to `nowMs` while open. Milliseconds.
[[nodiscard]] qint64 durationOf(const Incident &incident, qint64 nowMs);
/// "Restart service: healed", "2 actions, last: Restart service failed", "Nothing yet".
[[nodiscard]] QString whatWasDone(const Incident &incident);
/// Why it is in its present state; what fails elsewhere because of it left out.
[[nodiscard]] QString lastReason(const Incident &incident);
/// "Nothing more happens by itself: …" with the policy's reason; empty while it goes on or is over.
[[nodiscard]] QString haltWords(const Incident &incident);
/// One sentence of what happened, and why when that is known.
[[nodiscard]] QString whatHappened(const Incident &incident);
/// "web, api" that fail now because of it, "web and 8 more"; empty: nothing does.
[[nodiscard]] QString affectedBy(const Incident &incident);
/// "fails", "recovered 20:15:42", "incident 7f3c9a52" when it became one.
[[nodiscard]] QString stateOf(const Symptom &symptom);
/// "cause: reason" lines with the causes of one reason on one line.
[[nodiscard]] QStringList byReason(const QStringList &ruledOut);
/// "93 %"
[[nodiscard]] QString percent(double fraction);

} // namespace prunella
