// What depends on what: from the running engine, else from the store; at an earlier time always from the store.
#include "app/ctl/Commands.h"
#include "core/engine/ControlProtocol.h"
#include "core/engine/EngineOptions.h"
#include "core/model/JsonTopology.h"
#include "core/store/StoreReader.h"

#include <QJsonArray>

namespace prunella::ctl {
namespace {

/// 0: now
Result<qint64> timeOf(const std::string &text)
{
    if (text.empty())
        return 0;
    const auto ago = parseDuration(text);
    const QDateTime time = QDateTime::fromString(qs(text), Qt::ISODateWithMs);
    if (!ago && !time.isValid())
        return failure(ErrorCode::Invalid, QStringLiteral("--at %1 is no time; expected for example 2026-11-23T20:15:00Z, or 2h for two hours ago").arg(qs(text)));
    return ago ? SystemClock().now().wallMs - *ago : time.toMSecsSinceEpoch();
}

Result<QJsonObject> readTopology(const Options &options, qint64 at)
{
    if (at == 0) {
        if (auto live = askEngine(controlSocketPath(qs(options.stateDir)), {{QStringLiteral("ask"), QStringLiteral("topology")}}))
            return *live;
    }
    auto reader = StoreReader::open(stateDirectory(qs(options.stateDir)));
    if (!reader)
        return tl::unexpected(reader.error());
    const auto topology = (*reader)->topology(at);
    if (!topology)
        return tl::unexpected(topology.error());
    return toJson(*topology, at == 0 ? QStringList{QStringLiteral("the engine is not running; this is what it knew when it last wrote")} : QStringList());
}

QString clockTime(qint64 wallMs)
{
    return wallMs == 0 ? QStringLiteral("-") : QDateTime::fromMSecsSinceEpoch(wallMs).toString(QStringLiteral("MM-dd HH:mm:ss"));
}

} // namespace

int topology(const Options &options, const std::string &at)
{
    const auto time = timeOf(at);
    if (!time)
        return complain(time.error());
    const auto object = readTopology(options, *time);
    if (!object)
        return complain(object.error());
    if (options.json) {
        printJson(*object);
        return Done;
    }
    QList<QStringList> rows;
    for (const TopologyEdge &edge : topologyFromJson(*object).edges)
        rows.append({edge.from, edge.to, toString(edge.kind), isDeclared(edge) ? QStringLiteral("declared") : QStringLiteral("seen"),
                     clockTime(edge.firstSeenAt), clockTime(edge.lastSeenAt), edge.detail});
    if (rows.isEmpty())
        print(QStringLiteral("nothing is known to depend on anything"));
    else
        printTable({QStringLiteral("FROM"), QStringLiteral("TO"), QStringLiteral("KIND"), QStringLiteral("LEARNT"), QStringLiteral("SINCE"),
                    QStringLiteral("LAST SEEN"), QStringLiteral("DETAIL")}, rows);
    for (const QJsonValue &note : object->value(QStringLiteral("notes")).toArray())
        print(QStringLiteral("note: ") + note.toString());
    return Done;
}

} // namespace prunella::ctl
