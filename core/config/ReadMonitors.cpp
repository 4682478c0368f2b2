// Monitors: what is measured beside the host and the services.
#include "core/config/ConfigReading.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr double kDayMs = 86'400e3;
constexpr auto kCommandExample = "a list such as [/usr/local/bin/queue-depth, --items]"_L1;

void readCommandMonitor(YamlReader &reader, MonitorConfig &out)
{
    reader.require("name"_L1, u"a name, which becomes the metric's"_s);
    reader.require("command"_L1, kCommandExample);
    readCommand(reader, "command"_L1, out.command);
    if (out.type == "command"_L1)
        reader.text("unit"_L1, out.unit);
}

void readPatterns(YamlReader &reader, QLatin1StringView key, QStringList &out)
{
    reader.texts(key, out);
    for (const QString &pattern : std::as_const(out))
        checkPattern(reader, key, pattern);
}

void readPrometheus(YamlReader &reader, MonitorConfig &out)
{
    reader.require("url"_L1, u"a URL such as http://127.0.0.1:9100/metrics"_s);
    reader.text("url"_L1, out.url);
    checkUrl(reader, "url"_L1, out.url, {u"http"_s, u"https"_s});
    readPatterns(reader, "include"_L1, out.include);
    readPatterns(reader, "exclude"_L1, out.exclude);
    reader.textMap("labels"_L1, out.labels);
    for (const QString &pattern : std::as_const(out.labels))
        checkPattern(reader, "labels"_L1, pattern);
    reader.integer("max_series"_L1, out.maxSeries, {1, 50'000});
}

void readMonitorByType(YamlReader &reader, MonitorConfig &out)
{
    if (out.type == "command"_L1 || out.type == "nagios"_L1) {
        readCommandMonitor(reader, out);
    } else if (out.type == "peer"_L1) {
        reader.require("name"_L1, u"the peer's name"_s);
        reader.require("address"_L1, u"host:port"_s);
        reader.text("address"_L1, out.address);
        checkAddress(reader, "address"_L1, out.address);
    } else {
        readPrometheus(reader, out);
    }
    reader.duration("timeout"_L1, out.timeoutMs, {1, 3600e3});
}

/// Two endpoints may well expose the same names, and without the label of a name nothing tells them apart.
void checkNamed(YamlReader &reader, const MonitorConfig &monitor, const QList<MonitorConfig> &before)
{
    const auto alike = [](const MonitorConfig &other) { return other.type == "prometheus"_L1 && other.name.isEmpty(); };
    if (alike(monitor) && std::any_of(before.begin(), before.end(), alike))
        reader.problem("url"_L1, u"is the second endpoint without a name: what both expose would be mixed; "
                                 "expected a name, which becomes the label instance"_s, ProblemLevel::Warning);
}

} // namespace

void readMonitors(YamlReader &selfHealing, const QStringList &services, QList<MonitorConfig> &out)
{
    UniqueNames names;
    selfHealing.list("monitors"_L1, [&](YamlReader &reader) {
        MonitorConfig monitor;
        reader.require("type"_L1, u"command, peer, prometheus, nagios, postgresql, redis or plugin"_s);
        if (!reader.choice("type"_L1, monitor.type, {u"command"_s, u"peer"_s, u"prometheus"_s, u"nagios"_s, u"postgresql"_s, u"redis"_s, u"plugin"_s})) {
            reader.acceptAnyKey(); // which keys belong here depends on the type
            return;
        }
        if (reader.text("name"_L1, monitor.name)) {
            checkName(reader, "name"_L1, monitor.name);
            names.take(reader, "name"_L1, monitor.name);
        }
        if (!readDatabaseMonitor(reader, services, monitor))
            readMonitorByType(reader, monitor);
        reader.duration("interval"_L1, monitor.intervalMs, {100, kDayMs});
        checkNamed(reader, monitor, out);
        out.append(monitor);
    });
}

void addPluginThresholds(const QList<MonitorConfig> &monitors, QList<ThresholdConfig> &thresholds)
{
    for (const MonitorConfig &monitor : monitors) {
        ThresholdConfig threshold;
        threshold.metric = monitor.name + u".state"_s;
        const bool configured = std::any_of(thresholds.begin(), thresholds.end(),
                                            [&](const ThresholdConfig &known) { return known.metric == threshold.metric; });
        if (monitor.type != "nagios"_L1 || monitor.name.isEmpty() || configured)
            continue;
        // Strictly over: 1 is a warning, 2 is critical, and only 0 is well.
        threshold.warning = threshold.clear = 0.5;
        threshold.critical = 1.5;
        thresholds.append(threshold);
    }
}

} // namespace prunella
