#pragma once
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcPaths.h"
#include "core/monitoring/ProcSeries.h"
#include "core/monitoring/ProcessFacts.h"

#include <functional>
#include <vector>

namespace prunella {

/// Of one service, all its processes together, {service}: process_cpu [% of one core], process_rss [B],
/// process_open_files, process_threads. No samples while it has no process.
class ProcessMonitor final : public Monitor
{
public:
    /// The service's processes, usually processTree(mainPid). Called in the pool thread.
    using Pids = std::function<std::vector<qint64>()>;

    ProcessMonitor(const QString &service, qint64 intervalMs, Pids pids, const ProcPaths &paths = {});
    [[nodiscard]] QString name() const override { return m_name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    struct Seen {
        qint64 pid;
        quint64 startTicks, cpuTicks;
    };
    [[nodiscard]] std::vector<ProcessFacts> readAll() const;
    [[nodiscard]] std::optional<double> cpuPercent(const std::vector<ProcessFacts> &all, const Now &now);

    QString m_name;
    qint64 m_intervalMs;
    Pids m_pids;
    ProcPaths m_paths;
    ProcSeries m_cpu, m_rss, m_files, m_threads, m_blocked, m_zombies;
    std::vector<Seen> m_before;
    Now m_beforeTime;
    bool m_hasBefore = false;
};

} // namespace prunella
