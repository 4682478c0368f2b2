#pragma once
// What depends on what: declared in the configuration or seen on the machine.
#include <QList>
#include <QString>

#include <algorithm>
#include <tuple>

namespace prunella {

/// Where an edge was learnt. Only `Declared` is a person's word; all others were seen.
enum class TieKind {
    Declared,   ///< depends_on
    Requires,   ///< systemd: Requires=, Requisite=
    BindsTo,    ///< systemd: BindsTo=
    Wants,      ///< systemd: Wants=; a failure of `to` does not stop `from`
    After,      ///< systemd: After=; an order, no need
    Connection, ///< an established TCP or Unix connection that `from` opened to a socket `to` listens on
    Disk,       ///< `from` has its data or open files on this mount: `to` is "disk:/var"
    Container,  ///< `from` runs in this container: `to` is "container:NAME"
};

/// `from` needs `to`. Both are names of services in the configuration where one is known, else "unit:cron.service",
/// "process:NAME", "peer:10.0.0.5:5432", "disk:/var", "container:NAME".
struct TopologyEdge {
    QString from, to;
    TieKind kind = TieKind::Declared;
    QString detail;          ///< how it shows: "Requires=db.service", "127.0.0.1:5432", "ext4 /dev/sda1"
    qint64 firstSeenAt = 0;  ///< wall ms
    qint64 lastSeenAt = 0;   ///< wall ms
    bool operator==(const TopologyEdge &) const = default;
};

struct Topology {
    QList<TopologyEdge> edges; ///< sorted by from, to, kind; each once
    qint64 at = 0;             ///< wall ms: when it was put together
};

[[nodiscard]] inline bool isDeclared(const TopologyEdge &edge) { return edge.kind == TieKind::Declared; }
/// Can `to`'s failure make `from` fail? An order alone and a wish do not.
[[nodiscard]] inline bool isNeed(TieKind kind) { return kind != TieKind::After && kind != TieKind::Wants; }

/// What tells one edge from another: the same two nodes may be tied in several ways.
[[nodiscard]] inline bool isBefore(const TopologyEdge &a, const TopologyEdge &b)
{
    return std::tie(a.from, a.to, a.kind) < std::tie(b.from, b.to, b.kind);
}
inline void sortEdges(QList<TopologyEdge> &edges) { std::stable_sort(edges.begin(), edges.end(), isBefore); }

} // namespace prunella
