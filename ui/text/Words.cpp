#include "ui/text/Words.h"

#include <QCoreApplication>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Words)
};

} // namespace

QString words(ErrorType type)
{
    switch (type) {
    case ErrorType::MemoryLeak: return Text::tr("Memory leak");
    case ErrorType::CpuSpike: return Text::tr("CPU spike");
    case ErrorType::NetworkTimeout: return Text::tr("Network timeout");
    case ErrorType::DatabaseConnection: return Text::tr("Database connection");
    case ErrorType::ApiFailure: return Text::tr("API failure");
    case ErrorType::DeploymentFailure: return Text::tr("Deployment failure");
    case ErrorType::ConfigurationError: return Text::tr("Configuration error");
    case ErrorType::DependencyFailure: return Text::tr("Dependency failure");
    case ErrorType::DiskFull: return Text::tr("Disk full");
    case ErrorType::ServiceCrash: return Text::tr("Service crash");
    case ErrorType::Unknown: break;
    }
    return Text::tr("Unknown error");
}

QString words(Severity severity)
{
    switch (severity) {
    case Severity::Low: return Text::tr("Low", "severity");
    case Severity::Medium: return Text::tr("Medium", "severity");
    case Severity::High: return Text::tr("High", "severity");
    case Severity::Critical: break;
    }
    return Text::tr("Critical", "severity");
}

QString words(Health health)
{
    switch (health) {
    case Health::Healthy: return Text::tr("Healthy");
    case Health::Warning: return Text::tr("Warning");
    case Health::Critical: return Text::tr("Critical", "health");
    case Health::Unknown: break;
    }
    return Text::tr("Unknown", "health");
}

QString words(IncidentStatus status)
{
    switch (status) {
    case IncidentStatus::Detected: return Text::tr("Detected");
    case IncidentStatus::Diagnosing: return Text::tr("Diagnosing");
    case IncidentStatus::AwaitingApproval: return Text::tr("Waiting for you");
    case IncidentStatus::Recovering: return Text::tr("Recovering");
    case IncidentStatus::Verifying: return Text::tr("Verifying");
    case IncidentStatus::Resolved: return Text::tr("Resolved");
    case IncidentStatus::Escalated: return Text::tr("Escalated");
    case IncidentStatus::Suppressed: return Text::tr("Suppressed");
    case IncidentStatus::Observed: break;
    }
    return Text::tr("Observed");
}

QString words(ActionType type)
{
    switch (type) {
    case ActionType::RestartService: return Text::tr("Restart service");
    case ActionType::ScaleResources: return Text::tr("Scale instances");
    case ActionType::RollbackDeployment: return Text::tr("Roll back deployment");
    case ActionType::IncreaseResources: return Text::tr("Increase resources");
    case ActionType::AdjustTimeout: return Text::tr("Adjust timeout");
    case ActionType::EnableMonitoring: return Text::tr("Enable monitoring");
    case ActionType::HealthCheck: return Text::tr("Check health");
    case ActionType::RunCommand: return Text::tr("Run command");
    case ActionType::FreeDiskSpace: break;
    }
    return Text::tr("Free disk space");
}

QString words(ActionStatus status)
{
    switch (status) {
    case ActionStatus::Pending: return Text::tr("Pending");
    case ActionStatus::AwaitingApproval: return Text::tr("Waiting for approval");
    case ActionStatus::InProgress: return Text::tr("In progress");
    case ActionStatus::Completed: return Text::tr("Completed");
    case ActionStatus::Failed: return Text::tr("Failed");
    case ActionStatus::Cancelled: return Text::tr("Cancelled");
    case ActionStatus::Refused: return Text::tr("Refused");
    case ActionStatus::RolledBack: return Text::tr("Taken back");
    case ActionStatus::Unknown: break;
    }
    return Text::tr("Outcome unknown");
}

QString words(Mode mode)
{
    switch (mode) {
    case Mode::Observe: return Text::tr("Observe");
    case Mode::Approve: return Text::tr("Approve");
    case Mode::Automatic: break;
    }
    return Text::tr("Automatic");
}

QString modeExplained(Mode mode)
{
    switch (mode) {
    case Mode::Observe: return Text::tr("Watch and report, never act");
    case Mode::Approve: return Text::tr("Act only after a person says yes");
    case Mode::Automatic: break;
    }
    return Text::tr("Act where the configuration allows it");
}

QString words(Verdict verdict)
{
    switch (verdict) {
    case Verdict::Healed: return Text::tr("Healed");
    case Verdict::Unchanged: return Text::tr("Did not help");
    case Verdict::Worse: return Text::tr("Made it worse");
    case Verdict::Unknown: break;
    }
    return Text::tr("Effect unknown");
}

QString words(Manager manager)
{
    switch (manager) {
    case Manager::Systemd: return Text::tr("systemd");
    case Manager::SystemdUser: return Text::tr("systemd (user)");
    case Manager::Process: return Text::tr("process");
    case Manager::Container: return Text::tr("container");
    case Manager::Command: break;
    }
    return Text::tr("command");
}

QString words(Direction direction)
{
    return direction == Direction::Above ? Text::tr("above") : Text::tr("below");
}

} // namespace prunella
