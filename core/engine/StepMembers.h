#pragma once
// What fails elsewhere because of an incident. Part of the step function.
#include "core/engine/Step.h"

namespace prunella::step {

void join(const Symptom &symptom, Outcome &out, const Rules &rules, const Now &now);
void symptomCleared(const SymptomCleared &event, Outcome &out, const Now &now);
void splitOff(const SplitOff &event, Outcome &out, const Now &now);
void mergeInto(const MergedInto &event, Outcome &out, const Now &now);

} // namespace prunella::step
