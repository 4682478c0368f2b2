#pragma once
// The escalation chain: who is told when. Part of the step function.
#include "core/engine/Step.h"

namespace prunella::step {

/// Starts the chain: every step that is due at once is told, the next one is timed.
void startChain(Outcome &out, const Rules &rules, const Now &now, bool approval);
/// Takes the next step, or repeats to all steps when none is left. Does nothing before its time.
void climbChain(Outcome &out, const Rules &rules, const Now &now, bool approval);
/// Nobody needs to be told any more; `tellResolved`: those who were told hear that it ended.
void endChain(Outcome &out, bool tellResolved);

} // namespace prunella::step
