#include "core/recovery/ActionKind.h"

#include <QMap>

namespace prunella {

const ActionKind &actionKind(ActionType type)
{
    static const QMap<ActionType, ActionKind> kinds{
        {ActionType::RestartService, restartKind()}, {ActionType::ScaleResources, scaleKind()},
        {ActionType::RollbackDeployment, rollbackKind()}, {ActionType::IncreaseResources, increaseKind()},
        {ActionType::AdjustTimeout, adjustTimeoutKind()}, {ActionType::EnableMonitoring, closePeekKind()},
        {ActionType::HealthCheck, healthCheckKind()}, {ActionType::RunCommand, runCommandKind()},
        {ActionType::FreeDiskSpace, diskSpaceKind()}};
    static const ActionKind none;
    const auto it = kinds.constFind(type);
    return it == kinds.constEnd() ? none : *it;
}

RecoveryDecision refusalOf(const Error &error)
{
    const bool rights = error.code == ErrorCode::NotAuthorised;
    return {Decision::Refuse, rights ? Reason::NotAuthorised : Reason::NoAction, error.message, 0};
}

} // namespace prunella
