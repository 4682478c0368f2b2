#include "core/monitoring/DatabaseMonitor.h"
#include "core/monitoring/TrustedFile.h"

namespace prunella {
namespace {

ProcSeries series(const char *metric, const char *unit, const MonitorConfig &config)
{
    return ProcSeries(QString::fromLatin1(metric), QString::fromLatin1(unit), {{QStringLiteral("monitor"), config.name}},
                      config.service.isEmpty() ? QStringLiteral("host") : config.service);
}

} // namespace

DatabaseMonitor::DatabaseMonitor(const MonitorConfig &config, qint64 intervalMs, DatabaseProbe probe)
    : m_config(config)
    , m_intervalMs(intervalMs)
    , m_probe(probe)
    , m_up(series("database_up", "", config))
    , m_connect(series("database_connect_time", "ms", config))
    , m_ping(series("database_ping_time", "ms", config))
    , m_connections(series("database_connections", "", config))
    , m_poolUse(series("database_pool_use", "%", config))
    , m_blocked(series("database_blocked_clients", "", config))
{
    m_config.timeoutMs = qBound(qint64(1), config.timeoutMs, qint64(86'400'000));
}

QList<Sample> DatabaseMonitor::sample(const Now &now)
{
    m_cancel.reset();
    QByteArray password;
    if (!m_config.passwordFile.isEmpty()) {
        const auto read = readPasswordFile(m_config.passwordFile);
        if (!read) { // our own fault, it says nothing about the server
            setProblem(read.error().message);
            return {};
        }
        password = *read;
    }
    const DatabaseReading reading = m_probe(m_config, password, m_cancel);
    if (m_cancel.isCancelled())
        return {};
    setProblem(reading.problem);
    QList<Sample> samples;
    m_up.append(samples, isUp(reading.fault) ? 1.0 : 0.0, now);
    m_connect.append(samples, reading.connectMs, now);
    m_ping.append(samples, reading.pingMs, now);
    m_connections.append(samples, reading.connections, now);
    m_poolUse.append(samples, reading.poolUse, now);
    m_blocked.append(samples, reading.blocked, now);
    return samples;
}

} // namespace prunella
