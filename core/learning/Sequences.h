#pragma once
#include "core/learning/History.h"

namespace prunella::learning {

/// The same two or three kinds in the same order came before this kind, more often than by chance. README.md has the method.
[[nodiscard]] QList<IncidentPattern> afterSequences(const History &history);

/// The same list of message templates came before this kind, twice or more. Facts without templates take no part.
[[nodiscard]] QList<IncidentPattern> afterTemplates(const History &history);

} // namespace prunella::learning
