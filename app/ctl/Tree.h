#pragma once
#include "core/model/Incident.h"

namespace prunella::ctl {

/// The whole incident for a terminal: what happened, the diagnosis as a tree, the actions, the timeline.
void printIncident(const Incident &incident);

} // namespace prunella::ctl
