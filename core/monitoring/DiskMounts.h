#pragma once
// /proc/self/mountinfo: which mounts hold data that can run out of room.
#include <QtGlobal>
#include <string>
#include <string_view>
#include <vector>

namespace prunella {

struct DiskMount {
    std::string path;      ///< the mount point
    std::string root;      ///< the folder of the file system that is seen there; other than "/" for a bind mount
    std::string type;      ///< ext4, nfs4, ...
    std::string source;    ///< /dev/sda1, server:/export, ...
    unsigned major = 0, minor = 0;
    bool readOnly = false; ///< the whole file system, not only this view of it
    bool remote = false;   ///< a server or a user-space process answers for it: a question to it may hang
    bool operator==(const DiskMount &) const = default;
};

/// All mounts in the kernel's order; lines that are cut off or broken are left out.
[[nodiscard]] std::vector<DiskMount> parseMounts(std::string_view text);

/// Those to watch: no pseudo file systems; no read-only ones, which are as full as they were made, except /; an
/// overlay only as /; one mount a file system, its full view rather than a bind mount; a mount hidden by a later one
/// at the same place not at all. A tmpfs counts where people put data, not below /dev, /proc, /run and /sys.
[[nodiscard]] std::vector<DiskMount> realMounts(std::vector<DiskMount> mounts);

} // namespace prunella
