#include "core/engine/TopologyMerge.h"

#include <QSet>

#include <algorithm>
#include <map>
#include <set>

namespace prunella {
namespace {

using namespace Qt::StringLiterals;

struct Before {
    bool operator()(const TopologyEdge &a, const TopologyEdge &b) const { return isBefore(a, b); }
};
using EdgeSet = std::set<TopologyEdge, Before>;

/// Which names mean something under this configuration.
class Nodes
{
public:
    explicit Nodes(const QList<ServiceConfig> &services)
    {
        for (const ServiceConfig &service : services) {
            m_services.insert(service.name);
            if (!service.unit.isEmpty())
                m_renamed.insert(u"unit:"_s + service.unit);
            if (!service.container.isEmpty())
                m_renamed.insert(u"container:"_s + service.container);
        }
    }
    [[nodiscard]] bool areValid(const TopologyEdge &edge) const
    {
        const bool oldName = m_renamed.contains(edge.from) || (m_renamed.contains(edge.to) && edge.kind != TieKind::Container);
        return !oldName && isKnown(edge.from) && isKnown(edge.to);
    }

private:
    [[nodiscard]] bool isKnown(const QString &node) const
    {
        static const QStringList prefixes{u"unit:"_s, u"process:"_s, u"peer:"_s, u"disk:"_s, u"container:"_s};
        return m_services.contains(node)
            || std::any_of(prefixes.cbegin(), prefixes.cend(), [&node](const QString &prefix) { return node.startsWith(prefix); });
    }
    QSet<QString> m_services, m_renamed; ///< names that are now a service's
};

EdgeSet current(const QList<ServiceConfig> &services, const QList<TopologyEdge> &seen)
{
    EdgeSet edges;
    for (const ServiceConfig &service : services) {
        for (const QString &other : service.dependsOn)
            edges.insert({service.name, other, TieKind::Declared, u"depends_on"_s});
    }
    edges.insert(seen.cbegin(), seen.cend());
    return edges;
}

using Graph = std::map<QString, std::set<QString>>;

/// Takes out the nodes of `graph` that nothing leads on from, until none is left.
void strip(Graph &graph, Graph &inverse)
{
    QStringList ends;
    for (const auto &[node, others] : inverse) {
        if (!graph.contains(node))
            ends.append(node);
    }
    while (!ends.isEmpty()) {
        const QString end = ends.takeLast();
        for (const QString &node : std::exchange(inverse[end], {})) {
            graph[node].erase(end);
            if (graph[node].empty())
                ends.append(node);
        }
        graph.erase(end);
        inverse.erase(end);
    }
}

/// Only nodes that lie on a circle, or between two.
Graph circlesIn(const Topology &topology)
{
    Graph to, from;
    for (const TopologyEdge &edge : topology.edges) {
        if (!isNeed(edge.kind))
            continue;
        to[edge.from].insert(edge.to);
        from[edge.to].insert(edge.from);
    }
    strip(to, from);
    strip(from, to);
    return to;
}

QStringList wayBack(const QString &start, const Graph &graph)
{
    std::map<QString, QString> cameFrom;
    QStringList ends{start};
    while (!ends.isEmpty()) {
        const QString node = ends.takeFirst();
        const auto next = graph.find(node);
        for (const QString &other : next == graph.end() ? std::set<QString>() : next->second) {
            if (other == start) {
                QStringList way{start};
                for (QString step = node; step != start; step = cameFrom[step])
                    way.prepend(step);
                way.prepend(start);
                return way;
            }
            if (cameFrom.emplace(other, node).second)
                ends.append(other);
        }
    }
    return {};
}

} // namespace

MergedTopology mergeTopology(const Topology &before, const QList<ServiceConfig> &services, const QList<TopologyEdge> &seen, qint64 nowWallMs)
{
    const Nodes nodes(services);
    const EdgeSet now = current(services, seen);
    MergedTopology merged;
    EdgeSet known;
    for (const TopologyEdge &edge : before.edges) {
        const bool seenLately = !isDeclared(edge) && nowWallMs - edge.lastSeenAt <= kSeenEdgeStaysMs;
        const bool stays = nodes.areValid(edge) && (seenLately || (isDeclared(edge) && now.contains(edge)));
        if (!stays)
            merged.delta.gone.append(edge);
        else
            known.insert(edge);
    }
    EdgeSet all = known;
    for (TopologyEdge edge : now) {
        const auto old = known.find(edge);
        edge.firstSeenAt = old == known.end() ? nowWallMs : old->firstSeenAt;
        edge.lastSeenAt = nowWallMs;
        if (old == known.end() || old->detail != edge.detail)
            merged.delta.seen.append(edge);
        all.erase(edge);
        all.insert(edge);
    }
    merged.topology.edges = QList<TopologyEdge>(all.cbegin(), all.cend());
    merged.topology.at = nowWallMs;
    merged.delta.at = nowWallMs;
    return merged;
}

QStringList cyclesOf(const Topology &topology)
{
    const Graph graph = circlesIn(topology);
    QStringList cycles;
    std::set<QString> told;
    for (const auto &[node, others] : graph) {
        const QStringList way = told.contains(node) ? QStringList() : wayBack(node, graph);
        if (way.isEmpty())
            continue;
        told.insert(way.cbegin(), way.cend());
        cycles.append(way.join(u" -> "_s));
    }
    return cycles;
}

} // namespace prunella
