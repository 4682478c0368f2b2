#include "core/monitoring/LoadMonitor.h"
#include "core/monitoring/LoadAverage.h"

#include <unistd.h>

namespace prunella {

LoadMonitor::LoadMonitor(qint64 intervalMs, const ProcPaths &paths, int cores)
    : m_intervalMs(intervalMs)
    , m_cores(cores)
    , m_file(paths.proc + QStringLiteral("/loadavg"))
    , m_one(QStringLiteral("load_1"), {})
    , m_five(QStringLiteral("load_5"), {})
    , m_fifteen(QStringLiteral("load_15"), {})
    , m_perCore(QStringLiteral("load_per_core"), {})
{
}

QList<Sample> LoadMonitor::sample(const Now &now)
{
    const auto text = m_file.read();
    const auto load = parseLoad(text);
    if (!load) {
        setProblem(m_file.error() ? m_file.problem() : QStringLiteral("/proc/loadavg does not hold three averages"));
        return {};
    }
    setProblem({});
    QList<Sample> samples;
    samples.reserve(4);
    m_one.append(samples, load->one, now);
    m_five.append(samples, load->five, now);
    m_fifteen.append(samples, load->fifteen, now);
    const long cores = m_cores > 0 ? m_cores : sysconf(_SC_NPROCESSORS_ONLN);
    if (cores > 0)
        m_perCore.append(samples, load->one / double(cores), now);
    return samples;
}

} // namespace prunella
