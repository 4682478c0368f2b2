#include "core/monitoring/TopologyDisks.h"

#include <algorithm>

namespace prunella {
namespace {

bool isWithin(std::string_view path, std::string_view folder)
{
    return folder == "/" ? path.starts_with('/')
                         : path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// The innermost; of several at one place the last, which covers the others.
const DiskMount *mountOf(std::string_view path, const std::vector<DiskMount> &mounts)
{
    const DiskMount *found = nullptr;
    for (const DiskMount &mount : mounts) {
        if (isWithin(path, mount.path) && (!found || mount.path.size() >= found->path.size()))
            found = &mount;
    }
    return found;
}

const DiskMount *sameDevice(const DiskMount &mount, const std::vector<DiskMount> &mounts)
{
    const auto it = std::find_if(mounts.begin(), mounts.end(), [&mount](const DiskMount &other) {
        return other.major == mount.major && other.minor == mount.minor;
    });
    return it == mounts.end() ? nullptr : &*it;
}

} // namespace

std::optional<DiskMount> diskOf(std::string_view path, const MountView &own, const MountView &host)
{
    const DiskMount *mount = mountOf(path, own.all);
    if (!mount)
        return std::nullopt;
    if (const DiskMount *known = sameDevice(*mount, host.real))
        return *known;
    if (mount->type == "overlay") {
        const DiskMount *outside = sameDevice(*mount, host.all);
        const DiskMount *holder = outside && outside->path != "/" ? mountOf(outside->path.substr(0, outside->path.rfind('/') + 1), host.all) : nullptr;
        const DiskMount *known = holder ? sameDevice(*holder, host.real) : nullptr;
        return known ? std::optional(*known) : std::nullopt;
    }
    const DiskMount *kept = sameDevice(*mount, own.real);
    return kept ? std::optional(*kept) : std::nullopt;
}

} // namespace prunella
