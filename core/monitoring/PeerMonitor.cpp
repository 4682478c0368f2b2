#include "core/monitoring/PeerMonitor.h"
#include "core/monitoring/PeerConnect.h"

namespace prunella {
namespace {

ProcSeries series(const QString &metric, const QString &unit, const MonitorConfig &config)
{
    return ProcSeries(metric, unit, {{QStringLiteral("peer"), config.address}});
}

} // namespace

PeerMonitor::PeerMonitor(const MonitorConfig &config, qint64 intervalMs)
    : m_name(config.name.isEmpty() ? QStringLiteral("peer %1").arg(config.address) : config.name)
    , m_intervalMs(intervalMs)
    , m_timeoutMs(int(qBound(qint64(1), config.timeoutMs, qint64(86'400'000))))
    , m_peer(parsePeer(config.address))
    , m_time(series(QStringLiteral("network_connect_time"), QStringLiteral("ms"), config))
    , m_reachable(series(QStringLiteral("network_reachable"), {}, config))
{
}

QList<Sample> PeerMonitor::sample(const Now &now)
{
    if (!m_peer) {
        setProblem(m_peer.error().message);
        return {};
    }
    m_cancel.reset();
    const auto time = connectTime(*m_peer, m_timeoutMs, m_cancel);
    QList<Sample> samples;
    if (m_cancel.isCancelled())
        return samples;
    setProblem(time ? QString() : time.error().message);
    m_reachable.append(samples, time ? 1.0 : 0.0, now);
    if (time)
        m_time.append(samples, *time, now);
    return samples;
}

} // namespace prunella
