#include "ui/settings/SettingText.h"

#include "ui/text/Words.h"

#include <QCoreApplication>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Settings)
};

struct Entry { const char *path; const char *name; const char *help; };

#define N(text) QT_TRANSLATE_NOOP("Settings", text)
constexpr Entry Entries[] = {
    {"enabled", N("Open incidents and heal"), N("Off: Prunella only watches and shows.")},
    {"mode", N("Mode"), N("Observe never acts, approve asks a person, automatic acts where the policy allows it.")},
    {"log_level", N("Log level"), nullptr},
    {"metrics_retention_days", N("Keep measurements for"), nullptr},
    {"error_detection.monitoring_interval", N("Measure every"), N("Each monitor may set its own.")},
    {"error_detection.threshold_cpu", N("CPU warning"), nullptr},
    {"error_detection.threshold_memory", N("Memory warning"), nullptr},
    {"error_detection.threshold_error_rate", N("Failed requests warning"), nullptr},
    {"error_detection.threshold_response_time", N("Response time warning"), nullptr},
    {"error_detection.pattern_recognition_enabled", N("Recognise patterns"), nullptr},
    {"error_detection.anomaly_detection_enabled", N("Detect anomalies"), nullptr},
    {"error_detection.alert_escalation_timeout", N("Unacknowledged incident climbs after"), nullptr},
    {"recovery.max_retry_attempts", N("Attempts before a person is asked"), N("For one action on one target, the first included.")},
    {"recovery.escalation_timeout", N("An approval waits for"), N("Then the next step of the escalation chain is taken.")},
    {"recovery.rollback_enabled", N("Roll back deployments"), nullptr},
    {"recovery.auto_scaling_enabled", N("Scale resources"), nullptr},
    {"recovery.circuit_breaker_enabled", N("Circuit breaker"), nullptr},
    {"recovery.recovery_timeout", N("An action may take"), nullptr},
    {"recovery.settle", N("Verify after"), N("An action is verified only after this time.")},
    {"recovery.attempt_window", N("Count attempts over"), nullptr},
    {"recovery.backoff.initial", N("First pause between attempts"), nullptr},
    {"recovery.backoff.factor", N("Each pause longer by"), nullptr},
    {"recovery.backoff.max", N("Longest pause"), nullptr},
    {"guards.max_actions_per_hour", N("Actions per hour at most"), nullptr},
    {"guards.max_concurrent_actions", N("Actions at the same time at most"), nullptr},
    {"guards.max_unhealthy_fraction", N("Stop when more is unhealthy than"), N("A share of all services, from 0 to 1: above it the cause is elsewhere.")},
    {"guards.cool_down", N("Rest between incidents on a target"), nullptr},
    {"guards.breaker_failures", N("Breaker opens after failures"), nullptr},
    {"guards.breaker_reset", N("Breaker tries again after"), nullptr},
    {"learning.effectiveness_tracking", N("Track what helped"), nullptr},
    {"learning.pattern_recognition", N("Learn patterns"), nullptr},
    {"learning.continuous_improvement", N("Improve continuously"), nullptr},
    {"learning.learning_rate", N("Learning rate"), nullptr},
    {"learning.min_samples_for_learning", N("Samples before learning"), nullptr},
    {"learning.confidence_threshold", N("Confidence to act without a person"), N("From 0 to 1; below it a person is asked.")},
};
#undef N

const Entry *find(const QString &path)
{
    const auto it = std::ranges::find_if(Entries, [&path](const Entry &entry) { return path == QLatin1StringView(entry.path); });
    return it == std::end(Entries) ? nullptr : it;
}

} // namespace

QString settingName(const QString &path)
{
    if (const Entry *entry = find(path))
        return Text::tr(entry->name);
    QString last = path.section(u'.', path.startsWith(u"services[") ? 0 : -1);
    return last.replace(u'_', u' ');
}

QString settingHelp(const QString &path)
{
    const Entry *entry = find(path);
    return entry && entry->help ? Text::tr(entry->help) : QString();
}

QString settingGroup(const QString &path)
{
    const QString first = path.section(u'.', 0, 0);
    if (first == path && !path.contains(u'['))
        return Text::tr("General");
    if (first == u"error_detection")
        return Text::tr("Detection");
    if (first == u"recovery")
        return Text::tr("Recovery");
    if (first == u"guards")
        return Text::tr("Guards");
    if (first == u"learning")
        return Text::tr("Learning");
    return first.startsWith(u"services[") ? Text::tr("Services") : Text::tr("Other");
}

QString settingUnit(const SettingValue &value)
{
    if (value.path == u"metrics_retention_days")
        return Text::tr("days");
    return value.unit;
}

QString choiceName(const QString &word)
{
    if (const auto mode = fromString<Mode>(word))
        return words(*mode);
    if (const auto direction = fromString<Direction>(word))
        return words(*direction);
    return word;
}

QString thresholdPath(const ThresholdConfig &threshold)
{
    QString name = threshold.metric;
    for (auto it = threshold.labels.cbegin(); it != threshold.labels.cend(); ++it)
        name += u',' + it.key() + u'=' + it.value();
    return QStringLiteral("thresholds[%1]").arg(name);
}

QString yamlDuration(qint64 ms)
{
    if (ms % 1000 != 0)
        return QStringLiteral("%1ms").arg(ms);
    const qint64 seconds = ms / 1000;
    if (seconds == 0 || seconds % 60 != 0)
        return QStringLiteral("%1s").arg(seconds);
    return seconds % 3600 == 0 ? QStringLiteral("%1h").arg(seconds / 3600) : QStringLiteral("%1m").arg(seconds / 60);
}

} // namespace prunella
