#pragma once
#include "core/monitoring/DiskMounts.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcPaths.h"

namespace prunella {

/// The real mounts of this machine, read again when the kernel says that mounts changed.
class DiskMountTable
{
public:
    explicit DiskMountTable(const ProcPaths &paths);
    /// true when mounts() is another list than before
    [[nodiscard]] bool refresh();
    [[nodiscard]] const std::vector<DiskMount> &mounts() const { return m_mounts; }
    /// why refresh() could not read the table; the list is then that of before
    [[nodiscard]] QString problem() const { return m_file.problem(); }

private:
    ProcFile m_file;
    bool m_kernel; ///< the real /proc, whose mountinfo announces changes
    bool m_read = false;
    std::vector<DiskMount> m_mounts;
};

} // namespace prunella
