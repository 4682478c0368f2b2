#include "core/config/ConfigReading.h"
#include "core/config/ContainerSocket.h"

#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

void readUnit(YamlReader &reader, ServiceConfig &out)
{
    static const QRegularExpression form(u"^[A-Za-z0-9:_.\\\\@-]+\\.(service|socket|timer|mount|target|slice|scope|path|swap|device|automount)$"_s);
    reader.require("unit"_L1, u"the unit's name such as %1.service"_s.arg(out.name.isEmpty() ? u"web"_s : out.name));
    if (reader.text("unit"_L1, out.unit) && !form.match(out.unit).hasMatch())
        reader.problem("unit"_L1, u"is \"%1\", expected a unit name with its ending such as web.service"_s.arg(out.unit));
}

void readProcess(YamlReader &reader, ServiceConfig &out)
{
    reader.require("command"_L1, u"a list such as [/usr/bin/program, argument]"_s);
    readCommand(reader, "command"_L1, out.command);
    if (reader.text("working_directory"_L1, out.workingDirectory) && !out.workingDirectory.startsWith(u'/'))
        reader.problem("working_directory"_L1, u"is \"%1\", expected an absolute path"_s.arg(out.workingDirectory));
    reader.textMap("environment"_L1, out.environment);
}

void readContainer(YamlReader &reader, ServiceConfig &out)
{
    static const QRegularExpression form(u"^[A-Za-z0-9][A-Za-z0-9_.-]*$"_s); // docker's and podman's own rule
    reader.require("container"_L1, u"the container's name"_s);
    if (reader.text("container"_L1, out.container) && !form.match(out.container).hasMatch())
        reader.problem("container"_L1, u"is \"%1\", expected a container's name or id such as web"_s.arg(out.container));
    if (reader.text("socket"_L1, out.socket) && socketPath(out.socket).isEmpty())
        reader.problem("socket"_L1, u"is \"%1\", expected an absolute path or unix:///run/docker.sock"_s.arg(out.socket));
}

/// What the manager needs. Keys of another manager stay unknown here, and are reported as such.
void readManager(YamlReader &reader, ServiceConfig &out)
{
    reader.enumeration("manager"_L1, out.manager);
    switch (out.manager) {
    case Manager::Systemd:
    case Manager::SystemdUser:
        readUnit(reader, out);
        return;
    case Manager::Process:
        readProcess(reader, out);
        return;
    case Manager::Container:
        readContainer(reader, out);
        return;
    case Manager::Command:
        reader.require("command"_L1, u"a list such as [/usr/bin/program, argument]"_s);
        readCommand(reader, "command"_L1, out.command);
        return;
    }
}

