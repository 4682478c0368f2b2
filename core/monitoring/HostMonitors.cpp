#include "core/monitoring/HostMonitors.h"
#include "core/monitoring/CommandMonitor.h"
#include "core/monitoring/CpuMonitor.h"
#include "core/monitoring/DatabaseMonitor.h"
#include "core/monitoring/DiskIoMonitor.h"
#include "core/monitoring/DiskUsageMonitor.h"
#include "core/monitoring/LoadMonitor.h"
#include "core/monitoring/MemoryMonitor.h"
#include "core/monitoring/NagiosMonitor.h"
#include "core/monitoring/NetworkMonitor.h"
#include "core/monitoring/PeerMonitor.h"
#include "core/monitoring/PluginMonitors.h"
#include "core/monitoring/PressureMonitor.h"
#include "core/monitoring/PrometheusMonitor.h"

namespace prunella {

std::vector<std::shared_ptr<Monitor>> hostMonitors(const Config &config, qint64 intervalMs, const ProcPaths &paths)
{
    const qint64 interval = intervalMs > 0 ? intervalMs : config.detection.monitoringIntervalMs;
    return {
        std::make_shared<CpuMonitor>(interval, paths),
        std::make_shared<MemoryMonitor>(interval, paths),
        std::make_shared<DiskUsageMonitor>(interval, DiskUsageMonitor::Kind::Local, paths),
        std::make_shared<DiskUsageMonitor>(interval, DiskUsageMonitor::Kind::Remote, paths),
        std::make_shared<DiskIoMonitor>(interval, paths),
        std::make_shared<NetworkMonitor>(interval, paths),
        std::make_shared<LoadMonitor>(interval, paths),
        std::make_shared<PressureMonitor>(interval, paths),
    };
}

std::vector<std::shared_ptr<Monitor>> monitorsFor(const Config &config)
{
    std::vector<std::shared_ptr<Monitor>> monitors;
    for (const auto &monitor : config.monitors) {
        const qint64 interval = monitor.intervalMs > 0 ? monitor.intervalMs : config.detection.monitoringIntervalMs;
        if (monitor.type == QStringLiteral("command"))
            monitors.push_back(std::make_shared<CommandMonitor>(monitor, interval));
        else if (monitor.type == QStringLiteral("peer"))
            monitors.push_back(std::make_shared<PeerMonitor>(monitor, interval));
        else if (monitor.type == QStringLiteral("postgresql"))
            monitors.push_back(std::make_shared<DatabaseMonitor>(monitor, interval, probePostgres));
        else if (monitor.type == QStringLiteral("redis"))
            monitors.push_back(std::make_shared<DatabaseMonitor>(monitor, interval, probeRedis));
        else if (monitor.type == QStringLiteral("plugin"))
            std::ranges::move(pluginMonitors(monitor, interval), std::back_inserter(monitors));
        else if (monitor.type == QStringLiteral("nagios"))
            monitors.push_back(std::make_shared<NagiosMonitor>(monitor, interval));
        else if (monitor.type == QStringLiteral("prometheus"))
            monitors.push_back(std::make_shared<PrometheusMonitor>(monitor, interval));
    }
    return monitors;
}

} // namespace prunella
