// The graph of dependencies, now or as it was.
#include "core/base/Clock.h"
#include "core/model/JsonTopology.h"
#include "core/store/Database.h"
#include "core/store/Rows.h"
#include "core/store/StoreReader.h"

namespace prunella {

using namespace Qt::StringLiterals;

Result<Topology> StoreReader::topology(qint64 atWallMs)
{
    Topology topology;
    topology.at = atWallMs;
    const QString select = u"SELECT from_node, to_node, kind, detail, first_seen, last_seen FROM topology_edges"_s;
    const QString when = atWallMs == 0 ? u" WHERE ended IS NULL"_s : u" WHERE first_seen <= ? AND (ended IS NULL OR ended > ?)"_s;
    const QVariantList binds = atWallMs == 0 ? QVariantList() : QVariantList{isoTime(atWallMs), isoTime(atWallMs)};
    const Status done = m_journal->run(select + when, binds, [&topology](const QSqlQuery &row) {
        const auto kind = tieKindFrom(row.value(2).toString());
        if (kind)
            topology.edges.append({row.value(0).toString(), row.value(1).toString(), *kind, row.value(3).toString(),
                                   fromIsoTime(row.value(4).toString()), fromIsoTime(row.value(5).toString())});
    });
    if (!done)
        return failure(done.error().code, m_journal->path() + u" cannot be read: "_s + done.error().message);
    sortEdges(topology.edges);
    for (const TopologyEdge &edge : std::as_const(topology.edges)) {
        if (atWallMs == 0)
            topology.at = std::max(topology.at, edge.lastSeenAt);
    }
    return topology;
}

} // namespace prunella
