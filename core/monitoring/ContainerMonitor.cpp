#include "core/monitoring/ContainerMonitor.h"

namespace prunella {
using namespace Qt::StringLiterals;

ContainerMonitor::ContainerMonitor(const QString &service, qint64 intervalMs, std::function<qint64()> pid)
    : m_name(u"container of "_s + service)
    , m_intervalMs(intervalMs)
    , m_pid(std::move(pid))
    , m_memory(u"unit_memory"_s, u"B"_s, {{u"service"_s, service}}, service)
    , m_cpu(u"unit_cpu"_s, u"%"_s, {{u"service"_s, service}}, service)
    , m_tasks(u"unit_tasks"_s, {}, {{u"service"_s, service}}, service)
{
}

QList<Sample> ContainerMonitor::sample(const Now &now)
{
    QList<Sample> samples;
    const qint64 pid = m_pid();
    if (pid > 0) {
        m_memory.append(samples, groupValue(pid, GroupValue::MemoryUsed), now);
        m_cpu.append(samples, cpuPercent(pid, now), now);
        m_tasks.append(samples, groupValue(pid, GroupValue::TasksUsed), now);
    }
    return samples;
}

/// A new start counts from zero again: two readings of different starts say nothing together.
std::optional<double> ContainerMonitor::cpuPercent(qint64 pid, const Now &now)
{
    const auto used = groupValue(pid, GroupValue::CpuUsed);
    if (!used)
        return std::nullopt;
    const qint64 elapsedMs = now.monotonicMs - std::exchange(m_beforeMs, now.monotonicMs);
    const double spent = *used - std::exchange(m_before, *used);
    const bool same = std::exchange(m_beforePid, pid) == pid;
    constexpr double nanosecondsPerMs = 1e6;
    return same && elapsedMs > 0 && spent >= 0 ? std::optional(spent / nanosecondsPerMs / double(elapsedMs) * 100) : std::nullopt;
}

} // namespace prunella
