#pragma once
#include "core/model/Pattern.h"

namespace prunella::ctl {

/// The whole incident for a terminal: what happened, what was like it before, the diagnosis as a tree, the actions, the timeline.
void printIncident(const Incident &incident, const QList<IncidentPattern> &patterns);

} // namespace prunella::ctl
