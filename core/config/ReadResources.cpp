// What a service may be given more of, rolled back to, restarted with, and looked at more closely.
#include "core/config/ConfigReading.h"

#include <QDir>

#include <csignal>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr double kDayMs = 86'400e3;

bool isSystemd(Manager manager) { return manager == Manager::Systemd || manager == Manager::SystemdUser; }

void requirePath(YamlReader &reader, QLatin1StringView key, QString &out)
{
    reader.require(key, u"an absolute path"_s);
    if (reader.text(key, out) && (!out.startsWith(u'/') || QDir::cleanPath(out) != out))
        reader.problem(key, u"is \"%1\", expected an absolute path without .. and // in it"_s.arg(out));
}

void requireCommand(YamlReader &reader, QLatin1StringView key, QStringList &out)
{
    reader.require(key, u"a list such as [/usr/bin/program, argument]"_s);
    readCommand(reader, key, out);
}

void readByType(YamlReader &reader, DeploymentConfig &out)
{
    switch (out.type) {
    case DeploymentType::ReleaseDirectory:
        requirePath(reader, "current"_L1, out.current);
        requirePath(reader, "releases"_L1, out.releases);
        return;
    case DeploymentType::ContainerImage:
        return;
    case DeploymentType::DebianPackage:
        reader.require("package"_L1, u"the package's name"_s);
        reader.text("package"_L1, out.package);
        return;
    case DeploymentType::GitWorktree:
        requirePath(reader, "path"_L1, out.path);
        reader.text("tags"_L1, out.tags);
        return;
    case DeploymentType::Command:
        requireCommand(reader, "deploy"_L1, out.deployCommand);
        requireCommand(reader, "rollback"_L1, out.rollbackCommand);
        requireCommand(reader, "current"_L1, out.currentCommand);
    }
}

/// One limit; the form of its `max` depends on what it is of.
void readLimit(YamlReader &resources, QLatin1StringView key, std::optional<LimitConfig> &out,
               const std::function<void(YamlReader &, double &)> &readMax)
{
    resources.map(key, [&](YamlReader &reader) {
        LimitConfig limit;
        if (reader.number("step"_L1, limit.step, {1, 100}) && limit.step == 1)
            reader.problem("step"_L1, u"is 1, which changes nothing; expected more than 1"_s);
        reader.require("max"_L1, u"the most that may be set"_s);
        readMax(reader, limit.max);
        out = limit;
    });
}

void readBytes(YamlReader &reader, double &max)
{
    qint64 bytes = 0;
    if (reader.size("max"_L1, bytes, {1, 1e15}))
        max = double(bytes);
}

/// Percent of one core: 200% is two cores.
void readCores(YamlReader &reader, double &max)
{
    QString text;
    const std::optional<double> percent = reader.text("max"_L1, text) ? parsePercent(text) : std::optional<double>();
    if (percent && *percent > 0)
        max = *percent;
    else if (!text.isEmpty())
        reader.problem("max"_L1, u"is \"%1\", expected percent of one core such as 200%"_s.arg(text));
}

void readCount(YamlReader &reader, double &max)
{
    qint64 count = 0;
    if (reader.integer("max"_L1, count, {1, 1e9}))
        max = double(count);
}

