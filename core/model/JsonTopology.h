#pragma once
// Edges of the topology to and from JSON, and the public words of their kinds.
#include "core/model/Topology.h"

#include <QJsonObject>
#include <QStringList>

namespace prunella {

/// declared | requires | binds_to | wants | after | connection | disk | container
[[nodiscard]] QString toString(TieKind kind);
/// Nothing when the word is unknown.
[[nodiscard]] std::optional<TieKind> tieKindFrom(const QString &word);

[[nodiscard]] QJsonObject toJson(const TopologyEdge &edge);
[[nodiscard]] TopologyEdge topologyEdgeFromJson(const QJsonObject &object);
/// The public object of `topology --json`: {schema, at, edges, notes}.
[[nodiscard]] QJsonObject toJson(const Topology &topology, const QStringList &notes);
[[nodiscard]] Topology topologyFromJson(const QJsonObject &object);

} // namespace prunella
