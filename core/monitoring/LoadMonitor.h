#pragma once
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcPaths.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// load_1, load_5, load_15, and load_per_core: the first divided by the processors that are online.
class LoadMonitor final : public Monitor
{
public:
    /// `cores` 0: asks the system each time
    explicit LoadMonitor(qint64 intervalMs, const ProcPaths &paths = {}, int cores = 0);
    [[nodiscard]] QString name() const override { return QStringLiteral("load"); }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    qint64 m_intervalMs;
    int m_cores;
    ProcFile m_file;
    ProcSeries m_one, m_five, m_fifteen, m_perCore;
};

} // namespace prunella
