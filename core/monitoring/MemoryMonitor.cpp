#include "core/monitoring/MemoryMonitor.h"
#include "core/monitoring/MemoryInfo.h"

namespace prunella {

MemoryMonitor::MemoryMonitor(qint64 intervalMs, const ProcPaths &paths)
    : m_intervalMs(intervalMs)
    , m_file(paths.proc + QStringLiteral("/meminfo"))
    , m_usage(QStringLiteral("memory_usage"), QStringLiteral("%"))
    , m_available(QStringLiteral("memory_available"), QStringLiteral("B"))
    , m_swap(QStringLiteral("swap_usage"), QStringLiteral("%"))
{
}

QList<Sample> MemoryMonitor::sample(const Now &now)
{
    const auto text = m_file.read();
    const auto info = parseMemory(text);
    if (!info) {
        setProblem(m_file.error() ? m_file.problem() : QStringLiteral("/proc/meminfo does not tell the available memory"));
        return {};
    }
    setProblem({});
    QList<Sample> samples;
    samples.reserve(3);
    m_usage.append(samples, memoryUsage(*info), now);
    m_available.append(samples, double(info->available) * 1024.0, now);
    m_swap.append(samples, swapUsage(*info), now);
    return samples;
}

} // namespace prunella
