#pragma once
#include "core/engine/Step.h"

namespace prunella::step {

/// A person's word on an incident; the answer says what came of it. Part of the step function.
void personSaid(const Command &command, Outcome &out, const Rules &rules, const Now &now);

} // namespace prunella::step
