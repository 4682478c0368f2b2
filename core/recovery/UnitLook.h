#pragma once
#include "core/base/Result.h"
#include "core/recovery/CancelToken.h"

namespace prunella {

/// A unit as it is now: what a look beforehand and a snapshot need of it.
struct UnitLook {
    QString loadState, activeState; ///< systemd's words
    bool canReload = false;         ///< it has ExecReload, or is of Type=notify-reload
    qint64 mainPid = 0;             ///< 0: no main process now
    QString busName;                ///< BusName of the unit; empty: none
    QString controlGroup;           ///< "/system.slice/web.service"; empty: it does not run
    [[nodiscard]] bool isActive() const { return activeState == QLatin1String("active"); }
};

/// Asks systemd over a connection of its own. Blocks, at most 5 s. A unit that is not there has loadState "not-found".
[[nodiscard]] Result<UnitLook> lookAtUnit(const QString &unit, bool userBus, const CancelToken &token);

} // namespace prunella
