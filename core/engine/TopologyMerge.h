#pragma once
// From what is declared and what was seen to one graph, and what the store must be told.
#include "core/model/ServiceConfig.h"
#include "core/model/Store.h"
#include "core/monitoring/TopologyReader.h"

namespace prunella {

struct MergedTopology {
    Topology topology;
    TopologyDelta delta; ///< new edges, others than before in their detail, and those that left
};

/// A seen edge stays so long after it was last seen: a service connects when it has something to ask.
inline constexpr qint64 kSeenEdgeStaysMs = 24LL * 3600 * 1000;

/// `before` with what `services` declare now and what was seen now. Edges of services that are no longer in the configuration
/// leave at once, and so do declared ones that are no longer declared; an edge that comes back later begins anew.
[[nodiscard]] MergedTopology mergeTopology(const Topology &before, const QList<ServiceConfig> &services, const QList<TopologyEdge> &seen,
                                           qint64 nowWallMs);

/// Ways of needs that lead back to where they began, each as "web -> db -> web"; of several through one node the shortest.
/// No error among seen edges: whoever walks the graph must expect them.
[[nodiscard]] QStringList cyclesOf(const Topology &topology);

} // namespace prunella
