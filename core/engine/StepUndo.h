#pragma once
#include "core/engine/Step.h"

// Taking back what did not help. Part of the step function.

namespace prunella::step {

/// A verification said that the last action did not help: what it changed is taken back first, then the next one is
/// looked for. `first`: that action was not judged before.
void didNotHelp(const Verified &event, RecoveryActionRecord *record, bool first, Outcome &out, const Rules &rules, const Now &now);
void undoing(const Undoing &event, Outcome &out, const Now &now);
void notUndone(const NotUndone &event, Outcome &out, const Rules &rules, const Now &now);
/// The action that takes another one back has ended.
void undone(RecoveryActionRecord &undo, bool cleared, Outcome &out, const Rules &rules, const Now &now);

} // namespace prunella::step
