#include "core/monitoring/ProcessFacts.h"
#include "core/monitoring/ProcSeries.h"
#include "core/monitoring/ProcessStat.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace prunella {
namespace {

std::string folderOf(qint64 pid, const ProcPaths &paths)
{
    return QFile::encodeName(paths.proc).toStdString() + '/' + std::to_string(pid);
}

/// The file's beginning; empty with errno when it cannot be read.
std::string_view readStart(const std::string &path, std::array<char, 4096> &buffer)
{
    const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return {};
    const ssize_t count = read(fd, buffer.data(), buffer.size());
    const int error = errno;
    close(fd);
    errno = error;
    return {buffer.data(), count > 0 ? std::size_t(count) : 0};
}

std::optional<qint64> countOpenFiles(const std::string &folder, bool kernel)
{
    const std::string path = folder + "/fd";
    struct stat status{};
    if (stat(path.c_str(), &status) != 0)
        return std::nullopt;
    if (kernel && status.st_size > 0) // since Linux 6.2 the size is the number
        return status.st_size;
    const std::unique_ptr<DIR, int (*)(DIR *)> directory(opendir(path.c_str()), closedir);
    if (!directory)
        return std::nullopt;
    qint64 count = 0;
    while (const dirent *entry = readdir(directory.get()))
        count += entry->d_name[0] != '.';
    return count;
}

} // namespace

Result<ProcessFacts> readProcessNumbers(qint64 pid, const ProcPaths &paths)
{
    static const auto pageSize = quint64(sysconf(_SC_PAGESIZE));
    const std::string folder = folderOf(pid, paths);
    std::array<char, 4096> buffer;
    errno = 0;
    const auto text = readStart(folder + "/stat", buffer);
    if (text.empty()) {
        const bool gone = errno == ENOENT || errno == ESRCH;
        return failure(gone ? ErrorCode::NotFound : ErrorCode::Io,
                       gone ? QStringLiteral("there is no process %1").arg(pid)
                            : QStringLiteral("cannot read %1/%2/stat: %3").arg(paths.proc).arg(pid)
                                  .arg(QString::fromStdString(std::generic_category().message(errno))));
    }
    const auto stat = parseProcessStat(text);
    if (!stat)
        return failure(ErrorCode::Io, QStringLiteral("%1/%2/stat is not as expected").arg(paths.proc).arg(pid));
    ProcessFacts facts;
    facts.pid = pid;
    facts.parent = stat->parent;
    facts.state = fromKernelText(processStateWord(stat->state));
    facts.rssBytes = stat->rssPages * pageSize;
    facts.cpuTicks = stat->cpuTicks;
    facts.threads = stat->threads;
    facts.startTicks = stat->startTicks;
    const bool ended = stat->state == 'Z' || stat->state == 'X'; // its files are closed and can no longer be listed
    facts.openFiles = ended ? 0 : countOpenFiles(folder, paths.proc == ProcPaths().proc);
    facts.command = QStringLiteral("[%1]").arg(fromKernelText(stat->command));
    return facts;
}

Result<ProcessFacts> readProcessFacts(qint64 pid, const ProcPaths &paths)
{
    auto facts = readProcessNumbers(pid, paths);
    if (!facts)
        return facts;
    std::array<char, 4096> buffer;
    const auto line = readStart(folderOf(pid, paths) + "/cmdline", buffer);
    if (!line.empty()) // zombies and kernel threads have none
        facts->command = fromKernelText(line).replace(QChar(0), u' ').trimmed();
    return facts;
}

qint64 clockTicksPerSecond()
{
    static const qint64 ticks = sysconf(_SC_CLK_TCK);
    return ticks;
}

} // namespace prunella
