#pragma once
#include "core/model/Pattern.h"

namespace prunella::ctl {

/// The whole incident for a terminal: what happened, what was like it before, the diagnosis as a tree, the actions, the timeline.
/// `full`: the branches of the tree that were not taken are printed out, not summed up.
void printIncident(const Incident &incident, const QList<IncidentPattern> &patterns, bool full = false);

} // namespace prunella::ctl
