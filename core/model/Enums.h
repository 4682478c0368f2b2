#pragma once
// The fixed words of the product. Their texts are public (contracts): JSON, database, configuration.
#include <QString>
#include <optional>

namespace prunella {

enum class ErrorType { MemoryLeak, CpuSpike, NetworkTimeout, DatabaseConnection, ApiFailure, DeploymentFailure,
                       ConfigurationError, DependencyFailure, DiskFull, ServiceCrash, Unknown };
enum class Severity { Low, Medium, High, Critical };
enum class Health { Healthy, Warning, Critical, Unknown };
enum class ActionType { RestartService, ScaleResources, RollbackDeployment, IncreaseResources, AdjustTimeout,
                        EnableMonitoring, HealthCheck, RunCommand, FreeDiskSpace };
enum class ActionStatus { Pending, AwaitingApproval, InProgress, Completed, Failed, Cancelled, Refused, RolledBack, Unknown };
enum class IncidentStatus { Detected, Diagnosing, AwaitingApproval, Recovering, Verifying, Resolved, Escalated,
                            Suppressed, Observed };
enum class Mode { Observe, Approve, Automatic };
enum class Manager { Systemd, SystemdUser, Process, Container, Command };
enum class Verdict { Healed, Unchanged, Worse, Unknown };
enum class Direction { Above, Below };
enum class CheckType { Http, Tcp, Nagios };
enum class PatternKind { Recurring, Periodic, FollowsDeployment, FollowsIncident, Sequence };
enum class PatternPeriod { None, Hour, Day, Week };
/// What a person says of an incident afterwards; Missed: there should have been one.
enum class Mark { FalseAlarm, Real, Missed };

/// The public word of a value, for example "service_crash".
template<typename E>
[[nodiscard]] QString toString(E value);
/// The value of a public word; nothing when the word is unknown.
template<typename E>
[[nodiscard]] std::optional<E> fromString(const QString &word);
/// All public words of an enumeration, in order; for "expected one of …".
template<typename E>
[[nodiscard]] QStringList words();

} // namespace prunella
