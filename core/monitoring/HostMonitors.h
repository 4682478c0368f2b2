#pragma once
#include "core/model/Config.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcPaths.h"

#include <memory>
#include <vector>

namespace prunella {

/// Processors, memory, disks, network, load and pressure of this machine. `intervalMs` 0: the configuration's
/// monitoring_interval; the console's live charts ask for a set of their own at one second.
[[nodiscard]] std::vector<std::shared_ptr<Monitor>> hostMonitors(const Config &config, qint64 intervalMs = 0,
                                                                 const ProcPaths &paths = {});
/// The configured monitors: command, peer, nagios, prometheus, postgresql, redis and plugin.
[[nodiscard]] std::vector<std::shared_ptr<Monitor>> monitorsFor(const Config &config);

} // namespace prunella
