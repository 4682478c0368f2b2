#include "core/monitoring/CpuMonitor.h"
#include "core/monitoring/ProcRates.h"

namespace prunella {
namespace {

constexpr int kMostCores = 8192; ///< the kernel's own limit

} // namespace

CpuMonitor::CpuMonitor(qint64 intervalMs, const ProcPaths &paths)
    : m_intervalMs(intervalMs)
    , m_file(paths.proc + QStringLiteral("/stat"))
    , m_usage(QStringLiteral("cpu_usage"), QStringLiteral("%"))
    , m_iowait(QStringLiteral("cpu_iowait"), QStringLiteral("%"))
    , m_steal(QStringLiteral("cpu_steal"), QStringLiteral("%"))
{
}

QList<Sample> CpuMonitor::sample(const Now &now)
{
    const auto text = m_file.read();
    if (!parseCpu(text, m_after)) {
        setProblem(m_file.error() ? m_file.problem() : QStringLiteral("/proc/stat has no processor times"));
        return {};
    }
    setProblem({});
    QList<Sample> samples;
    if (m_beforeMs >= 0) {
        if (now.monotonicMs - m_beforeMs < kLeastRateMs)
            return {};
        samples.reserve(3 + qsizetype(m_after.cores.size()));
        if (const auto usage = cpuUsage(m_before.total, m_after.total)) {
            m_usage.append(samples, usage->busy, now);
            m_iowait.append(samples, usage->iowait, now);
            m_steal.append(samples, usage->steal, now);
        }
        appendCores(samples, now);
    }
    std::swap(m_before, m_after);
    m_beforeMs = now.monotonicMs;
    return samples;
}

void CpuMonitor::appendCores(QList<Sample> &samples, const Now &now)
{
    auto before = m_before.cores.cbegin();
    for (const auto &core : m_after.cores) {
        // Both lists ascend; a core may have come or gone in between.
        while (before != m_before.cores.cend() && before->id < core.id)
            ++before;
        if (before == m_before.cores.cend())
            return;
        if (before->id != core.id || core.id < 0 || core.id >= kMostCores)
            continue;
        if (const auto usage = cpuUsage(before->times, core.times))
            coreSeries(core.id).append(samples, usage->busy, now);
    }
}

const ProcSeries &CpuMonitor::coreSeries(int id)
{
    while (m_cores.size() <= std::size_t(id)) {
        const Labels labels{{QStringLiteral("core"), QString::number(m_cores.size())}};
        m_cores.emplace_back(QStringLiteral("cpu_core_usage"), QStringLiteral("%"), labels);
    }
    return m_cores[std::size_t(id)];
}

} // namespace prunella
