#pragma once
// The kernel's own figures of the control group that a process is in, version 1 or 2.
#include <QString>
#include <optional>

namespace prunella {

enum class GroupValue {
    MemoryLimit, MemoryUsed, ///< bytes
    CpuLimit,                ///< percent of one core
    CpuUsed,                 ///< nanoseconds since the group was made
    TasksLimit, TasksUsed,   ///< a count
};

/// Nothing: no limit, no such process, or the kernel does not tell. Reads at most three small files.
[[nodiscard]] std::optional<double> groupValue(qint64 pid, GroupValue value, const QString &proc = QStringLiteral("/proc"),
                                               const QString &groups = QStringLiteral("/sys/fs/cgroup"));

} // namespace prunella
