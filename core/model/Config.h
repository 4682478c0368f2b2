#pragma once
// The configuration as plain structs; core/config fills them from YAML. Defaults are those of contracts.md.
// Durations are milliseconds.
#include "core/model/Enums.h"
#include "core/model/ConfigProblem.h"
#include "core/model/Sample.h"
#include "core/model/ServiceConfig.h"

#include <QStringList>
#include <optional>

namespace prunella {

struct ThresholdConfig {
    QString metric;
    Labels labels;                    ///< a series matches when it carries all of these
    std::optional<double> warning;
    std::optional<double> critical;
    std::optional<double> clear;      ///< ends the state; absent: 5 % of the limit below warning (above for `below`)
    qint64 forMs = 0;                 ///< must hold this long before it counts
    Direction direction = Direction::Above;
};

struct RecoveryConfig {
    int maxRetryAttempts = 3;
    qint64 escalationTimeoutMs = 300'000;
    bool rollbackEnabled = true, autoScalingEnabled = true, circuitBreakerEnabled = true;
    qint64 recoveryTimeoutMs = 600'000;
    qint64 settleMs = 30'000;
    qint64 attemptWindowMs = 3'600'000;
    BackoffConfig backoff;
    QMap<ActionType, Mode> actions;   ///< policy per action for all services
    QMap<ActionType, int> approvals;  ///< how many different people must say yes; absent: one
    bool shadow = false;              ///< decide and record, do nothing
};

struct GuardsConfig {
    int maxActionsPerHour = 20, maxConcurrentActions = 2;
    double maxUnhealthyFraction = 0.5;
    qint64 coolDownMs = 60'000;
    int breakerFailures = 3;
    qint64 breakerResetMs = 900'000;
};

struct DetectionConfig {
    qint64 monitoringIntervalMs = 30'000;
    double thresholdCpu = 80, thresholdMemory = 85, thresholdErrorRate = 5, thresholdResponseTimeMs = 2000;
    bool patternRecognitionEnabled = true, anomalyDetectionEnabled = true;
    qint64 alertEscalationTimeoutMs = 300'000;
};

struct LearningConfig {
    bool effectivenessTracking = true, patternRecognition = true, continuousImprovement = true;
    double learningRate = 0.1;
    int minSamplesForLearning = 10;
    double confidenceThreshold = 0.8;
};

struct MaintenanceConfig {
    QString name;
    QStringList targets;              ///< empty: everything
    int startMinute = 0;              ///< minutes after midnight in `timezone`
    qint64 durationMs = 0;
    QList<int> days;                  ///< 1 Monday .. 7 Sunday; empty: daily
    QString timezone;                 ///< IANA name; empty: the machine's
};

struct EscalationStepConfig { qint64 afterMs = 0; QStringList channels; };
struct ChannelConfig {
    QString name, type, url, server, from;
    QString secret;                   ///< a secret's name, never the secret: core/notification/SecretStore.h has it
    QStringList to;
    QString user, caFile;             ///< smtp: who logs in, and whom to trust instead of the system's authorities
    bool startTls = true;             ///< smtp://: nothing is sent before the connection is encrypted
    QStringList command;
    qint64 timeoutMs = 10'000;        ///< of one try
};

struct Config {
    bool enabled = true;
    Mode mode = Mode::Approve;
    QString logLevel = QStringLiteral("INFO"); ///< DEBUG INFO WARNING ERROR
    int metricsRetentionDays = 30;
    DetectionConfig detection;
    RecoveryConfig recovery;
    LearningConfig learning;
    GuardsConfig guards;
    QList<ThresholdConfig> thresholds;///< the four shorthands are expanded into it, first
    QList<ServiceConfig> services;
    QList<MonitorConfig> monitors;
    QList<MaintenanceConfig> maintenance;
    QList<EscalationStepConfig> escalation; ///< default: {0, [desktop]}
    QMap<QString, ChannelConfig> channels;
    QStringList playbooks;            ///< absolute folders, beside the shipped ones
    QString environment;              ///< the chosen one, empty: none
    QString secretsFile;              ///< absolute; NAME=VALUE lines beside the secrets' own places; empty: none
    QList<DiskRuleConfig> diskRules;  ///< free_disk_space for the host itself
};

} // namespace prunella
