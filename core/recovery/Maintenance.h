#pragma once
#include "core/model/Config.h"

namespace prunella {

/// End (wall ms) of the maintenance window that is open for `target` at `wallMs`; 0 when none is. Windows are given in
/// local times of their zone, so one that spans a change to or from summer time keeps its wall-clock start and its duration.
[[nodiscard]] qint64 maintenanceEnd(const QList<MaintenanceConfig> &windows, const QString &target, qint64 wallMs);

} // namespace prunella
