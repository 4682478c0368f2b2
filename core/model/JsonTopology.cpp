#include "core/model/JsonTopology.h"

#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;

QString toString(TieKind kind)
{
    switch (kind) {
    case TieKind::Declared: return u"declared"_s;
    case TieKind::Requires: return u"requires"_s;
    case TieKind::BindsTo: return u"binds_to"_s;
    case TieKind::Wants: return u"wants"_s;
    case TieKind::After: return u"after"_s;
    case TieKind::Connection: return u"connection"_s;
    case TieKind::Disk: return u"disk"_s;
    case TieKind::Container: return u"container"_s;
    }
    return {};
}

std::optional<TieKind> tieKindFrom(const QString &word)
{
    for (int i = 0; i <= int(TieKind::Container); ++i) {
        if (toString(TieKind(i)) == word)
            return TieKind(i);
    }
    return std::nullopt;
}

QJsonObject toJson(const TopologyEdge &edge)
{
    return {{u"from"_s, edge.from},
            {u"to"_s, edge.to},
            {u"kind"_s, toString(edge.kind)},
            {u"declared"_s, isDeclared(edge)},
            {u"detail"_s, edge.detail},
            {u"first_seen"_s, json::timeOrNull(edge.firstSeenAt)},
            {u"last_seen"_s, json::timeOrNull(edge.lastSeenAt)}};
}

TopologyEdge topologyEdgeFromJson(const QJsonObject &object)
{
    return {object[u"from"_s].toString(), object[u"to"_s].toString(),
            tieKindFrom(object[u"kind"_s].toString()).value_or(TieKind::Connection), object[u"detail"_s].toString(),
            json::timeOf(object[u"first_seen"_s]), json::timeOf(object[u"last_seen"_s])};
}

QJsonObject toJson(const Topology &topology, const QStringList &notes)
{
    QJsonArray edges;
    for (const TopologyEdge &edge : topology.edges)
        edges.append(toJson(edge));
    return {{u"schema"_s, 1},
            {u"at"_s, json::timeOrNull(topology.at)},
            {u"edges"_s, edges},
            {u"notes"_s, QJsonArray::fromStringList(notes)}};
}

Topology topologyFromJson(const QJsonObject &object)
{
    Topology topology;
    topology.at = json::timeOf(object[u"at"_s]);
    for (const QJsonValue &edge : object[u"edges"_s].toArray())
        topology.edges.append(topologyEdgeFromJson(edge.toObject()));
    return topology;
}

} // namespace prunella
