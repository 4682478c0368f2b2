#pragma once
// What is watched: services, their health checks, and monitors. Durations are milliseconds.
#include "core/model/Deployment.h"
#include "core/model/Enums.h"
#include "core/model/FileActions.h"
#include "core/model/Resources.h"

#include <QMap>
#include <QStringList>
#include <optional>

namespace prunella {

struct HealthCheckConfig {
    CheckType type = CheckType::Http;
    QString url;                      ///< http
    QString address;                  ///< tcp: host:port
    QStringList command;              ///< nagios: argument vector
    qint64 intervalMs = 0;            ///< 0: monitoring_interval
    qint64 timeoutMs = 10'000;
    int expectStatus = 0;             ///< 0: any 2xx or 3xx
    QString expectBody;               ///< regular expression, empty: any
    int failures = 1;                 ///< in a row until unhealthy
};

struct LogSourceConfig { bool journal = false; QString file; QStringList command; };

struct BackoffConfig { qint64 initialMs = 1000; double factor = 2; qint64 maxMs = 300'000; };

/// Policy of one service over the engine's: absent values are inherited.
struct ServiceRecoveryConfig {
    std::optional<Mode> mode;
    QMap<ActionType, Mode> actions;
    std::optional<int> maxRetryAttempts;
    std::optional<qint64> settleMs, attemptWindowMs, recoveryTimeoutMs, escalationTimeoutMs;
    std::optional<BackoffConfig> backoff;
    std::optional<bool> rollbackEnabled, autoScalingEnabled, circuitBreakerEnabled, shadow;
    QMap<ActionType, int> approvals;  ///< how many different people must say yes; absent: one
};

/// restart_service: more than a stop and a start.
struct RestartConfig {
    bool reload = false;              ///< a reload is enough for a unit that runs
    QStringList reloadFor;            ///< ids of causes that a reload is enough for
    QStringList group;                ///< services that are restarted with it, in the order of their dependencies
    qint64 readyTimeoutMs = 30'000;   ///< until its health checks must pass once; 0: not waited for
};

/// enable_monitoring: more looks for a while.
struct ClosePeekConfig {
    qint64 durationMs = 600'000;
    qint64 intervalMs = 1000;         ///< sampling and health checks meanwhile
    int debugSignal = 0, quietSignal = 0; ///< sent to the main process at its start and end; 0: none
    bool logControl = false;          ///< org.freedesktop.LogControl1: level debug, afterwards what it was
    QString busName;                  ///< of logControl; empty: of the unit's main process
    QStringList debugCommand, quietCommand; ///< argument vectors
    bool stack = false;               ///< kernel and user stacks of the main process go into the snapshot
};

struct ServiceConfig {
    QString name;
    Manager manager = Manager::Systemd;
    QString unit;                     ///< systemd, systemd-user
    QStringList command;              ///< process, command
    QString workingDirectory;
    QMap<QString, QString> environment;
    QString container, socket;
    QStringList dependsOn;
    Severity criticality = Severity::Medium;
    QList<HealthCheckConfig> health;
    QList<LogSourceConfig> logs;
    ServiceRecoveryConfig recovery;
    qint64 intervalMs = 0;            ///< 0: monitoring_interval
    QStringList configFiles;          ///< absolute paths; * ? [ ] may stand in the last part
    QList<TimeoutConfig> timeouts;    ///< adjust_timeout: the first that is not at its max
    QList<DiskRuleConfig> diskRules;  ///< free_disk_space
    QList<CommandConfig> commands;    ///< run_command: the first that is for the cause
    std::optional<DeploymentConfig> deployment;
    ResourcesConfig resources;
    RestartConfig restart;
    ClosePeekConfig closePeek;
};

struct MonitorConfig {
    QString type;                     ///< command | prometheus | nagios | peer | postgresql | redis | plugin
    QString name, url, address, unit;
    QStringList command, include;
    qint64 intervalMs = 0, timeoutMs = 10'000;
    // postgresql, redis: `address` is host:port or the absolute path of a socket
    QString service;                  ///< whose database it is; empty: the host's
    QString user, database;
    QString passwordFile;             ///< first line: the password; nobody but its owner may read it
    // plugin
    QString plugin;                   ///< absolute path of the shared object
    QMap<QString, QString> settings;  ///< handed to the plugin as they stand
    QStringList exclude;              ///< prometheus: regular expressions over whole names, as `include`
    QMap<QString, QString> labels;    ///< prometheus: label to a regular expression over its whole value
    int maxSeries = 2000;             ///< prometheus: exposed series taken of one endpoint
};

} // namespace prunella
