#pragma once
// What systemd knows of dependencies: which watched units need each other.
#include "core/model/Topology.h"

#include <QMap>
#include <QStringList>
#include <functional>
#include <optional>

namespace prunella {

/// The dependencies of one unit, by systemd's own names of the properties.
struct UnitLinks {
    QString id = {};       ///< its main name, where it was asked for by an alias
    QStringList needs = {}; ///< Requires and Requisite
    QStringList bindsTo = {}, wants = {}, after = {};
    QStringList triggers = {}; ///< what a socket, path or timer starts
    QStringList folders = {}; ///< absolute: WorkingDirectory, StateDirectory, CacheDirectory, LogsDirectory
    bool operator==(const UnitLinks &) const = default;
};

/// Nothing: there is no such unit, or systemd does not answer.
using UnitLookup = std::function<std::optional<UnitLinks>(const QString &unit)>;

/// Edges between the services of these units (unit to service), and to units which are no services of ours, where they
/// are services or devices that one of ours needs at first hand. Also over units in between, services too: web.service
/// Requires db.socket, which triggers db.service. A way is as strong as its weakest step, and only the strongest counts.
/// After is followed over targets and sockets. What every unit has by default (sysinit.target, slices) says nothing and
/// is left out.
[[nodiscard]] QList<TopologyEdge> unitEdges(const QMap<QString, QString> &serviceByUnit, const UnitLookup &lookup);

} // namespace prunella
