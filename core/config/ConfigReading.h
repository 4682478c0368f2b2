#pragma once
// Inside core/config: one function for each part of the `self_healing` map.
#include "core/config/YamlReader.h"
#include "core/model/Config.h"

#include <QHash>

namespace prunella {

/// Reads the whole map below `self_healing` into `config`.
void readSelfHealing(YamlReader &reader, Config &config);

void readDetection(YamlReader &reader, DetectionConfig &out);
void readRecovery(YamlReader &reader, RecoveryConfig &out);
void readBackoff(YamlReader &reader, BackoffConfig &out);
/// A word for the mode, or `{approve: two}`: approve by so many different people.
void readActionPolicy(YamlReader &reader, QMap<ActionType, Mode> &out, QMap<ActionType, int> &approvals);
/// The four shorthands, the default for disks, and `thresholds`, which win over both.
void readThresholds(YamlReader &selfHealing, const DetectionConfig &shorthands, QList<ThresholdConfig> &out);
void readServices(YamlReader &selfHealing, QList<ServiceConfig> &out);
void readHealthChecks(YamlReader &service, QList<HealthCheckConfig> &out);
void readLogs(YamlReader &service, QList<LogSourceConfig> &out);
// ReadResources.cpp: what a service may be given, rolled back to, and looked at more closely.
void readDeployment(YamlReader &service, Manager manager, std::optional<DeploymentConfig> &out);
void readResources(YamlReader &service, Manager manager, ResourcesConfig &out);
void readRestart(YamlReader &service, const QStringList &services, ServiceConfig &out);
void readClosePeek(YamlReader &service, ClosePeekConfig &out);
/// `timeouts`, `disk_rules` and `commands` of a service: what is done beside a restart.
void readFileActions(YamlReader &service, ServiceConfig &out);
/// `disk_rules` of a service, or of the host at the top.
void readDiskRules(YamlReader &reader, QList<DiskRuleConfig> &out);
void readMonitors(YamlReader &selfHealing, const QStringList &services, QList<MonitorConfig> &out);
/// The keys of the types postgresql, redis and plugin; false: it is none of them.
[[nodiscard]] bool readDatabaseMonitor(YamlReader &reader, const QStringList &services, MonitorConfig &out);
/// Whether there is a database among the monitors, so that their limits have a meaning.
[[nodiscard]] bool hasDatabaseMonitor(YamlReader &selfHealing);
/// A plugin's verdict has limits by itself: NAME.state over 0.5 warns, over 1.5 is critical. Configured ones win.
void addPluginThresholds(const QList<MonitorConfig> &monitors, QList<ThresholdConfig> &thresholds);
void readMaintenance(YamlReader &selfHealing, const QStringList &services, QList<MaintenanceConfig> &out);
void readChannels(YamlReader &selfHealing, QMap<QString, ChannelConfig> &out);
void readSecretsFile(YamlReader &selfHealing, QString &out);
void readEscalation(YamlReader &selfHealing, const QMap<QString, ChannelConfig> &channels, QList<EscalationStepConfig> &out);
void readPlaybooks(YamlReader &selfHealing, QStringList &out);

/// Reports the second of two entries with one name. One object a list.
class UniqueNames
{
public:
    /// false: there was one already, and it was said
    bool take(YamlReader &entry, QLatin1StringView key, const QString &name);

private:
    QHash<QString, YamlPosition> m_seen;
};

// Checks of written values; each reports at `key` and returns whether all is well. Absent keys are well.
bool checkUrl(YamlReader &reader, QLatin1StringView key, const QString &url, const QStringList &schemes);
bool checkAddress(YamlReader &reader, QLatin1StringView key, const QString &address);   ///< host:port
bool checkPattern(YamlReader &reader, QLatin1StringView key, const QString &pattern);   ///< a regular expression
bool checkName(YamlReader &reader, QLatin1StringView key, const QString &name);         ///< letters, digits and . _ - @ :
/// A command is an argument vector and has a program.
bool readCommand(YamlReader &reader, QLatin1StringView key, QStringList &out);
/// A switch of something that this version does not do: said only when it is written and on.
void laterSwitch(YamlReader &reader, QLatin1StringView key, bool &out);

} // namespace prunella
