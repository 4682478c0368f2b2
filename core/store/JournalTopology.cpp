// The graph of dependencies in prunella.db.
#include "core/store/JournalDb.h"

#include "core/base/Clock.h"
#include "core/model/JsonTopology.h"
#include "core/store/Rows.h"

namespace prunella::store {

using namespace Qt::StringLiterals;

Status JournalDb::saveTopology(const TopologyDelta &delta)
{
    for (const TopologyEdge &edge : delta.gone) {
        const Status done = m_db.run(u"UPDATE topology_edges SET last_seen = max(last_seen, ?), ended = ?"
                                     " WHERE from_node = ? AND to_node = ? AND kind = ? AND ended IS NULL"_s,
                                     {text(isoTime(edge.lastSeenAt)), text(isoTime(delta.at)), text(edge.from), text(edge.to),
                                      toString(edge.kind)});
        if (!done)
            return done;
    }
    for (const TopologyEdge &edge : delta.seen) {
        const Status done = m_db.run(u"INSERT INTO topology_edges(from_node, to_node, kind, declared, detail, first_seen, last_seen)"
                                     " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT(from_node, to_node, kind) WHERE ended IS NULL"
                                     " DO UPDATE SET detail = excluded.detail, last_seen = excluded.last_seen"_s,
                                     {text(edge.from), text(edge.to), toString(edge.kind), int(isDeclared(edge)), text(edge.detail),
                                      text(isoTime(edge.firstSeenAt)), text(isoTime(edge.lastSeenAt))});
        if (!done)
            return done;
    }
    return {};
}

} // namespace prunella::store
