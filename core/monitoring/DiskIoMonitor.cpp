#include "core/monitoring/DiskIoMonitor.h"
#include "core/monitoring/DiskCounters.h"
#include "core/monitoring/DiskDevices.h"
#include "core/monitoring/ProcRates.h"

namespace prunella {

DiskIoMonitor::DiskIoMonitor(qint64 intervalMs, const ProcPaths &paths)
    : m_intervalMs(intervalMs), m_paths(paths), m_table(paths), m_file(paths.proc + QStringLiteral("/diskstats"))
{
}

QList<Sample> DiskIoMonitor::sample(const Now &now)
{
    if (m_beforeMs >= 0 && now.monotonicMs - m_beforeMs < kLeastRateMs)
        return {};
    if (m_table.refresh())
        rebuild();
    auto rest = m_file.read();
    setProblem(m_file.error() ? m_file.problem() : m_table.problem());
    m_beforeMs = now.monotonicMs;
    QList<Sample> samples;
    samples.reserve(3 * qsizetype(m_disks.size()));
    for (auto &disk : m_disks)
        disk.seen = false;
    DiskCounters current;
    while (takeDiskCounters(rest, current)) {
        const auto disk = std::find_if(m_disks.begin(), m_disks.end(), [&](const Disk &d) { return d.name == current.device; });
        if (disk == m_disks.end())
            continue;
        if (disk->beforeMs >= 0) {
            const qint64 elapsed = now.monotonicMs - disk->beforeMs;
            disk->read.append(samples, perSecond(disk->readBytes, current.readBytes, elapsed), now);
            disk->write.append(samples, perSecond(disk->writtenBytes, current.writtenBytes, elapsed), now);
            disk->ioTime.append(samples, percentOfTime(disk->busyMs, current.busyMs, elapsed), now);
        }
        disk->seen = true;
        disk->beforeMs = now.monotonicMs;
        disk->readBytes = current.readBytes;
        disk->writtenBytes = current.writtenBytes;
        disk->busyMs = current.busyMs;
    }
    for (auto &disk : m_disks) {
        if (!disk.seen) // pulled out; when it comes back its counters start anew
            disk.beforeMs = -1;
    }
    return samples;
}

void DiskIoMonitor::rebuild()
{
    std::vector<Disk> disks;
    for (auto &[name, path] : devicesOf(m_table.mounts(), m_paths)) {
        const auto known = std::find_if(m_disks.begin(), m_disks.end(), [&](const Disk &d) { return d.name == name && d.path == path; });
        if (known != m_disks.end()) {
            disks.push_back(std::move(*known));
            continue;
        }
        const Labels labels{{QStringLiteral("device"), fromKernelText(name)},
                            {QStringLiteral("path"), fromKernelText(path)}};
        disks.push_back({std::move(name), std::move(path), ProcSeries(QStringLiteral("disk_read"), QStringLiteral("B/s"), labels),
                         ProcSeries(QStringLiteral("disk_write"), QStringLiteral("B/s"), labels),
                         ProcSeries(QStringLiteral("disk_io_time"), QStringLiteral("%"), labels)});
    }
    m_disks = std::move(disks);
}

} // namespace prunella
