#include "core/monitoring/DiskMountTable.h"

namespace prunella {

DiskMountTable::DiskMountTable(const ProcPaths &paths)
    : m_file(paths.proc + QStringLiteral("/self/mountinfo")), m_kernel(paths.proc == ProcPaths().proc)
{
}

bool DiskMountTable::refresh()
{
    const bool changed = m_file.changed(); // asked each time: the answer takes back the announcement
    if (m_read && m_kernel && !changed)
        return false;
    const auto text = m_file.read();
    m_read = m_file.error() == 0;
    if (!m_read)
        return false;
    auto mounts = realMounts(parseMounts(text));
    if (mounts == m_mounts)
        return false;
    m_mounts = std::move(mounts);
    return true;
}

} // namespace prunella
