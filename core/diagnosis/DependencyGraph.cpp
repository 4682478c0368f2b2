#include "core/diagnosis/DependencyGraph.h"

#include <algorithm>
#include <deque>
#include <set>

namespace prunella {
namespace {

bool isHardTie(TieKind kind)
{
    return kind == TieKind::Declared || kind == TieKind::Requires || kind == TieKind::BindsTo;
}

/// Of several ties between two the one that a person would name.
bool better(const TopologyEdge &a, const TopologyEdge &b)
{
    return std::pair(!isHardTie(a.kind), int(a.kind)) < std::pair(!isHardTie(b.kind), int(b.kind));
}

QString edgeText(const TopologyEdge &edge)
{
    switch (edge.kind) {
    case TieKind::Declared:
        return QStringLiteral("depends_on");
    case TieKind::Connection:
        return edge.detail.isEmpty() ? QStringLiteral("connected to it") : QStringLiteral("connected to %1").arg(edge.detail);
    case TieKind::Disk:
        return QStringLiteral("has files on %1").arg(edge.to.section(u':', 1));
    case TieKind::Container:
        return QStringLiteral("runs in %1").arg(edge.to.section(u':', 1));
    default:
        return edge.detail.isEmpty() ? QStringLiteral("required by systemd") : edge.detail;
    }
}

} // namespace

bool DependencyGraph::Path::isHard() const
{
    return std::all_of(edges.begin(), edges.end(), [](const TopologyEdge &edge) { return isHardTie(edge.kind); });
}

QString DependencyGraph::Path::text() const
{
    QStringList between;
    for (qsizetype i = 0; i + 1 < edges.size(); ++i)
        between << edges[i].to;
    const QString last = edgeText(edges.first());
    return between.isEmpty() ? last : QStringLiteral("%1, by way of %2").arg(last, between.join(QStringLiteral(", ")));
}

DependencyGraph::DependencyGraph(const QList<ServiceConfig> &services, const Topology &seen)
{
    QMap<std::pair<QString, QString>, TopologyEdge> best;
    const auto add = [&best](const TopologyEdge &edge) {
        const auto key = std::pair(edge.from, edge.to);
        if (edge.from != edge.to && isNeed(edge.kind) && (!best.contains(key) || better(edge, best[key])))
            best.insert(key, edge);
    };
    for (const ServiceConfig &service : services) {
        for (const QString &needed : service.dependsOn)
            add({service.name, needed, TieKind::Declared, {}, 0, 0});
    }
    for (const TopologyEdge &edge : seen.edges) {
        if (!isDeclared(edge)) // the configuration knows better
            add(edge);
    }
    for (const TopologyEdge &edge : std::as_const(best)) { // in the order of the names
        m_from[edge.from] << edge;
        m_needs[edge.from] << edge.to;
        m_neededBy[edge.to] << edge.from;
    }
    for (auto &edges : m_from)
        std::stable_sort(edges.begin(), edges.end(), [](const auto &a, const auto &b) { return isHardTie(a.kind) > isHardTie(b.kind); });
}

std::optional<DependencyGraph::Path> DependencyGraph::search(const QString &from, const QString &to, bool hardOnly) const
{
    QMap<QString, TopologyEdge> reachedBy;
    std::deque<QString> open{from};
    while (!open.empty() && !reachedBy.contains(to)) {
        const QString here = open.front();
        open.pop_front();
        for (const TopologyEdge &edge : m_from.value(here)) {
            if (edge.to == from || reachedBy.contains(edge.to) || (hardOnly && !isHardTie(edge.kind)))
                continue;
            reachedBy.insert(edge.to, edge);
            open.push_back(edge.to);
        }
    }
    if (!reachedBy.contains(to))
        return {};
    Path path;
    for (QString at = to; at != from; at = path.edges.first().from)
        path.edges.prepend(reachedBy.value(at));
    return path;
}

QStringList DependencyGraph::reach(const QString &name, const QMap<QString, QStringList> &next) const
{
    QStringList found;
    std::set<QString> seen{name};
    QStringList ring{name};
    while (!ring.isEmpty()) {
        QStringList further;
        for (const QString &here : std::as_const(ring)) {
            for (const QString &other : next.value(here)) {
                if (seen.insert(other).second)
                    further << other;
            }
        }
        further.sort();
        found << further;
        ring = further;
    }
    return found;
}

QStringList DependencyGraph::dependentsOf(const QString &name) const { return reach(name, m_neededBy); }
QStringList DependencyGraph::dependenciesOf(const QString &name) const { return reach(name, m_needs); }

QStringList DependencyGraph::sharedBy(const QString &one, const QString &other) const
{
    const QStringList others = m_needs.value(other);
    QStringList shared;
    for (const QString &needed : m_needs.value(one)) {
        if (others.contains(needed))
            shared << needed;
    }
    shared.sort();
    return shared;
}

} // namespace prunella
