#include "core/config/ConfigReading.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

// Above these the machine is in trouble, whatever the warning is set to.
constexpr double kCriticalPercent = 95;

/// 95, or half of what is left when the warning is already there.
double criticalPercent(double warning)
{
    return warning < kCriticalPercent ? kCriticalPercent : (warning + 100) / 2;
}

/// The critical limit that belongs to a warning of one of the known metrics; nothing for any other metric.
std::optional<double> criticalFor(const QString &metric, double warning)
{
    if (metric == "cpu_usage"_L1 || metric == "memory_usage"_L1 || metric == "disk_usage"_L1
        || metric == "database_pool_use"_L1)
        return criticalPercent(warning);
    if (metric == "error_percent"_L1)
        return std::min(4 * warning, 100.0);
    if (metric == "response_time"_L1)
        return 2 * warning;
    return std::nullopt;
}

ThresholdConfig shorthand(const QString &metric, double warning, qint64 forMs)
{
    ThresholdConfig threshold;
    threshold.metric = metric;
    threshold.warning = warning;
    threshold.critical = criticalFor(metric, warning);
    threshold.forMs = forMs;
    return threshold;
}

ThresholdConfig below(const QString &metric, double warning, double critical)
{
    ThresholdConfig threshold;
    threshold.metric = metric;
    threshold.warning = warning;
    threshold.critical = critical;
    threshold.direction = Direction::Below;
    return threshold;
}

/// `for` is chosen so that one busy moment is no alarm; what grows steadily (disks) counts at once. See README.md.
QList<ThresholdConfig> defaults(const DetectionConfig &detection)
{
    return {shorthand(u"cpu_usage"_s, detection.thresholdCpu, 60'000),
            shorthand(u"memory_usage"_s, detection.thresholdMemory, 30'000),
            shorthand(u"error_percent"_s, detection.thresholdErrorRate, 60'000),
            shorthand(u"response_time"_s, detection.thresholdResponseTimeMs, 60'000),
            shorthand(u"disk_usage"_s, 85, 0),
            below(u"tls_days_left"_s, 14, 3)};
}

/// A database that is down is told at once: a refused connection is no measurement that may be off.
QList<ThresholdConfig> databaseDefaults()
{
    ThresholdConfig up;
    up.metric = u"database_up"_s;
    up.critical = 1;
    up.direction = Direction::Below;
    return {up, shorthand(u"database_pool_use"_s, 80, 30'000)};
}

bool isPercentage(const QString &metric)
{
    static const QStringList names{u"cpu_usage"_s, u"memory_usage"_s, u"disk_usage"_s, u"error_percent"_s,
                                   u"database_pool_use"_s};
    return names.contains(metric);
}

/// Values that must rise (for `below`: fall) in this order: clear, warning, critical.
void checkOrder(YamlReader &reader, const ThresholdConfig &threshold)
{
    const bool above = threshold.direction == Direction::Above;
    const auto check = [&](QLatin1StringView key, const std::optional<double> &value, QLatin1StringView limitName, const std::optional<double> &limit) {
        if (!value || !limit || (above ? *value <= *limit : *value >= *limit))
            return;
        reader.problem(reader.has(key) ? key : limitName,
                       u"%1 %2 and %3 %4 are the wrong way round: with direction %5, expected %1 %6 %3"_s
                           .arg(QString(key), writeNumber(*value), QString(limitName), writeNumber(*limit), toString(threshold.direction),
                                above ? u"at or under"_s : u"at or over"_s));
    };
    check("warning"_L1, threshold.warning, "critical"_L1, threshold.critical);
    check("clear"_L1, threshold.clear, threshold.warning ? "warning"_L1 : "critical"_L1, threshold.warning ? threshold.warning : threshold.critical);
}

void readLimits(YamlReader &reader, ThresholdConfig &out)
{
    const Range range = isPercentage(out.metric) ? Range{0, 100} : Range{};
    const std::optional<double> inherited = out.warning;
    const bool ownWarning = reader.number("warning"_L1, out.warning, range);
    const bool ownCritical = reader.number("critical"_L1, out.critical, range);
    if (ownWarning && !ownCritical && inherited)
        out.critical = criticalFor(out.metric, *out.warning);
    if (ownCritical && !ownWarning && out.warning > out.critical)
        out.warning.reset(); // the default does not stand in the way of a lower critical limit
    reader.number("clear"_L1, out.clear, range);
    reader.duration("for"_L1, out.forMs, {0, 7 * 86'400'000.0});
}

/// The entry that `metric` and `labels` name: a default that it changes, or a new one.
ThresholdConfig &target(QList<ThresholdConfig> &list, const ThresholdConfig &wanted)
{
    for (ThresholdConfig &known : list) {
        if (known.metric == wanted.metric && known.labels == wanted.labels)
            return known;
    }
    list.append(wanted);
    return list.last();
}

void readThreshold(YamlReader &reader, UniqueNames &names, QList<ThresholdConfig> &out)
{
    ThresholdConfig wanted;
    reader.require("metric"_L1, u"the name of a metric such as disk_usage"_s);
    reader.text("metric"_L1, wanted.metric);
    reader.textMap("labels"_L1, wanted.labels);
    reader.enumeration("direction"_L1, wanted.direction);
    const bool unique = names.take(reader, "metric"_L1, entryName(*reader.self()));
    ThresholdConfig ignored = wanted;
    ThresholdConfig &threshold = wanted.metric.isEmpty() || !unique ? ignored : target(out, wanted);
    if (wanted.direction == Direction::Below)
        threshold = wanted; // nothing of a default that looks upwards fits
    readLimits(reader, threshold);
    if (!threshold.warning && !threshold.critical && !reader.has("warning"_L1) && !reader.has("critical"_L1))
        reader.problem(u"has no limit, expected warning, critical or both"_s);
    checkOrder(reader, threshold);
}

} // namespace

void readThresholds(YamlReader &selfHealing, const DetectionConfig &shorthands, QList<ThresholdConfig> &out)
{
    out = defaults(shorthands);
    if (hasDatabaseMonitor(selfHealing))
        out += databaseDefaults();
    UniqueNames names;
    selfHealing.list("thresholds"_L1, [&](YamlReader &reader) { readThreshold(reader, names, out); });
}

} // namespace prunella
