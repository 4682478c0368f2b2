#pragma once
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcPaths.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// memory_usage and swap_usage in percent, memory_available in bytes. Without swap there is no swap_usage.
class MemoryMonitor final : public Monitor
{
public:
    explicit MemoryMonitor(qint64 intervalMs, const ProcPaths &paths = {});
    [[nodiscard]] QString name() const override { return QStringLiteral("memory"); }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    qint64 m_intervalMs;
    ProcFile m_file;
    ProcSeries m_usage, m_available, m_swap;
};

} // namespace prunella
