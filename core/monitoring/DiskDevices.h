#pragma once
#include "core/monitoring/DiskMounts.h"
#include "core/monitoring/ProcPaths.h"

namespace prunella {

/// The kernel's names (sda, nvme0n1, dm-0) of the disks on which these mounts lie: each once, a partition counted to
/// its disk. Network mounts and those in memory have none.
[[nodiscard]] std::vector<std::string> disksOf(const std::vector<DiskMount> &mounts, const ProcPaths &paths);

} // namespace prunella
