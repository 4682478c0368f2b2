#pragma once
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcFile.h"
#include "core/monitoring/ProcPaths.h"
#include "core/monitoring/ProcSeries.h"
#include "core/monitoring/ProcTable.h"

namespace prunella {

/// network_receive, network_transmit [B/s], network_errors, network_drops [1/s] {interface}, without the loopback.
class NetworkMonitor final : public Monitor
{
public:
    explicit NetworkMonitor(qint64 intervalMs, const ProcPaths &paths = {});
    [[nodiscard]] QString name() const override { return QStringLiteral("network"); }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;

private:
    struct Interface {
        bool known = false; ///< was there at the reading before
        quint64 receivedBytes = 0, sentBytes = 0, errors = 0, drops = 0;
        ProcSeries receive, transmit, errorRate, dropRate;
    };
    [[nodiscard]] static Interface makeInterface(std::string_view name);

    qint64 m_intervalMs;
    ProcFile m_file;
    ProcTable<Interface> m_interfaces;
    qint64 m_beforeMs = -1;
};

} // namespace prunella
