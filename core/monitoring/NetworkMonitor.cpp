#include "core/monitoring/NetworkMonitor.h"
#include "core/monitoring/NetworkCounters.h"
#include "core/monitoring/ProcRates.h"

namespace prunella {

NetworkMonitor::NetworkMonitor(qint64 intervalMs, const ProcPaths &paths)
    : m_intervalMs(intervalMs), m_file(paths.proc + QStringLiteral("/net/dev"))
{
}

QList<Sample> NetworkMonitor::sample(const Now &now)
{
    auto rest = m_file.read();
    if (m_file.error()) {
        setProblem(m_file.problem());
        return {};
    }
    setProblem({});
    const qint64 elapsed = now.monotonicMs - m_beforeMs;
    if (m_beforeMs >= 0 && elapsed < kLeastRateMs)
        return {};
    QList<Sample> samples;
    samples.reserve(4 * qsizetype(m_interfaces.size()));
    NetworkCounters current;
    m_interfaces.beginRound();
    bool any = false; // every network namespace has at least the loopback
    while (takeNetworkCounters(rest, current)) {
        any = true;
        if (current.interface == "lo")
            continue;
        Interface &before = m_interfaces.entry(current.interface, makeInterface);
        if (before.known) {
            before.receive.append(samples, perSecond(before.receivedBytes, current.receivedBytes, elapsed), now);
            before.transmit.append(samples, perSecond(before.sentBytes, current.sentBytes, elapsed), now);
            before.errorRate.append(samples, perSecond(before.errors, current.errors, elapsed), now);
            before.dropRate.append(samples, perSecond(before.drops, current.drops, elapsed), now);
        }
        before.known = true;
        before.receivedBytes = current.receivedBytes;
        before.sentBytes = current.sentBytes;
        before.errors = current.errors;
        before.drops = current.drops;
    }
    m_interfaces.endRound();
    if (!any)
        setProblem(QStringLiteral("/proc/net/dev lists no interfaces"));
    m_beforeMs = now.monotonicMs;
    return samples;
}

NetworkMonitor::Interface NetworkMonitor::makeInterface(std::string_view name)
{
    const Labels labels{{QStringLiteral("interface"), fromKernelText(name)}};
    const QString bytes = QStringLiteral("B/s"), counts = QStringLiteral("1/s");
    return {false, 0, 0, 0, 0,
            ProcSeries(QStringLiteral("network_receive"), bytes, labels),
            ProcSeries(QStringLiteral("network_transmit"), bytes, labels),
            ProcSeries(QStringLiteral("network_errors"), counts, labels),
            ProcSeries(QStringLiteral("network_drops"), counts, labels)};
}

} // namespace prunella
