#include "core/recovery/Rights.h"

#include "core/recovery/ActionKind.h"
#include "core/recovery/FileRights.h"
#include "core/recovery/UnitRights.h"

#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

struct Question { const ServiceConfig &service; const RightsEdge &edge; };

bool isUser(const ServiceConfig &service)
{
    return service.manager == Manager::SystemdUser;
}

/// What restarts, starts and stops it.
Right changeOf(const Question &q)
{
    switch (q.service.manager) {
    case Manager::Systemd:
    case Manager::SystemdUser:
        return q.edge.changeUnit(q.service.unit, isUser(q.service));
    case Manager::Container:
        return socketRight(q.service.socket.isEmpty() ? q.edge.containerSocket : q.service.socket);
    default:
        return {RightState::Permitted, u"the engine starts and stops this process itself"_s};
    }
}

Right scaling(const Question &q)
{
    const auto &instances = q.service.resources.instances;
    const bool units = q.service.manager == Manager::Systemd || isUser(q.service);
    if (!units || !instances || instances->templateUnit.isEmpty())
        return changeOf(q);
    const QString first = QString(instances->templateUnit).replace(u"@."_s, u"@1."_s);
    return worstOf({changeOf(q), q.edge.changeUnit(first, isUser(q.service))});
}

Right increasing(const Question &q)
{
    QList<Right> parts{changeOf(q)};
    if (q.service.manager == Manager::Systemd && q.service.resources.files) { // a drop-in, read at the next start
        parts.append(folderRight(q.edge.unitFolder, u"LimitNOFILE is set by a drop-in"_s));
        parts.append(q.edge.reloadManager(false));
    }
    return worstOf(parts);
}

Right rollingBack(const Question &q)
{
    const DeploymentConfig deployment = q.service.deployment.value_or(DeploymentConfig{});
    QList<Right> parts{changeOf(q)};
    switch (deployment.type) {
    case DeploymentType::ReleaseDirectory:
        parts.append(folderOfRight(deployment.current, u"the link %1 is replaced there"_s.arg(deployment.current)));
        break;
    case DeploymentType::DebianPackage:
        parts.append(rootRight(u"install another version of "_s + deployment.package));
        break;
    case DeploymentType::GitWorktree:
        parts.append(ownerRight(deployment.path, u"git changes only work trees of its own user"_s));
        break;
    case DeploymentType::Command:
        parts.append(commandRight(u"rollback"_s, deployment.rollbackCommand));
        break;
    case DeploymentType::ContainerImage:
        break;
    }
    return worstOf(parts);
}

Right adjusting(const Question &q)
{
    QList<Right> parts{changeOf(q)};
    for (const TimeoutConfig &timeout : q.service.timeouts) {
        parts.append(fileRight(timeout.file));
        if (timeout.format == FileFormat::Systemd)
            parts.append(q.edge.reloadManager(isUser(q.service)));
    }
    return worstOf(parts);
}

Right peeking(const Question &q)
{
    const ClosePeekConfig &peek = q.service.closePeek;
    QList<Right> parts{{RightState::Permitted, u"looking more often needs no right"_s}};
    if (peek.debugSignal != 0 || peek.quietSignal != 0)
        parts.append(changeOf(q));
    if (peek.logControl && q.service.manager == Manager::Systemd)
        parts.append(rootRight(u"set the log level of a system service over LogControl1"_s));
    if (peek.stack && q.service.manager == Manager::Systemd)
        parts.append(rootRight(u"read the stacks of a system service's process"_s));
    for (const QStringList &command : {peek.debugCommand, peek.quietCommand}) {
        if (!command.isEmpty())
            parts.append(commandRight(u"debug level"_s, command));
    }
    return worstOf(parts);
}

Right running(const Question &q)
{
    QList<Right> parts;
    for (const CommandConfig &command : q.service.commands)
        parts.append(commandRight(command));
    return worstOf(parts);
}

Right freeing(const Question &q)
{
    QList<Right> parts;
    for (const DiskRuleConfig &rule : q.service.diskRules)
        parts.append(diskRight(rule));
    return worstOf(parts);
}

Right asking(const Question &)
{
    return {RightState::Permitted, u"the checks ask as any client would"_s};
}

} // namespace

RightsEdge realRights()
{
    const auto units = std::make_shared<UnitRights>();
    RightsEdge edge;
    edge.changeUnit = [units](const QString &unit, bool userBus) { return units->changeUnit(unit, userBus); };
    edge.reloadManager = [units](bool userBus) { return units->reloadManager(userBus); };
    return edge;
}

QList<RightVerdict> rightsOf(const ServiceConfig &service, const RightsEdge &edge)
{
    static const QList<std::pair<ActionType, Right (*)(const Question &)>> questions{
        {ActionType::RestartService, changeOf}, {ActionType::ScaleResources, scaling}, {ActionType::RollbackDeployment, rollingBack},
        {ActionType::IncreaseResources, increasing}, {ActionType::AdjustTimeout, adjusting}, {ActionType::EnableMonitoring, peeking},
        {ActionType::HealthCheck, asking}, {ActionType::RunCommand, running}, {ActionType::FreeDiskSpace, freeing}};
    QList<RightVerdict> verdicts;
    for (const auto &[type, question] : questions) {
        const auto supports = actionKind(type).supports;
        if (!supports || !supports(service))
            continue;
        const Right right = question({service, edge});
        verdicts.append({service.name, toString(type), right.state, right.why});
    }
    return verdicts;
}

} // namespace prunella
