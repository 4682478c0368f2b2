#pragma once
#include "core/monitoring/DatabaseReading.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// types: postgresql, redis. database_up{monitor}, 1 or 0; database_connect_time and database_ping_time in ms;
/// database_connections, database_pool_use in percent where the server tells, database_blocked_clients of Redis.
/// They belong to the configured service, without one to the host.
class DatabaseMonitor final : public Monitor
{
public:
    DatabaseMonitor(const MonitorConfig &config, qint64 intervalMs, DatabaseProbe probe);
    [[nodiscard]] QString name() const override { return m_config.name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] bool mayBlock() const override { return true; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;
    void cancel() override { m_cancel.cancel(); }

private:
    MonitorConfig m_config;
    qint64 m_intervalMs;
    DatabaseProbe m_probe;
    ProcSeries m_up, m_connect, m_ping, m_connections, m_poolUse, m_blocked;
    MonitorCancel m_cancel;
};

} // namespace prunella
