#include "core/monitoring/DiskDevices.h"

#include <QFile>

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>

namespace prunella {
namespace {

/// /sys/dev/block/8:1 -> ../../devices/.../block/sda/sda1, where a file `partition` marks a partition.
std::string diskName(unsigned majorNumber, unsigned minorNumber, const std::filesystem::path &sys)
{
    std::error_code error;
    const auto link = sys / "dev/block" / (std::to_string(majorNumber) + ':' + std::to_string(minorNumber));
    const auto folder = std::filesystem::canonical(link, error);
    if (error)
        return {};
    const bool partition = std::filesystem::exists(folder / "partition", error);
    return (partition ? folder.parent_path() : folder).filename().string();
}

} // namespace

std::vector<std::string> disksOf(const std::vector<DiskMount> &mounts, const ProcPaths &paths)
{
    const std::filesystem::path sys = QFile::encodeName(paths.sys).toStdString();
    std::vector<std::string> disks;
    for (const auto &mount : mounts) {
        if (mount.remote && mount.type != "fuseblk")
            continue;
        auto disk = diskName(mount.major, mount.minor, sys);
        struct stat status{};
        // btrfs and its like have a number of their own; the source names one of their devices.
        if (disk.empty() && mount.source.starts_with("/dev/") && stat(mount.source.c_str(), &status) == 0
            && S_ISBLK(status.st_mode))
            disk = diskName(major(status.st_rdev), minor(status.st_rdev), sys);
        if (!disk.empty() && std::find(disks.begin(), disks.end(), disk) == disks.end())
            disks.push_back(std::move(disk));
    }
    return disks;
}

} // namespace prunella
