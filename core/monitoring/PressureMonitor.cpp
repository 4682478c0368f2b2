#include "core/monitoring/PressureMonitor.h"
#include "core/monitoring/PressureStall.h"

#include <cerrno>

namespace prunella {

PressureMonitor::PressureMonitor(qint64 intervalMs, const ProcPaths &paths)
    : m_intervalMs(intervalMs)
    , m_cpu(paths.proc + QStringLiteral("/pressure/cpu"))
    , m_memory(paths.proc + QStringLiteral("/pressure/memory"))
    , m_io(paths.proc + QStringLiteral("/pressure/io"))
    , m_cpuSome(QStringLiteral("pressure_cpu_some"), QStringLiteral("%"))
    , m_memorySome(QStringLiteral("pressure_memory_some"), QStringLiteral("%"))
    , m_memoryFull(QStringLiteral("pressure_memory_full"), QStringLiteral("%"))
    , m_ioSome(QStringLiteral("pressure_io_some"), QStringLiteral("%"))
    , m_ioFull(QStringLiteral("pressure_io_full"), QStringLiteral("%"))
{
}

QList<Sample> PressureMonitor::sample(const Now &now)
{
    setProblem({});
    QList<Sample> samples;
    samples.reserve(5);
    sampleOne(m_cpu, m_cpuSome, nullptr, samples, now);
    sampleOne(m_memory, m_memorySome, &m_memoryFull, samples, now);
    sampleOne(m_io, m_ioSome, &m_ioFull, samples, now);
    return samples;
}

void PressureMonitor::sampleOne(ProcFile &file, const ProcSeries &some, const ProcSeries *full, QList<Sample> &samples,
                                const Now &now)
{
    const auto text = file.read();
    if (const auto stall = parsePressure(text)) {
        some.append(samples, stall->some, now);
        if (full)
            full->append(samples, stall->full, now);
        return;
    }
    // Kernels built with it but started with psi=0 show the files and refuse to read them.
    if (file.error() == ENOENT || file.error() == EOPNOTSUPP)
        setProblem(QStringLiteral("this kernel does not measure pressure (PSI); booting with psi=1 may switch it on"));
    else
        setProblem(file.error() ? file.problem() : QStringLiteral("/proc/pressure holds something unknown"));
}

} // namespace prunella