void readWeight(YamlReader &reader, double &max)
{
    qint64 weight = 0;
    if (reader.integer("max"_L1, weight, {1, 10'000}))
        max = double(weight);
}

void readInstances(YamlReader &instances, Manager manager, InstancesConfig &out)
{
    if (isSystemd(manager)) {
        instances.require("template"_L1, u"a template unit such as web@.service"_s);
        if (instances.text("template"_L1, out.templateUnit) && !out.templateUnit.contains("@."_L1))
            instances.problem("template"_L1, u"is \"%1\", expected a template unit such as web@.service"_s.arg(out.templateUnit));
    }
    instances.integer("min"_L1, out.min, {0, 1000});
    out.max = std::max(out.min, out.max);
    if (instances.integer("max"_L1, out.max, {1, 1000}) && out.max < out.min)
        instances.problem("max"_L1, u"is %1, expected at least min %2"_s.arg(out.max).arg(out.min));
    instances.percent("low_load"_L1, out.lowLoad);
    instances.duration("scale_back_after"_L1, out.scaleBackAfterMs, {1000, 30 * kDayMs});
}

void readSignal(YamlReader &reader, QLatin1StringView key, int &out)
{
    static const QMap<QString, int> signalsByName{{u"USR1"_s, SIGUSR1}, {u"USR2"_s, SIGUSR2}, {u"HUP"_s, SIGHUP}, {u"WINCH"_s, SIGWINCH}};
    QString word;
    if (reader.choice(key, word, signalsByName.keys()))
        out = signalsByName.value(word);
}

void readDebug(YamlReader &reader, ClosePeekConfig &out)
{
    readSignal(reader, "signal"_L1, out.debugSignal);
    readSignal(reader, "quiet_signal"_L1, out.quietSignal);
    reader.boolean("log_control"_L1, out.logControl);
    reader.text("bus_name"_L1, out.busName);
    readCommand(reader, "command"_L1, out.debugCommand);
    readCommand(reader, "quiet_command"_L1, out.quietCommand);
    const int ways = int(out.debugSignal != 0) + int(out.logControl) + int(!out.debugCommand.isEmpty());
    if (ways != 1)
        reader.problem(u"names %1 ways, expected one of signal, log_control: true and command"_s.arg(ways));
}

} // namespace

void readDeployment(YamlReader &service, Manager manager, std::optional<DeploymentConfig> &out)
{
    service.map("deployment"_L1, [&](YamlReader &reader) {
        static const QStringList kTypes{u"release-directory"_s, u"container-image"_s, u"debian-package"_s, u"git-worktree"_s, u"command"_s};
        DeploymentConfig deployment;
        QString type;
        reader.require("type"_L1, kTypes.join(", "_L1));
        if (!reader.choice("type"_L1, type, kTypes))
            return reader.acceptAnyKey(); // which keys belong here depends on the type, which has been complained about
        deployment.type = DeploymentType(kTypes.indexOf(type));
        readByType(reader, deployment);
        reader.duration("timeout"_L1, deployment.timeoutMs, {1000, kDayMs});
        reader.duration("good_after"_L1, deployment.goodAfterMs, {100, 30 * kDayMs});
        if ((deployment.type == DeploymentType::ContainerImage) != (manager == Manager::Container))
            reader.problem("type"_L1, u"is %1, but the service's manager is %2"_s.arg(type, toString(manager)));
        out = deployment;
    });
}

void readResources(YamlReader &service, Manager manager, ResourcesConfig &out)
{
    service.map("resources"_L1, [&](YamlReader &reader) {
        readLimit(reader, "memory"_L1, out.memory, readBytes);
        readLimit(reader, "cpu"_L1, out.cpu, readCores);
        readLimit(reader, "tasks"_L1, out.tasks, readCount);
        readLimit(reader, "files"_L1, out.files, readCount);
        readLimit(reader, "cpu_weight"_L1, out.cpuWeight, readWeight);
        readLimit(reader, "io_weight"_L1, out.ioWeight, readWeight);
        reader.map("instances"_L1, [&](YamlReader &instances) { readInstances(instances, manager, out.instances.emplace()); });
        reader.boolean("persistent"_L1, out.persistent);
        if (!isSystemd(manager) && manager != Manager::Container)
            reader.problem(u"has limits, but only units of systemd and containers have such; the manager is %1"_s.arg(toString(manager)));
    });
}

void readRestart(YamlReader &service, const QStringList &services, ServiceConfig &out)
{
    service.map("restart"_L1, [&](YamlReader &reader) {
        reader.boolean("reload"_L1, out.restart.reload);
        reader.texts("reload_for"_L1, out.restart.reloadFor);
        if ((out.restart.reload || !out.restart.reloadFor.isEmpty()) && !isSystemd(out.manager))
            reader.problem("reload"_L1, u"is on, but only units of systemd are reloaded"_s);
        reader.texts("group"_L1, out.restart.group);
        for (const QString &name : std::as_const(out.restart.group)) {
            if (!services.contains(name))
                reader.problem("group"_L1, u"\"%1\" is no service, the nearest known one is \"%2\""_s.arg(name, nearestWord(name, services)));
        }
        reader.duration("ready_timeout"_L1, out.restart.readyTimeoutMs, {0, 3600e3});
    });
}

void readClosePeek(YamlReader &service, ClosePeekConfig &out)
{
    service.map("monitoring"_L1, [&](YamlReader &reader) {
        reader.duration("for"_L1, out.durationMs, {1000, kDayMs});
        reader.duration("interval"_L1, out.intervalMs, {100, 3600e3});
        reader.map("debug"_L1, [&](YamlReader &debug) { readDebug(debug, out); });
        reader.boolean("stack"_L1, out.stack);
    });
}

} // namespace prunella
