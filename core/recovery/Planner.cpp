#include "core/recovery/Planner.h"

#include "core/recovery/ActionKind.h"

#include <QCryptographicHash>

namespace prunella {

bool isSupported(ActionType type, const ServiceConfig *service)
{
    const auto supports = actionKind(type).supports;
    return service && supports && supports(*service);
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
