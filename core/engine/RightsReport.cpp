#include "core/engine/RightsReport.h"

#include "core/monitoring/JournalAccess.h"
#include "core/recovery/FileRights.h"

namespace prunella {
namespace {

Right journalRight(const ServiceConfig &service)
{
    static const QStringList folders{QStringLiteral("/run/log/journal"), QStringLiteral("/var/log/journal")}; // as JournalReader's
    const bool user = service.manager == Manager::SystemdUser;
    const QStringList units{service.unit};
    const QString problem = journalAccessProblem(folders, user ? QStringList() : units, user ? units : QStringList());
    return problem.isEmpty() ? Right{RightState::Permitted, QStringLiteral("the journal may be read")} : Right{RightState::Refused, problem};
}

std::optional<RightVerdict> logsOf(const ServiceConfig &service)
{
    QList<Right> parts;
    const bool unit = service.manager == Manager::Systemd || service.manager == Manager::SystemdUser;
    for (const LogSourceConfig &log : service.logs) {
        if (log.journal && unit)
            parts.append(journalRight(service));
        if (!log.file.isEmpty())
            parts.append(readRight(log.file));
        if (!log.command.isEmpty())
            parts.append(commandRight(log.command.first(), log.command));
    }
    if (parts.isEmpty())
        return std::nullopt;
    const Right right = worstOf(parts);
    return RightVerdict{service.name, QStringLiteral("logs"), right.state, right.why};
}

} // namespace

QList<RightVerdict> rightsReport(const QList<ServiceConfig> &services, const RightsEdge &edge)
{
    QList<RightVerdict> verdicts;
    for (const ServiceConfig &service : services) {
        verdicts.append(rightsOf(service, edge));
        if (const auto logs = logsOf(service))
            verdicts.append(*logs);
    }
    return verdicts;
}

} // namespace prunella
