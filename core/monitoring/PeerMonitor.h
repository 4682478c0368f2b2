#pragma once
#include "core/model/ServiceConfig.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/PeerAddress.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// type: peer. network_connect_time{peer} in ms and network_reachable{peer}, 1 or 0; without a connection there is no
/// time, and problem() says why.
class PeerMonitor final : public Monitor
{
public:
    PeerMonitor(const MonitorConfig &config, qint64 intervalMs);
    [[nodiscard]] QString name() const override { return m_name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] bool mayBlock() const override { return true; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;
    void cancel() override { m_cancel.cancel(); }

private:
    QString m_name;
    qint64 m_intervalMs;
    int m_timeoutMs;
    Result<PeerAddress> m_peer;
    ProcSeries m_time, m_reachable;
    MonitorCancel m_cancel;
};

} // namespace prunella
