#pragma once
#include "core/diagnosis/Suspects.h"

#include <QStringList>

namespace prunella {

/// Why a node stands where it stands, the weightiest sentence first; names in the order of the strength of their symptoms.
[[nodiscard]] QStringList causeSentences(int node, const CauseInput &input, const CallGraph &graph, const SuspectList &list);

} // namespace prunella
