#include "core/monitoring/DiskUsageMonitor.h"

#include <cerrno>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <system_error>

namespace prunella {
namespace {

/// Containers mount single files (/etc/hosts) of the host's disk: no place where anything is stored.
bool isSingleFile(const DiskMount &mount)
{
    struct stat status{};
    return mount.root != "/" && !mount.remote && stat(mount.path.c_str(), &status) == 0 && !S_ISDIR(status.st_mode);
}

} // namespace

DiskUsageMonitor::DiskUsageMonitor(qint64 intervalMs, Kind kind, const ProcPaths &paths, Ask ask)
    : m_intervalMs(intervalMs), m_kind(kind), m_table(paths), m_ask(std::move(ask))
{
}

QString DiskUsageMonitor::name() const
{
    return m_kind == Kind::Local ? QStringLiteral("disk-usage") : QStringLiteral("network-disk-usage");
}

QList<Sample> DiskUsageMonitor::sample(const Now &now)
{
    if (m_table.refresh())
        rebuild();
    setProblem(m_table.problem());
    QList<Sample> samples;
    samples.reserve(2 * qsizetype(m_watched.size()));
    for (const auto &watched : m_watched) {
        const auto usage = m_ask(watched.path);
        if (!usage) {
            const auto reason = std::generic_category().message(errno);
            setProblem(QStringLiteral("cannot ask the file system at %1: %2")
                           .arg(fromKernelText(watched.path), QString::fromStdString(reason)));
            continue;
        }
        watched.space.append(samples, usage->space, now);
        watched.inodes.append(samples, usage->inodes, now);
    }
    return samples;
}

void DiskUsageMonitor::rebuild()
{
    m_watched.clear();
    for (const auto &mount : m_table.mounts()) {
        if (mount.remote != (m_kind == Kind::Remote) || isSingleFile(mount))
            continue;
        const Labels labels{{QStringLiteral("path"), fromKernelText(mount.path)}};
        m_watched.push_back({mount.path, ProcSeries(QStringLiteral("disk_usage"), QStringLiteral("%"), labels),
                             ProcSeries(QStringLiteral("disk_inodes_usage"), QStringLiteral("%"), labels)});
    }
}

std::optional<DiskUsage> DiskUsageMonitor::askKernel(const std::string &path)
{
    struct statvfs status{};
    if (statvfs(path.c_str(), &status) != 0)
        return std::nullopt;
    DiskUsage usage;
    const double used = double(status.f_blocks) - double(status.f_bfree);
    const double room = used + double(status.f_bavail);
    if (room > 0)
        usage.space = qBound(0.0, 100.0 * used / room, 100.0);
    if (status.f_files > 0)
        usage.inodes = qBound(0.0, 100.0 * (double(status.f_files) - double(status.f_ffree)) / double(status.f_files), 100.0);
    return usage;
}

} // namespace prunella
