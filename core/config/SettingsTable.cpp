#include "core/config/SettingsTable.h"

#include "core/config/YamlScalar.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

/// Collects the table; one short line a setting.
class Table
{
public:
    QList<SettingValue> values;

    void number(const QString &path, double value, const QString &unit, Range range = {0, 0}) { add(path, SettingKind::Number, writeNumber(value), unit, range); }
    void integer(const QString &path, int value, const QString &unit, Range range) { add(path, SettingKind::Integer, QString::number(value), unit, range); }
    void duration(const QString &path, qint64 ms) { add(path, SettingKind::Duration, writeDuration(double(ms)), {}, {0, 0}); }
    void boolean(const QString &path, bool value) { add(path, SettingKind::Boolean, value ? u"true"_s : u"false"_s, {}, {0, 0}); }
    void choice(const QString &path, const QString &value, const QStringList &choices)
    {
        add(path, SettingKind::Choice, value, {}, {0, 0});
        values.last().choices = choices;
    }
    /// Empty when it is not set.
    void limit(const QString &path, const std::optional<double> &value, bool percent)
    {
        add(path, SettingKind::Number, value ? writeNumber(*value) : QString(), percent ? u"%"_s : QString(), percent ? Range{0, 100} : Range{0, 0});
    }

private:
    void add(const QString &path, SettingKind kind, const QString &value, const QString &unit, Range range)
    {
        SettingValue setting;
        setting.path = path;
        setting.kind = kind;
        setting.value = value;
        setting.unit = unit;
        setting.minimum = range.min;
        setting.maximum = range.max;
        values.append(setting);
    }
};

void addEngine(Table &table, const Config &config)
{
    table.choice(u"mode"_s, toString(config.mode), words<Mode>());
    table.boolean(u"enabled"_s, config.enabled);
    table.choice(u"log_level"_s, config.logLevel, {u"DEBUG"_s, u"INFO"_s, u"WARNING"_s, u"ERROR"_s});
    table.integer(u"metrics_retention_days"_s, config.metricsRetentionDays, u"days"_s, {1, 3650});
    table.number(u"learning.confidence_threshold"_s, config.learning.confidenceThreshold, {}, {0, 1});
}

void addDetection(Table &table, const DetectionConfig &detection)
{
    table.duration(u"error_detection.monitoring_interval"_s, detection.monitoringIntervalMs);
    table.number(u"error_detection.threshold_cpu"_s, detection.thresholdCpu, u"%"_s, {0, 100});
    table.number(u"error_detection.threshold_memory"_s, detection.thresholdMemory, u"%"_s, {0, 100});
    table.number(u"error_detection.threshold_error_rate"_s, detection.thresholdErrorRate, u"%"_s, {0, 100});
    table.number(u"error_detection.threshold_response_time"_s, detection.thresholdResponseTimeMs, u"ms"_s, {1, 3'600'000});
    table.boolean(u"error_detection.pattern_recognition_enabled"_s, detection.patternRecognitionEnabled);
    table.boolean(u"error_detection.anomaly_detection_enabled"_s, detection.anomalyDetectionEnabled);
    table.duration(u"error_detection.alert_escalation_timeout"_s, detection.alertEscalationTimeoutMs);
}

void addRecovery(Table &table, const RecoveryConfig &recovery)
{
    table.integer(u"recovery.max_retry_attempts"_s, recovery.maxRetryAttempts, {}, {0, 100});
    table.duration(u"recovery.escalation_timeout"_s, recovery.escalationTimeoutMs);
    table.boolean(u"recovery.rollback_enabled"_s, recovery.rollbackEnabled);
    table.boolean(u"recovery.auto_scaling_enabled"_s, recovery.autoScalingEnabled);
    table.boolean(u"recovery.circuit_breaker_enabled"_s, recovery.circuitBreakerEnabled);
    table.boolean(u"recovery.shadow"_s, recovery.shadow);
    table.duration(u"recovery.recovery_timeout"_s, recovery.recoveryTimeoutMs);
    table.duration(u"recovery.settle"_s, recovery.settleMs);
    table.duration(u"recovery.attempt_window"_s, recovery.attemptWindowMs);
    table.duration(u"recovery.backoff.initial"_s, recovery.backoff.initialMs);
    table.number(u"recovery.backoff.factor"_s, recovery.backoff.factor, {}, {1, 100});
    table.duration(u"recovery.backoff.max"_s, recovery.backoff.maxMs);
}

void addGuards(Table &table, const GuardsConfig &guards)
{
    table.integer(u"guards.max_actions_per_hour"_s, guards.maxActionsPerHour, {}, {0, 10'000});
    table.integer(u"guards.max_concurrent_actions"_s, guards.maxConcurrentActions, {}, {1, 64});
    table.number(u"guards.max_unhealthy_fraction"_s, guards.maxUnhealthyFraction, {}, {0, 1});
    table.duration(u"guards.cool_down"_s, guards.coolDownMs);
    table.integer(u"guards.breaker_failures"_s, guards.breakerFailures, {}, {1, 1000});
    table.duration(u"guards.breaker_reset"_s, guards.breakerResetMs);
}

void addThreshold(Table &table, const ThresholdConfig &threshold)
{
    QString name = threshold.metric;
    for (auto it = threshold.labels.cbegin(); it != threshold.labels.cend(); ++it)
        name += u',' + it.key() + u'=' + it.value();
    const QString path = u"thresholds[%1]."_s.arg(name);
    static const QStringList kPercentages{u"cpu_usage"_s, u"memory_usage"_s, u"disk_usage"_s, u"error_percent"_s};
    const bool percent = kPercentages.contains(threshold.metric);
    table.limit(path + u"warning"_s, threshold.warning, percent);
    table.limit(path + u"critical"_s, threshold.critical, percent);
    table.limit(path + u"clear"_s, threshold.clear, percent);
    table.duration(path + u"for"_s, threshold.forMs);
}

} // namespace

QList<SettingValue> settingsTable(const Config &config)
{
    Table table;
    addEngine(table, config);
    addDetection(table, config.detection);
    addRecovery(table, config.recovery);
    addGuards(table, config.guards);
    for (const ThresholdConfig &threshold : config.thresholds)
        addThreshold(table, threshold);
    return table.values;
}

} // namespace prunella
