#include "core/monitoring/TopologyProcesses.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcText.h"
#include "core/monitoring/ProcessStat.h"

#include <QFile>

#include <algorithm>
#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace prunella {
namespace {

constexpr int kMostDescriptors = 200'000; // of one process; more are not looked at

/// A folder below /proc that is read by names relative to it: shorter ways for the kernel.
class Folder
{
public:
    Folder(int at, const char *path) : m_fd(openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {}
    ~Folder() { if (m_fd >= 0) close(m_fd); }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;
    [[nodiscard]] int fd() const { return m_fd; }

    /// The file's beginning, valid until the next call; empty when it cannot be read.
    std::string_view text(const char *name)
    {
        const int fd = openat(m_fd, name, O_RDONLY | O_CLOEXEC);
        if (fd < 0)
            return {};
        const ssize_t count = read(fd, m_buffer.data(), m_buffer.size());
        close(fd);
        return {m_buffer.data(), count > 0 ? std::size_t(count) : 0};
    }
    /// Where a link points to, valid until the next call.
    std::string_view link(const char *name)
    {
        const ssize_t count = readlinkat(m_fd, name, m_buffer.data(), m_buffer.size());
        return {m_buffer.data(), count > 0 ? std::size_t(count) : 0};
    }

private:
    int m_fd;
    std::array<char, 4096> m_buffer;
};

using Listing = std::unique_ptr<DIR, int (*)(DIR *)>;

Listing list(int at, const char *path)
{
    const int fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return {fd < 0 ? nullptr : fdopendir(fd), closedir};
}

/// "socket:[4711]", "net:[4026531840]" -> the number; 0: something else
quint64 inodeOf(std::string_view link, std::string_view kind)
{
    if (!link.starts_with(kind) || !link.ends_with(']'))
        return 0;
    link.remove_prefix(kind.size());
    link.remove_suffix(1);
    return proctext::number(link).value_or(0);
}

/// The folder of a file that exists by this name; nothing for sockets, pipes and what was removed.
void addFolder(std::string_view path, bool isFolder, std::vector<std::string> &folders)
{
    if (!path.starts_with('/') || path.ends_with(" (deleted)"))
        return;
    const auto end = isFolder ? path.size() : std::max<std::size_t>(1, path.rfind('/'));
    folders.emplace_back(path.substr(0, end));
}

bool readProcess(int proc, qint64 pid, SeenProcess &process)
{
    Folder folder(proc, std::to_string(pid).c_str());
    if (folder.fd() < 0)
        return false;
    const auto stat = folder.text("stat");
    const auto facts = parseProcessStat(stat);
    constexpr qint64 kernelThreads = 2;
    if (!facts || facts->parent == kernelThreads || pid == kernelThreads)
        return false;
    process.pid = pid;
    process.parent = facts->parent;
    process.command = std::string(facts->command);
    auto rest = stat.substr(stat.rfind(')') + 1); // the name may hold anything, brackets and blanks too
    for (int field = 3; field < 6; ++field)
        proctext::takeField(rest);
    process.session = proctext::number<qint64>(proctext::takeField(rest)).value_or(0);
    process.group = controlGroupOf(folder.text("cgroup"));
    process.network = inodeOf(folder.link("ns/net"), "net:[");
    process.mounts = inodeOf(folder.link("ns/mnt"), "mnt:[");
    return true;
}

} // namespace

std::string controlGroupOf(std::string_view text)
{
    std::string_view found;
    while (!text.empty()) {
        const auto line = proctext::takeLine(text);
        constexpr std::string_view named = ":name=systemd:", unified = "0::";
        if (const auto at = line.find(named); at != std::string_view::npos)
            found = line.substr(at + named.size());
        else if (line.starts_with(unified) && found.size() <= 1)
            found = line.substr(unified.size());
    }
    return std::string(found);
}

std::vector<SeenProcess> readProcesses(const ProcPaths &paths)
{
    std::vector<SeenProcess> processes;
    const Listing listing = list(AT_FDCWD, QFile::encodeName(paths.proc).constData());
    while (const dirent *entry = listing ? readdir(listing.get()) : nullptr) {
        SeenProcess process;
        const auto pid = proctext::number<qint64>(entry->d_name);
        if (pid && readProcess(dirfd(listing.get()), *pid, process))
            processes.push_back(std::move(process));
    }
    std::sort(processes.begin(), processes.end(), [](const SeenProcess &a, const SeenProcess &b) { return a.pid < b.pid; });
    return processes;
}

std::string serviceMarkOf(qint64 pid, const ProcPaths &paths)
{
    const QString folder = QStringLiteral("%1/%2").arg(paths.proc).arg(pid);
    struct stat owner{};
    if (stat(QFile::encodeName(folder).constData(), &owner) != 0 || owner.st_uid != geteuid())
        return {};
    ProcFile file(folder + QStringLiteral("/environ"));
    constexpr std::string_view mark = "PRUNELLA_SERVICE=";
    std::string_view rest = file.read();
    while (!rest.empty()) {
        const auto variable = rest.substr(0, rest.find('\0'));
        if (variable.starts_with(mark))
            return std::string(variable.substr(mark.size()));
        rest.remove_prefix(std::min(rest.size(), variable.size() + 1));
    }
    return {};
}

SeenFiles readOpenFiles(qint64 pid, bool files, const ProcPaths &paths)
{
    SeenFiles seen;
    Folder folder(AT_FDCWD, QFile::encodeName(QStringLiteral("%1/%2").arg(paths.proc).arg(pid)).constData());
    errno = 0;
    const Listing listing = list(folder.fd(), "fd");
    if (!listing) {
        seen.error = errno;
        return seen;
    }
    std::array<char, 4096> buffer;
    int left = kMostDescriptors;
    while (const dirent *entry = left-- > 0 ? readdir(listing.get()) : nullptr) {
        if (entry->d_name[0] == '.')
            continue;
        const ssize_t count = readlinkat(dirfd(listing.get()), entry->d_name, buffer.data(), buffer.size());
        const std::string_view link(buffer.data(), count > 0 ? std::size_t(count) : 0);
        if (const auto inode = inodeOf(link, "socket:["))
            seen.sockets.push_back(inode);
        else if (files)
            addFolder(link, false, seen.folders);
    }
    if (files) {
        addFolder(folder.link("cwd"), true, seen.folders);
        addFolder(folder.link("root"), true, seen.folders);
        std::sort(seen.folders.begin(), seen.folders.end());
        seen.folders.erase(std::unique(seen.folders.begin(), seen.folders.end()), seen.folders.end());
    }
    return seen;
}

} // namespace prunella
