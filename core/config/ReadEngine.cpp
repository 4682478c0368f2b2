// The scalars of the engine: top level, error_detection, recovery, learning, guards.
#include "core/config/ConfigReading.h"

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

constexpr Range kFraction{0, 1};
constexpr double kHourMs = 3'600'000, kDayMs = 24 * kHourMs;

void readLearning(YamlReader &reader, LearningConfig &out)
{
    laterSwitch(reader, "effectiveness_tracking"_L1, out.effectivenessTracking);
    reader.boolean("pattern_recognition"_L1, out.patternRecognition);
    laterSwitch(reader, "continuous_improvement"_L1, out.continuousImprovement);
    if (reader.number("learning_rate"_L1, out.learningRate, kFraction))
        reader.notYet("learning_rate"_L1);
    if (reader.integer("min_samples_for_learning"_L1, out.minSamplesForLearning, {1, 1e6}))
        reader.notYet("min_samples_for_learning"_L1);
    reader.number("confidence_threshold"_L1, out.confidenceThreshold, kFraction);
}

void readGuards(YamlReader &reader, GuardsConfig &out)
{
    reader.integer("max_actions_per_hour"_L1, out.maxActionsPerHour, {0, 10'000});
    reader.integer("max_concurrent_actions"_L1, out.maxConcurrentActions, {1, 64});
    reader.number("max_unhealthy_fraction"_L1, out.maxUnhealthyFraction, kFraction);
    reader.duration("cool_down"_L1, out.coolDownMs, {0, kDayMs});
    reader.integer("breaker_failures"_L1, out.breakerFailures, {1, 1000});
    reader.duration("breaker_reset"_L1, out.breakerResetMs, {1000, 7 * kDayMs});
}

/// Decisions in SQLite while somebody believes them in the shared store would be lost for the others.
void refuseDatabaseUrl(YamlReader &reader)
{
    if (reader.node("database_url"_L1))
        reader.problem("database_url"_L1, u"is set, but PostgreSQL is not supported yet and is never silently replaced by SQLite; expected null"_s);
}

} // namespace

void readBackoff(YamlReader &reader, BackoffConfig &out)
{
    reader.duration("initial"_L1, out.initialMs, {0, kDayMs});
    reader.number("factor"_L1, out.factor, {1, 100});
    reader.duration("max"_L1, out.maxMs, {0, kDayMs});
    if (out.maxMs < out.initialMs)
        reader.problem(u"max %1 is under initial %2, expected at least as long"_s.arg(writeDuration(double(out.maxMs)), writeDuration(double(out.initialMs))));
}

void readActionPolicy(YamlReader &reader, QMap<ActionType, Mode> &out, QMap<ActionType, int> &approvals)
{
    reader.map("actions"_L1, [&](YamlReader &actions) {
        for (const QString &word : words<ActionType>()) {
            const QByteArray bytes = word.toLatin1();
            const QLatin1StringView key(bytes);
            const ActionType action = *fromString<ActionType>(word);
            const YamlNodePtr written = actions.node(key);
            Mode mode = Mode::Approve;
            QString count;
            if (written && written->kind == YamlNode::Kind::Map) {
                actions.map(key, [&](YamlReader &policy) {
                    policy.require("approve"_L1, u"one or two: how many different people must say yes"_s);
                    if (policy.choice("approve"_L1, count, {u"one"_s, u"two"_s}))
                        approvals.insert(action, count == "two"_L1 ? 2 : 1);
                });
                out.insert(action, Mode::Approve);
            } else if (actions.enumeration(key, mode)) {
                out.insert(action, mode);
            }
        }
    });
}

void readDetection(YamlReader &reader, DetectionConfig &out)
{
    reader.duration("monitoring_interval"_L1, out.monitoringIntervalMs, {100, kDayMs});
    reader.percent("threshold_cpu"_L1, out.thresholdCpu);
    reader.percent("threshold_memory"_L1, out.thresholdMemory);
    reader.percent("threshold_error_rate"_L1, out.thresholdErrorRate);
    reader.number("threshold_response_time"_L1, out.thresholdResponseTimeMs, {1, kHourMs});
    reader.boolean("pattern_recognition_enabled"_L1, out.patternRecognitionEnabled);
    reader.boolean("anomaly_detection_enabled"_L1, out.anomalyDetectionEnabled);
    reader.duration("alert_escalation_timeout"_L1, out.alertEscalationTimeoutMs, {1000, 7 * kDayMs});
}

void readRecovery(YamlReader &reader, RecoveryConfig &out)
{
    reader.integer("max_retry_attempts"_L1, out.maxRetryAttempts, {0, 100});
    reader.duration("escalation_timeout"_L1, out.escalationTimeoutMs, {1000, 7 * kDayMs});
    reader.boolean("rollback_enabled"_L1, out.rollbackEnabled);
    reader.boolean("auto_scaling_enabled"_L1, out.autoScalingEnabled);
    reader.boolean("circuit_breaker_enabled"_L1, out.circuitBreakerEnabled);
    reader.boolean("shadow"_L1, out.shadow);
    reader.duration("recovery_timeout"_L1, out.recoveryTimeoutMs, {1000, kDayMs});
    reader.duration("settle"_L1, out.settleMs, {0, kDayMs});
    reader.duration("attempt_window"_L1, out.attemptWindowMs, {1000, 30 * kDayMs});
    reader.map("backoff"_L1, [&out](YamlReader &backoff) { readBackoff(backoff, out.backoff); });
    readActionPolicy(reader, out.actions, out.approvals);
}

void readSelfHealing(YamlReader &reader, Config &config)
{
    reader.boolean("enabled"_L1, config.enabled);
    refuseDatabaseUrl(reader);
    reader.choice("log_level"_L1, config.logLevel, {u"DEBUG"_s, u"INFO"_s, u"WARNING"_s, u"ERROR"_s});
    reader.integer("metrics_retention_days"_L1, config.metricsRetentionDays, {1, 3650});
    reader.enumeration("mode"_L1, config.mode);
    reader.map("error_detection"_L1, [&](YamlReader &map) { readDetection(map, config.detection); });
    reader.map("recovery"_L1, [&](YamlReader &map) { readRecovery(map, config.recovery); });
    reader.map("learning"_L1, [&](YamlReader &map) { readLearning(map, config.learning); });
    reader.map("guards"_L1, [&](YamlReader &map) { readGuards(map, config.guards); });
    readThresholds(reader, config.detection, config.thresholds);
    readServices(reader, config.services);
    QStringList services;
    for (const ServiceConfig &service : std::as_const(config.services))
        services.append(service.name);
    readMonitors(reader, services, config.monitors);
    addPluginThresholds(config.monitors, config.thresholds);
    readMaintenance(reader, services, config.maintenance);
    readChannels(reader, config.channels);
    readSecretsFile(reader, config.secretsFile);
    readEscalation(reader, config.channels, config.escalation);
    readPlaybooks(reader, config.playbooks);
    readDiskRules(reader, config.diskRules);
    for (ServiceConfig &service : config.services) {
        if (service.diskRules.isEmpty())
            service.diskRules = config.diskRules; // a service that has no room is helped as the host is
    }
}

} // namespace prunella
