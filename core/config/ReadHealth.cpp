// Health checks and logs of a service.
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

void readLogs(YamlReader &service, QList<LogSourceConfig> &out)
{
    service.list("logs"_L1, [&out](YamlReader &reader) { readLog(reader, out); });
}

} // namespace prunella
