// What the user who calls may do; no engine needs to run.
#include "app/ctl/Commands.h"
#include "core/config/ConfigLoader.h"
#include "core/engine/RightsReport.h"

namespace prunella::ctl {

int rights(const Options &options, const std::string &service)
{
    const LoadedConfig loaded = loadConfig(defaultSources(qs(options.config), qs(options.environment)));
    for (const ConfigProblem &problem : loaded.problems) {
        if (problem.level == ProblemLevel::Error)
            return complain({ErrorCode::Invalid, toString(problem)});
    }
    QList<ServiceConfig> services = loaded.config.services;
    if (!service.empty())
        services.removeIf([name = qs(service)](const ServiceConfig &one) { return one.name != name; });
    if (services.isEmpty() && !service.empty())
        return complain({ErrorCode::Invalid, QStringLiteral("no service is called %1").arg(qs(service))});
    const QList<RightVerdict> verdicts = rightsReport(services, realRights());
    const bool all = std::all_of(verdicts.cbegin(), verdicts.cend(), [](const RightVerdict &one) { return one.state == RightState::Permitted; });
    QJsonArray array;
    QList<QStringList> rows;
    for (const RightVerdict &verdict : verdicts) {
        array.append(toJson(verdict));
        rows.append({verdict.service, verdict.what, toString(verdict.state), verdict.why});
    }
    if (options.json)
        printJson(QJsonObject{{QStringLiteral("schema"), 1}, {QStringLiteral("ok"), all}, {QStringLiteral("rights"), array}});
    else if (rows.isEmpty())
        print(QStringLiteral("there is nothing that could be done for any service"));
    else
        printTable({QStringLiteral("SERVICE"), QStringLiteral("WHAT"), QStringLiteral("STATE"), QStringLiteral("WHY")}, rows);
    return all ? Done : AnswerIsNo;
}

} // namespace prunella::ctl
