#pragma once
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcPaths.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// pressure_cpu_some, pressure_memory_some/full, pressure_io_some/full: percent over ten seconds.
class PressureMonitor final : public Monitor
{
public:
    explicit PressureMonitor(qint64 intervalMs, const ProcPaths &paths = {});
    [[nodiscard]] QString name() const override { return QStringLiteral("pressure"); }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    void sampleOne(ProcFile &file, const ProcSeries &some, const ProcSeries *full, QList<Sample> &samples, const Now &now);

    qint64 m_intervalMs;
    ProcFile m_cpu, m_memory, m_io;
    ProcSeries m_cpuSome, m_memorySome, m_memoryFull, m_ioSome, m_ioFull;
};

} // namespace prunella
