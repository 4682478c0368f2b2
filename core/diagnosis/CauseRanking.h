#pragma once
#include "core/model/CauseRanking.h"

namespace prunella {

/// Which node is at fault? All nodes, most likely first; pure. Method, formulas and their sources: README.md here, "Root cause ranking".
/// The order depends on structure and values only: neither on the order of nodes, calls or series, nor on names (a name
/// decides between nodes that cannot be told apart otherwise).
[[nodiscard]] QList<RankedCause> rankCauses(const CauseInput &input);

} // namespace prunella
