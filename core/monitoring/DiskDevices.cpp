#include "core/monitoring/DiskDevices.h"

#include <QFile>

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>

namespace prunella {
namespace {

/// The kernel's name of a block device: /sys/dev/block/8:1 -> ../../devices/.../block/sda/sda1
std::string deviceName(unsigned majorNumber, unsigned minorNumber, const std::filesystem::path &sys)
{
    std::error_code error;
    const auto link = sys / "dev/block" / (std::to_string(majorNumber) + ':' + std::to_string(minorNumber));
    const auto folder = std::filesystem::canonical(link, error);
    return error ? std::string() : folder.filename().string();
}

} // namespace

std::vector<DiskDevice> devicesOf(const std::vector<DiskMount> &mounts, const ProcPaths &paths)
{
    const std::filesystem::path sys = QFile::encodeName(paths.sys).toStdString();
    std::vector<DiskDevice> devices;
    for (const auto &mount : mounts) {
        if (mount.remote && mount.type != "fuseblk")
            continue;
        auto name = deviceName(mount.major, mount.minor, sys);
        struct stat status{};
        // btrfs and its like have a number of their own; the source names one of their devices.
        if (name.empty() && mount.source.starts_with("/dev/") && stat(mount.source.c_str(), &status) == 0
            && S_ISBLK(status.st_mode))
            name = deviceName(major(status.st_rdev), minor(status.st_rdev), sys);
        const bool known = std::any_of(devices.begin(), devices.end(), [&](const auto &device) { return device.name == name; });
        if (!name.empty() && !known)
            devices.push_back({std::move(name), mount.path});
    }
    return devices;
}

} // namespace prunella
