// Health checks, and the keys of a service that a later version acts on.
#include "core/config/ConfigReading.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr double kDayMs = 86'400e3;

void readCheckByType(YamlReader &reader, HealthCheckConfig &out)
{
    switch (out.type) {
    case CheckType::Http:
        reader.require("url"_L1, u"a URL such as http://127.0.0.1:8080/health"_s);
        reader.text("url"_L1, out.url);
        checkUrl(reader, "url"_L1, out.url, {u"http"_s, u"https"_s});
        reader.integer("expect_status"_L1, out.expectStatus, {100, 599});
        reader.text("expect_body"_L1, out.expectBody);
        checkPattern(reader, "expect_body"_L1, out.expectBody);
        break;
    case CheckType::Tcp:
        reader.require("address"_L1, u"host:port"_s);
        reader.text("address"_L1, out.address);
        checkAddress(reader, "address"_L1, out.address);
        break;
    case CheckType::Nagios:
        reader.require("command"_L1, u"a list such as [/usr/lib/nagios/plugins/check_http, -H, 127.0.0.1]"_s);
        readCommand(reader, "command"_L1, out.command);
        break;
    }
}

void readMemoryAndCpu(YamlReader &resources)
{
    double number = 0;
    qint64 bytes = 0;
    resources.map("memory"_L1, [&](YamlReader &memory) {
        memory.number("step"_L1, number, {1, 100});
        memory.size("max"_L1, bytes);
    });
    resources.map("cpu"_L1, [&](YamlReader &cpu) {
        cpu.number("step"_L1, number, {1, 100});
        QString max; // percent of one core: 200% is two cores
        const std::optional<double> percent = cpu.text("max"_L1, max) ? parsePercent(max) : std::optional<double>(100);
        if (!percent || *percent <= 0)
            cpu.problem("max"_L1, u"is \"%1\", expected percent of one core such as 200%"_s.arg(max));
    });
}

void readResources(YamlReader &resources)
{
    readMemoryAndCpu(resources);
    resources.map("instances"_L1, [](YamlReader &instances) {
        QString unit;
        int min = 1, max = 1;
        instances.require("template"_L1, u"a template unit such as web@.service"_s);
        if (instances.text("template"_L1, unit) && !unit.contains("@."_L1))
            instances.problem("template"_L1, u"is \"%1\", expected a template unit such as web@.service"_s.arg(unit));
        instances.integer("min"_L1, min, {0, 1000});
        max = std::max(min, max);
        if (instances.integer("max"_L1, max, {1, 1000}) && max < min)
            instances.problem("max"_L1, u"is %1, expected at least min %2"_s.arg(max).arg(min));
    });
}

void readDeployment(YamlReader &reader)
{
    QString type, text;
    QStringList command;
    reader.require("type"_L1, u"release-directory, container-image, debian-package, git-worktree or command"_s);
    reader.choice("type"_L1, type, {u"release-directory"_s, u"container-image"_s, u"debian-package"_s, u"git-worktree"_s, u"command"_s});
    static const QMap<QString, QList<QLatin1StringView>> kKeys{{u"release-directory"_s, {"current"_L1, "releases"_L1}},
                                                               {u"container-image"_s, {}},
                                                               {u"debian-package"_s, {"package"_L1}},
                                                               {u"git-worktree"_s, {"path"_L1}},
                                                               {u"command"_s, {"deploy"_L1, "rollback"_L1, "current"_L1}}};
    const QList<QLatin1StringView> keys = kKeys.value(type);
    for (const QLatin1StringView key : keys) {
        reader.require(key, type == "command"_L1 ? u"a list such as [/usr/bin/program, argument]"_s : u"a text"_s);
        if (type == "command"_L1)
            readCommand(reader, key, command);
        else
            reader.text(key, text);
    }
    if (type.isEmpty())
        reader.acceptAnyKey(); // which keys belong here depends on the type, which has been complained about
}

void readLog(YamlReader &reader, QList<LogSourceConfig> &out)
{
    LogSourceConfig source;
    reader.boolean("journal"_L1, source.journal);
    reader.text("file"_L1, source.file);
    readCommand(reader, "command"_L1, source.command);
    const int kinds = int(source.journal) + int(!source.file.isEmpty()) + int(!source.command.isEmpty());
    if (kinds != 1)
        reader.problem(u"names %1 sources, expected one of journal: true, file or command"_s.arg(kinds));
    out.append(source);
}

} // namespace

void readHealthChecks(YamlReader &service, QList<HealthCheckConfig> &out)
{
    service.list("health"_L1, [&out](YamlReader &reader) {
        HealthCheckConfig check;
        if (!reader.require("type"_L1, u"http, tcp or nagios"_s) || !reader.enumeration("type"_L1, check.type)) {
            reader.acceptAnyKey(); // which keys belong here depends on the type
            return;
        }
        readCheckByType(reader, check);
        reader.duration("interval"_L1, check.intervalMs, {100, kDayMs});
        reader.duration("timeout"_L1, check.timeoutMs, {1, 3600e3});
        reader.integer("failures"_L1, check.failures, {1, 1000});
        out.append(check);
    });
}

void readLaterServiceKeys(YamlReader &service, ServiceConfig &out)
{
    service.list("logs"_L1, [&out](YamlReader &reader) { readLog(reader, out.logs); });
    service.map("deployment"_L1, [](YamlReader &reader) { readDeployment(reader); });
    service.map("resources"_L1, [](YamlReader &reader) { readResources(reader); });
    for (const QLatin1StringView key : {"deployment"_L1, "resources"_L1})
        service.notYet(key);
}

} // namespace prunella
