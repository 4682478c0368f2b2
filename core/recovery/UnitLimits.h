#pragma once
// Limits of units read and set: systemd's properties, the files that hold them, and the kernel's word on it.
#include "core/recovery/LimitDropIn.h"
#include "core/recovery/LimitPlan.h"
#include "core/recovery/UnitCalls.h"

namespace prunella {

/// A unit, as far as its limits go.
struct UnitLimits {
    UnitRow row;
    QString controlGroup;        ///< "/system.slice/web.service"; empty: it does not run
    bool transient = false;
    QStringList dropIns;         ///< paths, those systemd has read
};
[[nodiscard]] Result<UnitLimits> readUnitLimits(UnitCalls &calls, const QString &unit);

/// What the kernel has in its control group, counted as systemd's property; nothing: it has no file for that.
[[nodiscard]] std::optional<quint64> kernelLimit(const QString &property, const QString &controlGroup,
                                                 const QString &root = QStringLiteral("/sys/fs/cgroup"));
/// Whether the kernel can enforce it there. An empty control group: nobody knows yet, so yes.
[[nodiscard]] bool kernelEnforces(const QString &property, const QString &controlGroup, const QString &root = QStringLiteral("/sys/fs/cgroup"));

/// Soft and hard limit of open files of a process, from /proc/PID/limits; nothing: it is gone.
[[nodiscard]] std::optional<std::pair<quint64, quint64>> openFilesOf(qint64 pid);

/// Does what the plan says: SetUnitProperties, the value read again, the kernel's file looked at; for a plan that restores
/// also the drop-ins, and Manager.Reload. Twice is the same as once. A sentence of what was done. Busy: a value is neither
/// as decided nor as wanted, and nothing was done. Io: it did not take.
[[nodiscard]] Result<QString> applyLimits(UnitCalls &calls, const CancelToken &token, bool userManager, const LimitPlan &plan);

} // namespace prunella
