// A dry run: what the running engine would do for an incident now.
#include "app/ctl/Commands.h"
#include "core/engine/ControlProtocol.h"
#include "core/engine/EngineOptions.h"
#include "core/model/JsonProcedure.h"

namespace prunella::ctl {

int showPlan(const Options &options, const std::string &id)
{
    const auto incident = findIncident(options, id);
    if (!incident)
        return complain(incident.error());
    const QJsonObject request{{QStringLiteral("command"), QStringLiteral("plan")}, {QStringLiteral("incident"), incident->id}};
    const auto reply = askEngine(controlSocketPath(qs(options.stateDir)), request, 15'000); // each step is looked at, files among them
    if (!reply)
        return complain(reply.error());
    if (!reply->value(QStringLiteral("ok")).toBool())
        return complain({ErrorCode(reply->value(QStringLiteral("code")).toInt()), reply->value(QStringLiteral("text")).toString()});
    const IncidentPlan plan = planFromJson(*reply);
    if (options.json) {
        QJsonObject object = toJson(plan);
        object.insert(QStringLiteral("schema"), 1);
        printJson(object);
        return Done;
    }
    for (const QString &line : planLines(plan))
        print(line);
    return Done;
}

} // namespace prunella::ctl
