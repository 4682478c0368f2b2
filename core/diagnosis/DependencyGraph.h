#pragma once
#include "core/model/ServiceConfig.h"
#include "core/model/Topology.h"

#include <QMap>
#include <optional>

namespace prunella {

/// Who needs whom, declared and seen together. Circles are allowed: machines have them. Pure.
class DependencyGraph
{
public:
    DependencyGraph() = default;
    DependencyGraph(const QList<ServiceConfig> &services, const Topology &seen);

    /// How one component needs another.
    struct Path {
        QList<TopologyEdge> edges;      ///< from the one that needs to the one that is needed; at least one
        [[nodiscard]] int hops() const { return int(edges.size()); }
        [[nodiscard]] bool isHard() const; ///< each step was declared or is systemd's
        /// "depends_on", "Requires=db.service", "connected to 127.0.0.1:5432, by way of api"
        [[nodiscard]] QString text() const;
    };
    /// The fewest steps; among equals hard ones first, then by name. Nothing when `from` does not need `to`.
    [[nodiscard]] std::optional<Path> path(const QString &from, const QString &to) const { return search(from, to, false); }
    /// The same over declared and systemd's own edges alone: `from` cannot run without `to`.
    [[nodiscard]] std::optional<Path> hardPath(const QString &from, const QString &to) const { return search(from, to, true); }
    /// All that need it, near ones first, then by name.
    [[nodiscard]] QStringList dependentsOf(const QString &name) const;
    /// All that it needs, near ones first, then by name.
    [[nodiscard]] QStringList dependenciesOf(const QString &name) const;
    [[nodiscard]] QList<TopologyEdge> edgesFrom(const QString &name) const { return m_from.value(name); }
    /// What both need directly, other than each other: "disk:/var", "peer:10.0.0.5:5432", a service.
    [[nodiscard]] QStringList sharedBy(const QString &one, const QString &other) const;

private:
    [[nodiscard]] std::optional<Path> search(const QString &from, const QString &to, bool hardOnly) const;
    [[nodiscard]] QStringList reach(const QString &name, const QMap<QString, QStringList> &next) const;

    QMap<QString, QList<TopologyEdge>> m_from; ///< needs only; the best edge of each pair
    QMap<QString, QStringList> m_needs, m_neededBy;
};

} // namespace prunella