void readServiceRecovery(YamlReader &reader, ServiceRecoveryConfig &out)
{
    Mode mode = Mode::Approve;
    if (reader.enumeration("mode"_L1, mode))
        out.mode = mode;
    readActionPolicy(reader, out.actions, out.approvals);
    reader.integer("max_retry_attempts"_L1, out.maxRetryAttempts, {0, 100});
    reader.duration("settle"_L1, out.settleMs, {0, 86'400e3});
    reader.duration("attempt_window"_L1, out.attemptWindowMs, {1000, 30 * 86'400e3});
    reader.duration("recovery_timeout"_L1, out.recoveryTimeoutMs, {1000, 86'400e3});
    reader.map("backoff"_L1, [&out](YamlReader &backoff) { readBackoff(backoff, out.backoff.emplace()); });
    reader.duration("escalation_timeout"_L1, out.escalationTimeoutMs, {1000, 7 * 86'400e3});
    reader.boolean("rollback_enabled"_L1, out.rollbackEnabled);
    reader.boolean("auto_scaling_enabled"_L1, out.autoScalingEnabled);
    reader.boolean("circuit_breaker_enabled"_L1, out.circuitBreakerEnabled);
    reader.boolean("shadow"_L1, out.shadow);
}

/// Whoever writes "automatic" relies on being healed: a manager that cannot act yet must not hide that.
void refuseUnactable(YamlReader &reader, const ServiceConfig &service)
{
    if (service.manager != Manager::Command || !service.commands.isEmpty())
        return;
    const auto &actions = service.recovery.actions;
    const bool anyAction = std::find(actions.cbegin(), actions.cend(), Mode::Automatic) != actions.cend();
    if (service.recovery.mode == Mode::Automatic || anyAction)
        reader.problem("recovery"_L1, u"is automatic, but services of manager command cannot be acted on without commands of their own; "
                                      "expected mode observe or approve, or commands"_s);
}

/// Watched for changes; what does not exist may come.
void readConfigFiles(YamlReader &reader, QStringList &out)
{
    static const QRegularExpression wildcardBefore(u"[*?\\[][^/]*/"_s);
    QStringList paths;
    reader.texts("config_files"_L1, paths);
    for (const QString &path : std::as_const(paths)) {
        if (!path.startsWith(u'/'))
            reader.problem("config_files"_L1, u"has \"%1\", expected an absolute path"_s.arg(path));
        else if (wildcardBefore.match(path).hasMatch())
            reader.problem("config_files"_L1, u"has \"%1\", expected * ? [ ] only after the last /"_s.arg(path));
        else if (path.endsWith(u'/') || QFileInfo(path).isDir())
            reader.problem("config_files"_L1, u"has \"%1\", a folder; expected a file, or files such as %2"_s.arg(path, QDir(path).filePath(u"*"_s)));
        else
            out.append(QDir::cleanPath(path));
    }
}

void readService(YamlReader &reader, UniqueNames &names, const QStringList &all, QList<ServiceConfig> &out)
{
    ServiceConfig service;
    reader.require("name"_L1, u"the service's name"_s);
    if (reader.text("name"_L1, service.name)) {
        checkName(reader, "name"_L1, service.name);
        names.take(reader, "name"_L1, service.name);
        if (service.name == "host"_L1)
            reader.problem("name"_L1, u"is \"host\", which means the machine itself; expected another name"_s);
    }
    readManager(reader, service);
    reader.duration("interval"_L1, service.intervalMs, {100, 86'400e3});
    reader.enumeration("criticality"_L1, service.criticality);
    reader.texts("depends_on"_L1, service.dependsOn);
    for (const QString &other : std::as_const(service.dependsOn)) {
        if (!all.contains(other)) {
            const QString nearest = nearestWord(other, all);
            reader.problem("depends_on"_L1, u"\"%1\" is no service, the nearest known one is \"%2\""_s.arg(other, nearest));
        }
    }
    readHealthChecks(reader, service.health);
    readConfigFiles(reader, service.configFiles);
    readLogs(reader, service.logs);
    readFileActions(reader, service);
    readDeployment(reader, service.manager, service.deployment);
    readResources(reader, service.manager, service.resources);
    readRestart(reader, all, service);
    readClosePeek(reader, service.closePeek);
    reader.map("recovery"_L1, [&](YamlReader &map) { readServiceRecovery(map, service.recovery); });
    refuseUnactable(reader, service);
    out.append(service);
}

/// The way from `name` along depends_on back to itself, or nothing.
QStringList cycleFrom(const QString &name, const QMap<QString, QStringList> &graph)
{
    QList<QStringList> ways{{name}};
    QSet<QString> seen;
    while (!ways.isEmpty()) {
        const QStringList way = ways.takeFirst();
        const QStringList next = graph.value(way.constLast());
        for (const QString &other : next) {
            if (other == name)
                return way + QStringList{other};
            if (!seen.contains(other)) {
                seen.insert(other);
                ways.append(way + QStringList{other});
            }
        }
    }
    return {};
}

/// One message a cycle, at the first of its services.
void checkCycles(YamlReader &selfHealing, const QList<ServiceConfig> &services)
{
    QMap<QString, QStringList> graph;
    for (const ServiceConfig &service : services)
        graph.insert(service.name, service.dependsOn);
    QSet<QString> told;
    selfHealing.list("services"_L1, [&](YamlReader &reader) {
        reader.acceptAnyKey();
        const QString name = reader.self()->textOf(u"name");
        const QStringList cycle = told.contains(name) ? QStringList() : cycleFrom(name, graph);
        if (cycle.isEmpty())
            return;
        told.unite(QSet<QString>(cycle.cbegin(), cycle.cend()));
        reader.problem("depends_on"_L1, u"goes round in a circle: %1"_s.arg(cycle.join(" -> "_L1)));
    });
}

QStringList serviceNames(YamlReader &selfHealing)
{
    QStringList names;
    const YamlNodePtr list = selfHealing.node("services"_L1);
    for (const YamlEntry &entry : list ? list->entries : QList<YamlEntry>()) {
        const QString name = entry.value->textOf(u"name");
        if (!name.isEmpty())
            names.append(name);
    }
    return names;
}

} // namespace

void readServices(YamlReader &selfHealing, QList<ServiceConfig> &out)
{
    const QStringList all = serviceNames(selfHealing);
    UniqueNames names;
    const bool isList = selfHealing.list("services"_L1, [&](YamlReader &reader) { readService(reader, names, all, out); });
    if (isList && !out.isEmpty())
        checkCycles(selfHealing, out);
}

} // namespace prunella
