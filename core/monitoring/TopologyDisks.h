#pragma once
// Which disk holds a file: mounts as a process sees them, named as the host knows them.
#include "core/monitoring/DiskMounts.h"

#include <optional>

namespace prunella {

/// The mounts of one mount namespace.
struct MountView {
    explicit MountView(std::vector<DiskMount> mounts = {}) : all(std::move(mounts)), real(realMounts(all)) {}
    std::vector<DiskMount> all, real;
};

/// The mount point that `disk_usage{path=...}` is measured at for the file system which holds this path in `own`; the mount
/// point there where the host does not know that file system (a private tmpfs). Nothing for pseudo file systems and what
/// is read-only. A container's overlay is on the disk where the host has mounted it.
[[nodiscard]] std::optional<DiskMount> diskOf(std::string_view path, const MountView &own, const MountView &host);

} // namespace prunella
