#pragma once
#include "core/base/ControlGroup.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcSeries.h"

#include <functional>

namespace prunella {

/// A container as the kernel accounts it, by the control group of its main process; the series are those of systemd's units,
/// {service}: unit_memory [B], unit_cpu [% of one core], unit_tasks. No samples while it does not run.
class ContainerMonitor final : public Monitor
{
public:
    /// `pid`: its main process now, 0: none. Called in the pool thread.
    ContainerMonitor(const QString &service, qint64 intervalMs, std::function<qint64()> pid);
    [[nodiscard]] QString name() const override { return m_name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    [[nodiscard]] std::optional<double> cpuPercent(qint64 pid, const Now &now);

    QString m_name;
    qint64 m_intervalMs;
    std::function<qint64()> m_pid;
    ProcSeries m_memory, m_cpu, m_tasks;
    qint64 m_beforePid = 0, m_beforeMs = 0;  ///< of the last reading
    double m_before = 0;                     ///< nanoseconds
};

} // namespace prunella
