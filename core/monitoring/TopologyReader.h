#pragma once
// One look at what the services of this machine depend on, from all sources together.
#include "core/model/ServiceConfig.h"
#include "core/model/Topology.h"
#include "core/monitoring/ProcPaths.h"

namespace prunella {

struct TopologyRequest {
    QList<ServiceConfig> services;
    QMap<QString, qint64> mainPids; ///< service to main process, as far as known; needed for services of manager process
    qint64 ownPid = 0;              ///< what Prunella itself and its checks do is left out
    ProcPaths paths;
};

struct SeenTopology {
    QList<TopologyEdge> edges; ///< sorted, each once, without times; none of kind Declared
    QStringList notes;         ///< what could not be seen and what to do about it: no error
    bool operator==(const SeenTopology &) const = default;
};

/// Blocks: reads /proc and asks systemd; answers that do not come are waited for a second a bus. Bounded in all it reads.
[[nodiscard]] SeenTopology readTopology(const TopologyRequest &request);

} // namespace prunella
