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

constexpr Entry Entries[] = {
    {"enabled", QT_TRANSLATE_NOOP("Settings", "Open incidents and heal"), QT_TRANSLATE_NOOP("Settings", "Off: Prunella only watches and shows.")},
    {"mode", QT_TRANSLATE_NOOP("Settings", "Mode"), QT_TRANSLATE_NOOP("Settings", "Observe never acts, approve asks a person, automatic acts where the policy allows it.")},
    {"log_level", QT_TRANSLATE_NOOP("Settings", "Log level"), nullptr},
    {"metrics_retention_days", QT_TRANSLATE_NOOP("Settings", "Keep measurements for"), nullptr},
    {"error_detection.monitoring_interval", QT_TRANSLATE_NOOP("Settings", "Measure every"), QT_TRANSLATE_NOOP("Settings", "Each monitor may set its own.")},
    {"error_detection.threshold_cpu", QT_TRANSLATE_NOOP("Settings", "CPU warning"), nullptr},
    {"error_detection.threshold_memory", QT_TRANSLATE_NOOP("Settings", "Memory warning"), nullptr},
    {"error_detection.threshold_error_rate", QT_TRANSLATE_NOOP("Settings", "Failed requests warning"), nullptr},
    {"error_detection.threshold_response_time", QT_TRANSLATE_NOOP("Settings", "Response time warning"), nullptr},
    {"error_detection.pattern_recognition_enabled", QT_TRANSLATE_NOOP("Settings", "Recognise patterns"), nullptr},
    {"error_detection.anomaly_detection_enabled", QT_TRANSLATE_NOOP("Settings", "Detect anomalies"), nullptr},
    {"error_detection.alert_escalation_timeout", QT_TRANSLATE_NOOP("Settings", "Unseen incident climbs after"), nullptr},
    {"recovery.max_retry_attempts", QT_TRANSLATE_NOOP("Settings", "Attempts before a person is asked"), QT_TRANSLATE_NOOP("Settings", "For one action on one target, the first included.")},
    {"recovery.escalation_timeout", QT_TRANSLATE_NOOP("Settings", "An approval waits for"), QT_TRANSLATE_NOOP("Settings", "Then the next step of the escalation chain is taken.")},
    {"recovery.rollback_enabled", QT_TRANSLATE_NOOP("Settings", "Roll back deployments"), QT_TRANSLATE_NOOP("Settings", "Off: no earlier release is ever put back.")},
    {"recovery.auto_scaling_enabled", QT_TRANSLATE_NOOP("Settings", "Scale resources"), QT_TRANSLATE_NOOP("Settings", "Off: the number of instances and the priorities stay as they are.")},
    {"recovery.circuit_breaker_enabled", QT_TRANSLATE_NOOP("Settings", "Circuit breaker"), QT_TRANSLATE_NOOP("Settings", "Stops an action on a target that failed too often in a row.")},
    {"recovery.shadow", QT_TRANSLATE_NOOP("Settings", "Shadow mode"), QT_TRANSLATE_NOOP("Settings", "Decides and records what it would do, and does nothing.")},
    {"recovery.recovery_timeout", QT_TRANSLATE_NOOP("Settings", "An action may take"), nullptr},
    {"recovery.settle", QT_TRANSLATE_NOOP("Settings", "Verify after"), QT_TRANSLATE_NOOP("Settings", "An action is verified only after this time.")},
    {"recovery.attempt_window", QT_TRANSLATE_NOOP("Settings", "Count attempts over"), nullptr},
    {"recovery.backoff.initial", QT_TRANSLATE_NOOP("Settings", "First pause between attempts"), nullptr},
    {"recovery.backoff.factor", QT_TRANSLATE_NOOP("Settings", "Each pause longer by"), nullptr},
    {"recovery.backoff.max", QT_TRANSLATE_NOOP("Settings", "Longest pause"), nullptr},
    {"guards.max_actions_per_hour", QT_TRANSLATE_NOOP("Settings", "Actions per hour at most"), nullptr},
    {"guards.max_concurrent_actions", QT_TRANSLATE_NOOP("Settings", "Actions at the same time at most"), nullptr},
    {"guards.max_unhealthy_fraction", QT_TRANSLATE_NOOP("Settings", "Stop when more is unhealthy than"), QT_TRANSLATE_NOOP("Settings", "A share of all services, from 0 to 1: above it the cause is elsewhere.")},
    {"guards.cool_down", QT_TRANSLATE_NOOP("Settings", "Rest between incidents on a target"), nullptr},
    {"guards.breaker_failures", QT_TRANSLATE_NOOP("Settings", "Breaker opens after failures"), QT_TRANSLATE_NOOP("Settings", "In a row, of one action on one target.")},
    {"guards.breaker_reset", QT_TRANSLATE_NOOP("Settings", "Breaker tries again after"), QT_TRANSLATE_NOOP("Settings", "One trial then decides: it closes again or stays open.")},
    {"learning.effectiveness_tracking", QT_TRANSLATE_NOOP("Settings", "Track what helped"), nullptr},
    {"learning.pattern_recognition", QT_TRANSLATE_NOOP("Settings", "Learn patterns"), nullptr},
    {"learning.continuous_improvement", QT_TRANSLATE_NOOP("Settings", "Improve continuously"), nullptr},
    {"learning.learning_rate", QT_TRANSLATE_NOOP("Settings", "Learning rate"), nullptr},
    {"learning.min_samples_for_learning", QT_TRANSLATE_NOOP("Settings", "Samples before learning"), nullptr},
    {"learning.confidence_threshold", QT_TRANSLATE_NOOP("Settings", "Confidence to act without a person"), QT_TRANSLATE_NOOP("Settings", "From 0 to 1; below it a person is asked.")},
};

const Entry *find(const QString &path)
{
    const auto it = std::ranges::find_if(Entries, [&path](const Entry &entry) { return path == QLatin1StringView(entry.path); });
    return it == std::end(Entries) ? nullptr : it;
}

} // namespace

QString settingTitle(const QString &path)
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
    if (value.path == u"recovery.backoff.factor")
        return Text::tr("times", "each pause longer by 2 times");
    if (value.path == u"guards.max_unhealthy_fraction")
        return Text::tr("of all", "a share of all services");
    bool plain = false;
    (void)value.value.toDouble(&plain); // a duration without a unit is in seconds
    return value.kind == SettingKind::Duration && plain ? Text::tr("s", "seconds") : value.unit;
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
