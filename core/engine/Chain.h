#pragma once
// The escalation chain: who is told when. Part of the step function.
#include "core/engine/Step.h"

namespace prunella::step {

/// Starts the chain: every step that is due at once is told, the next one is timed.
void startChain(Outcome &out, const Rules &rules, const Now &now, bool approval);
/// The first step hears of something that waits by itself; nothing more is timed.
void tellFirst(Outcome &out);
/// Goes on in a new run of the engine: those who were told are not told again, the next step keeps its wall time.
void resumeChain(Outcome &out, const Rules &rules, const Now &now);
/// Takes the next step, or repeats to all steps when none is left. Does nothing before its time.
void climbChain(Outcome &out, const Rules &rules, const Now &now, bool approval);
/// Nobody needs to be told any more; `tellResolved`: those who were told hear that it ended, by this event.
void endChain(Outcome &out, bool tellResolved, const QString &event = QStringLiteral("resolved"));
/// Those who were told hear that somebody has it in hand, as far as their channel has a word for it.
void tellAcknowledged(Outcome &out);

} // namespace prunella::step
