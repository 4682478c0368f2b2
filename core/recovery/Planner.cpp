#include "core/recovery/Planner.h"

#include <QCryptographicHash>

namespace prunella {

bool isSupported(ActionType type, const ServiceConfig *service)
{
    if (!service)
        return false;
    if (type == ActionType::HealthCheck)
        return !service->health.isEmpty();
    const bool managed = service->manager == Manager::Systemd || service->manager == Manager::SystemdUser
        || service->manager == Manager::Process;
    if (type == ActionType::AdjustTimeout)
        return managed && !service->timeouts.isEmpty();
    if (type == ActionType::RunCommand)
        return !service->commands.isEmpty();
    if (type == ActionType::FreeDiskSpace)
        return !service->diskRules.isEmpty();
    return type == ActionType::RestartService && managed;
}

std::optional<PlannedAction> plan(const Diagnosis &diagnosis, const ServiceConfig *service,
                                  const std::function<bool(ActionType)> &hasAttemptsLeft)
{
    std::optional<PlannedAction> last;
    for (const ActionType type : diagnosis.actions) {
        const PlannedAction candidate{type, isSupported(type, service)};
        if (candidate.supported && hasAttemptsLeft(type))
            return candidate;
        if (!last || candidate.supported)
            last = candidate;
    }
    return last;
}

ServiceConfig hostTarget(const Config &config)
{
    ServiceConfig host;
    host.name = QStringLiteral("host");
    host.manager = Manager::Command;
    host.diskRules = config.diskRules;
    return host;
}

Mode effectiveMode(const Config &config, const ServiceConfig *service, ActionType type)
{
    if (service && service->recovery.actions.contains(type))
        return service->recovery.actions.value(type);
    if (service && service->recovery.mode)
        return *service->recovery.mode;
    return config.recovery.actions.value(type, config.mode);
}

QString planHash(const QString &incidentId, ActionType type, const QString &call)
{
    const QString text = QStringList{incidentId, toString(type), call}.join(u'\n');
    const QByteArray digest = QCryptographicHash::hash(text.toUtf8(), QCryptographicHash::Sha256);
    return QString::fromLatin1(digest.toHex().left(16));
}

} // namespace prunella
