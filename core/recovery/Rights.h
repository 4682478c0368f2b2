#pragma once
// The preflight of rights: for each action that a service can have, whether the user we run as may do it, and why not.
#include "core/model/Rights.h"

#include <functional>

namespace prunella {

/// The edge to systemd, and where files of others lie; tests put their own in place.
struct RightsEdge {
    std::function<Right(const QString &unit, bool userBus)> changeUnit;
    std::function<Right(bool userBus)> reloadManager;
    QString unitFolder = QStringLiteral("/etc/systemd/system"); ///< where drop-ins for limits go
    QString containerSocket = QStringLiteral("/run/podman/podman.sock"); ///< of a service that names none
};
/// systemd and polkit themselves; keeps answers as long as it lives.
[[nodiscard]] RightsEdge realRights();

/// One verdict an action that the service supports, in the order of ActionType. Changes nothing, asks nobody. Blocks (bus,
/// file systems): for a pool thread.
[[nodiscard]] QList<RightVerdict> rightsOf(const ServiceConfig &service, const RightsEdge &edge);

} // namespace prunella
