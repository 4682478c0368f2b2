#pragma once
#include "core/monitoring/CpuTimes.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcPaths.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// cpu_usage, cpu_core_usage{core}, cpu_iowait, cpu_steal: percent since the sample before.
class CpuMonitor final : public Monitor
{
public:
    explicit CpuMonitor(qint64 intervalMs, const ProcPaths &paths = {});
    [[nodiscard]] QString name() const override { return QStringLiteral("cpu"); }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    void appendCores(QList<Sample> &samples, const Now &now);
    [[nodiscard]] const ProcSeries &coreSeries(int id);

    qint64 m_intervalMs;
    ProcFile m_file;
    CpuReading m_before, m_after;
    qint64 m_beforeMs = -1; ///< monotonic; negative: no reading yet
    ProcSeries m_usage, m_iowait, m_steal;
    std::vector<ProcSeries> m_cores; ///< by core number
};

} // namespace prunella
