#pragma once
// How much more a service may get: plain arithmetic, and the host's figures that bound it.
#include "core/base/Result.h"
#include "core/model/Recovery.h"
#include "core/model/Resources.h"

#include <QList>

namespace prunella {

/// systemd's "infinity" of a limit, and "not set" of a weight.
inline constexpr quint64 noLimit = ~quint64(0);

/// What the host has, read from /proc and sysconf. Bytes and counts; -1: not known, which bounds nothing.
struct HostRoom {
    qint64 memoryTotal = -1, memoryAvailable = -1;
    qint64 cores = -1;           ///< online
    qint64 tasksMost = -1;       ///< the lower one of kernel.pid_max and kernel.threads-max
    qint64 tasksNow = -1;        ///< of the whole host
    qint64 filesMost = -1;       ///< fs.nr_open
};
[[nodiscard]] HostRoom readHostRoom(const QString &proc = QStringLiteral("/proc"));

// The most that a unit may be given, in the unit of its subject. `used`: what the unit has of it now.
/// Bytes: what it uses and what is available, less a reserve of 10 % of all, at least 128 MiB.
[[nodiscard]] double mostMemory(const HostRoom &room, double used);
/// Percent of one core: 100 for each.
[[nodiscard]] double mostCpu(const HostRoom &room);
/// Count: what it uses and what is left, less a reserve of 10 % of all.
[[nodiscard]] double mostTasks(const HostRoom &room, double used);

/// One limit that is to be raised. All values in the unit of the subject: bytes, percent of one core, a count.
struct LimitAsk {
    QString subject;             ///< memory, cpu, tasks, files, cpu_weight, io_weight
    LimitConfig config;
    double present = 0;
    double most = 0;             ///< of the host
};
/// min(present * step, max, most), absolute, in whole pages, percent or counts; an objection when that is no more than now.
[[nodiscard]] tl::expected<double, RecoveryDecision> nextLimit(const LimitAsk &ask);

/// "256 MiB", "75 %", "300"
[[nodiscard]] QString limitText(const QString &subject, double value);

/// Which resource a cause of the playbooks is about: memory, cpu, tasks, files; "disk", which no limit of a unit is;
/// empty: it does not say.
[[nodiscard]] QString resourceOfCause(const QString &causeId);

} // namespace prunella
