#pragma once
#include "core/monitoring/DiskMountTable.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// disk_read, disk_write [B/s] and disk_io_time [%] {device,path} of the device under each real mount.
class DiskIoMonitor final : public Monitor
{
public:
    explicit DiskIoMonitor(qint64 intervalMs, const ProcPaths &paths = {});
    [[nodiscard]] QString name() const override { return QStringLiteral("disk-io"); }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    struct Disk {
        std::string name, path;
        ProcSeries read, write, ioTime;
        qint64 beforeMs = -1; ///< monotonic; negative: no reading yet
        quint64 readBytes = 0, writtenBytes = 0, busyMs = 0;
        bool seen = false;    ///< in the current reading
    };
    void rebuild();

    qint64 m_intervalMs;
    ProcPaths m_paths;
    DiskMountTable m_table;
    ProcFile m_file;
    std::vector<Disk> m_disks;
    qint64 m_beforeMs = -1;
};

} // namespace prunella
