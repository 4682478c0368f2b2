#pragma once
#include "core/monitoring/DiskMounts.h"
#include "core/monitoring/ProcPaths.h"

namespace prunella {

/// The block device under a mount, by the kernel's name (sda1, nvme0n1p2, dm-0).
struct DiskDevice { std::string name, path; };

/// Of each real mount; a device that is mounted twice counts once, for its first place. Network mounts and those in
/// memory have none.
[[nodiscard]] std::vector<DiskDevice> devicesOf(const std::vector<DiskMount> &mounts, const ProcPaths &paths);

} // namespace prunella
