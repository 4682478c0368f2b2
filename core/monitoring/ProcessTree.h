#pragma once
#include "core/monitoring/ProcPaths.h"

#include <vector>

namespace prunella {

/// The process and everything below it at this moment, parents before children; empty when it does not exist.
/// A descendant whose parent ended belongs to somebody else and is not found.
[[nodiscard]] std::vector<qint64> processTree(qint64 mainPid, const ProcPaths &paths = {});

} // namespace prunella
