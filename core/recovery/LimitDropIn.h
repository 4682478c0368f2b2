#pragma once
// The files that hold settings of units: systemd's own of SetUnitProperties, and ours for what it cannot set.
#include "core/base/Result.h"

#include <QByteArray>
#include <QStringList>
#include <optional>

namespace prunella {

/// Which systemd, and for how long.
struct DropInPlace {
    bool userManager = false;
    bool runtime = true;         ///< below /run; false: kept over a reboot
    bool transient = false;      ///< of a unit without a file of its own (systemd-run)
};

/// The bytes of a drop-in; nothing: there is none.
using DropInBytes = std::optional<QByteArray>;

/// Where SetUnitProperties leaves a value: /run/systemd/system.control/web.service.d/50-MemoryMax.conf.
[[nodiscard]] QString controlDropIn(const DropInPlace &place, const QString &unit, const QString &property);
/// Ours: /run/systemd/system/web.service.d/50-prunella-limits.conf.
[[nodiscard]] QString limitsDropIn(bool userManager, bool runtime, const QString &unit);
/// How a property is called in a unit file: CPUQuotaPerSecUSec is CPUQuota, LimitNOFILESoft is LimitNOFILE.
[[nodiscard]] QString limitSetting(const QString &property);

/// At most 64 KiB. NotAuthorised, Invalid (no regular file, too large), Io.
[[nodiscard]] Result<DropInBytes> readDropIn(const QString &path);
/// Whether replaceDropIn could work: rights of the nearest folder that is there. NotAuthorised.
[[nodiscard]] Status mayWriteDropIn(const QString &path);
/// In one step, synced: the file is `bytes` afterwards, or is gone, with its folder when that is empty then. Done already
/// is well. Busy, and nothing happens: it holds neither `expected` nor `bytes`.
[[nodiscard]] Status replaceDropIn(const QString &path, const DropInBytes &expected, const DropInBytes &bytes);

/// `before` with Service.LimitNOFILE=soft:hard, all its other bytes kept; a new file when there was none.
[[nodiscard]] Result<QByteArray> withOpenFiles(const DropInBytes &before, quint64 soft, quint64 hard);

/// The first of a unit's drop-ins that sets `setting` and wins over `ours`: systemd sorts by name, and of two with one
/// name takes the one in /etc before the one in /run. Empty: none.
[[nodiscard]] QString winningDropIn(const QStringList &dropIns, const QString &ours, const QString &setting);

} // namespace prunella
