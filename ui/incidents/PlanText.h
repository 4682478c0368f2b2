#pragma once
// The dry run in words.
#include "core/model/PlannedStep.h"
#include "core/model/Rights.h"

namespace prunella {

/// "What the procedure memory_leak would do now", "What the diagnosis recommends"
[[nodiscard]] QString planTitle(const IncidentPlan &plan);
/// "Would run now: …", "Would ask a person: …", "Would wait: …", "Not possible: …", "Left out: …". `next`: it is the first that is due.
[[nodiscard]] QString verdictWords(const PlannedStep &step, bool next);
/// How it is told at a glance: runs, is asked or waits, is refused, is left out.
[[nodiscard]] Health signOf(const PlannedStep &step);
/// "1. Restart service on web"
[[nodiscard]] QString stepTitle(const PlannedStep &step, int number);
/// What follows when it does not help; empty: the next step.
[[nodiscard]] QString afterWords(const PlannedStep &step);
/// The right that `step` lacks, as a sentence; empty: none is lacking, or nothing is known.
[[nodiscard]] QString lackingRight(const PlannedStep &step, const QList<RightVerdict> &rights);

} // namespace prunella
