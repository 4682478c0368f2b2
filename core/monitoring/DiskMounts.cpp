#include "core/monitoring/DiskMounts.h"
#include "core/monitoring/ProcText.h"

#include <algorithm>
#include <array>

namespace prunella {
namespace {

template<std::size_t N>
bool isOneOf(std::string_view word, const std::array<std::string_view, N> &words)
{
    return std::find(words.begin(), words.end(), word) != words.end();
}

constexpr std::array<std::string_view, 33> kPseudo{
    "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "configfs", "pstore",
    "efivarfs", "bpf", "mqueue", "hugetlbfs", "autofs", "binfmt_misc", "fusectl", "rpc_pipefs", "nsfs", "ramfs", "selinuxfs",
    "rootfs", "sockfs", "pipefs", "nfsd", "fuse.portal", "fuse.gvfsd-fuse", "fuse.lxcfs", "squashfs", "iso9660", "erofs", "cramfs"};
constexpr std::array<std::string_view, 13> kRemote{
    "nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "9p", "afs", "glusterfs", "lustre", "ncpfs", "coda", "davfs"};

bool isRemote(std::string_view type)
{
    return isOneOf(type, kRemote) || type == "fuse" || type == "fuseblk" || type.starts_with("fuse.");
}

/// The kernel writes blank, tab, newline and backslash as \ooo.
std::string unescape(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    while (!text.empty()) {
        if (text.front() == '\\' && text.size() >= 4) {
            if (const auto code = proctext::number<unsigned>(text.substr(1, 3), 8); code && *code < 256) {
                plain += char(*code);
                text.remove_prefix(4);
                continue;
            }
        }
        plain += text.front();
        text.remove_prefix(1);
    }
    return plain;
}

bool hasOption(std::string_view options, std::string_view wanted)
{
    while (!options.empty()) {
        const auto end = options.find(',');
        if (options.substr(0, end) == wanted)
            return true;
        options.remove_prefix(end == std::string_view::npos ? options.size() : end + 1);
    }
    return false;
}

/// "36 35 98:0 /root /point rw,noatime shared:1 - ext3 /dev/root rw,errors=continue"
bool parseMount(std::string_view line, DiskMount &mount)
{
    using proctext::takeField;
    takeField(line), takeField(line); // the mount's and its parent's id
    const auto device = takeField(line);
    const auto colon = device.find(':');
    if (colon == std::string_view::npos)
        return false;
    const auto major = proctext::number<unsigned>(device.substr(0, colon));
    const auto minor = proctext::number<unsigned>(device.substr(colon + 1));
    mount.root = unescape(takeField(line));
    mount.path = unescape(takeField(line));
    takeField(line); // options of this view
    for (auto field = takeField(line); field != "-"; field = takeField(line)) {
        if (field.empty())
            return false;
    }
    mount.type = takeField(line);
    mount.source = unescape(takeField(line));
    const auto options = takeField(line);
    if (!major || !minor || mount.path.empty() || options.empty())
        return false;
    mount.major = *major;
    mount.minor = *minor;
    mount.readOnly = hasOption(options, "ro");
    mount.remote = isRemote(mount.type);
    return true;
}

bool isBelow(std::string_view path, std::string_view folder)
{
    return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

bool isReal(const DiskMount &mount)
{
    const bool root = mount.path == "/";
    if (isOneOf(mount.type, kPseudo) || (mount.readOnly && !root))
        return false;
    if (mount.type == "overlay")
        return root;
    constexpr std::array<std::string_view, 4> kernelFolders{"/dev", "/proc", "/run", "/sys"};
    return mount.type != "tmpfs" || std::none_of(kernelFolders.begin(), kernelFolders.end(), [&](auto folder) {
        return isBelow(mount.path, folder);
    });
}

/// Which of two mounts of one file system stands for it.
bool isBetter(const DiskMount &a, const DiskMount &b)
{
    if ((a.root == "/") != (b.root == "/"))
        return a.root == "/";
    return a.path.size() < b.path.size();
}

} // namespace

std::vector<DiskMount> parseMounts(std::string_view text)
{
    std::vector<DiskMount> mounts;
    while (!text.empty()) {
        DiskMount mount;
        if (parseMount(proctext::takeLine(text), mount))
            mounts.push_back(std::move(mount));
    }
    return mounts;
}

std::vector<DiskMount> realMounts(std::vector<DiskMount> mounts)
{
    std::vector<DiskMount> real;
    for (auto mount = mounts.begin(); mount != mounts.end(); ++mount) {
        const bool hidden = std::any_of(mount + 1, mounts.end(), [&](const auto &later) { return later.path == mount->path; });
        if (hidden || !isReal(*mount))
            continue;
        const auto same = std::find_if(real.begin(), real.end(), [&](const DiskMount &other) {
            return other.major == mount->major && other.minor == mount->minor;
        });
        if (same == real.end())
            real.push_back(std::move(*mount));
        else if (isBetter(*mount, *same))
            *same = std::move(*mount);
    }
    return real;
}

} // namespace prunella
