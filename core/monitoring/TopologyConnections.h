#pragma once
// From sockets and their owners to edges: who needs whom.
#include "core/model/Topology.h"
#include "core/monitoring/TopologyOwners.h"
#include "core/monitoring/TopologySockets.h"

#include <unordered_map>

namespace prunella {

/// The sockets of one network namespace.
struct NetworkView {
    std::vector<TcpSocket> tcp;
    std::vector<UnixSocket> local;
};

struct EphemeralPorts {
    quint16 first = 32768, last = 60999;
    [[nodiscard]] bool contains(quint16 port) const { return port >= first && port <= last; }
};
/// /proc/sys/net/ipv4/ip_local_port_range: "32768\t60999"; the usual ones when it is something else.
[[nodiscard]] EphemeralPorts parsePortRange(std::string_view text);

/// Who holds which socket. Of several holders the one that `isBetterThan` the others counts.
class SocketHolders
{
public:
    void add(const std::vector<quint64> &inodes, const ProcessOwner &owner);
    /// null: nobody that we may see
    [[nodiscard]] const ProcessOwner *of(quint64 inode) const;

private:
    std::map<QString, ProcessOwner> m_owners; ///< each once, whatever number of sockets it has
    std::unordered_map<quint64, const ProcessOwner *> m_holders;
};

struct ConnectionEdges {
    QList<TopologyEdge> edges;  ///< sorted, each once; times are left to others
    QMap<QString, int> tooMany; ///< service -> peers outside that were not taken
};

/// Peers outside of one service; more are counted. Enough for a back end's clients, too few for a crawler to flood the graph.
inline constexpr int kMostPeers = 100;

/// Edges from the end that opened a connection to the owner of the end that was listened on; only such that a service of the
/// configuration has a part in. The two ends of a connection on this machine are found by their pair of addresses (loopback
/// ones within one namespace only); the listening port, else the one that is not ephemeral, is the server's. Where no
/// other end is found, the client's edge goes to "peer:ADDRESS:PORT"; what connects from outside has no edge.
[[nodiscard]] ConnectionEdges connectionEdges(const std::vector<NetworkView> &networks, const SocketHolders &holders, EphemeralPorts ports);

} // namespace prunella
