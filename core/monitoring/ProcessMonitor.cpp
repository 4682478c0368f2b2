#include "core/monitoring/ProcessMonitor.h"
#include "core/monitoring/ProcRates.h"
#include "core/monitoring/ProcText.h"
#include "core/monitoring/ProcessStat.h"

namespace prunella {
namespace {

ProcSeries series(const QString &metric, const QString &unit, const QString &service)
{
    return ProcSeries(metric, unit, {{QStringLiteral("service"), service}}, service);
}

} // namespace

ProcessMonitor::ProcessMonitor(const QString &service, qint64 intervalMs, Pids pids, const ProcPaths &paths)
    : m_name(QStringLiteral("process %1").arg(service))
    , m_intervalMs(intervalMs)
    , m_pids(std::move(pids))
    , m_paths(paths)
    , m_cpu(series(QStringLiteral("process_cpu"), QStringLiteral("%"), service))
    , m_rss(series(QStringLiteral("process_rss"), QStringLiteral("B"), service))
    , m_files(series(QStringLiteral("process_open_files"), {}, service))
    , m_threads(series(QStringLiteral("process_threads"), {}, service))
    , m_blocked(series(QStringLiteral("process_blocked"), {}, service))
    , m_zombies(series(QStringLiteral("process_zombies"), {}, service))
{
}

QList<Sample> ProcessMonitor::sample(const Now &now)
{
    setProblem({});
    const auto all = readAll();
    if (all.empty()) {
        m_hasBefore = false;
        return {};
    }
    double rss = 0, threads = 0, files = 0, blocked = 0, zombies = 0;
    bool filesSeen = true;
    static const QString blockedWord = fromKernelText(processStateWord('D')), zombieWord = fromKernelText(processStateWord('Z'));
    for (const auto &facts : all) {
        rss += double(facts.rssBytes);
        threads += double(facts.threads);
        blocked += facts.state == blockedWord ? 1 : 0;
        zombies += facts.state == zombieWord ? 1 : 0;
        files += double(facts.openFiles.value_or(0));
        filesSeen = filesSeen && facts.openFiles.has_value();
    }
    QList<Sample> samples;
    samples.reserve(6);
    m_cpu.append(samples, cpuPercent(all, now), now);
    m_rss.append(samples, rss, now);
    m_threads.append(samples, threads, now);
    m_blocked.append(samples, blocked, now);
    m_zombies.append(samples, zombies, now);
    if (filesSeen)
        m_files.append(samples, files, now);
    else
        setProblem(QStringLiteral("no right to count the open files: they belong to another user"));
    return samples;
}

std::vector<ProcessFacts> ProcessMonitor::readAll() const
{
    std::vector<ProcessFacts> all;
    for (const qint64 pid : m_pids()) {
        if (auto facts = readProcessNumbers(pid, m_paths)) // one that ended meanwhile is left out
            all.push_back(std::move(*facts));
    }
    return all;
}

/// A process met for the first time counts in full when it was started since the last reading, else from now on.
/// What a process used between the last reading and its end is lost.
std::optional<double> ProcessMonitor::cpuPercent(const std::vector<ProcessFacts> &all, const Now &now)
{
    const qint64 elapsedMs = now.monotonicMs - m_beforeTime.monotonicMs;
    if (m_hasBefore && elapsedMs < kLeastRateMs)
        return std::nullopt;
    const auto lastRound = quint64(m_beforeTime.bootMs * clockTicksPerSecond() / 1000);
    quint64 spent = 0;
    std::vector<Seen> seen;
    for (const auto &facts : all) {
        const auto known = std::find_if(m_before.begin(), m_before.end(), [&facts](const Seen &before) {
            return before.pid == facts.pid && before.startTicks == facts.startTicks;
        });
        if (known != m_before.end())
            spent += facts.cpuTicks > known->cpuTicks ? facts.cpuTicks - known->cpuTicks : 0;
        else if (facts.startTicks >= lastRound)
            spent += facts.cpuTicks;
        seen.push_back({facts.pid, facts.startTicks, facts.cpuTicks});
    }
    m_before = std::move(seen);
    m_beforeTime = now;
    if (!std::exchange(m_hasBefore, true))
        return std::nullopt;
    return 100'000.0 * double(spent) / double(clockTicksPerSecond()) / double(elapsedMs);
}

} // namespace prunella
