#pragma once
#include "core/base/Result.h"
#include "core/monitoring/ProcPaths.h"

#include <optional>

namespace prunella {

/// What the kernel tells about one process at one moment.
struct ProcessFacts {
    qint64 pid = 0, parent = 0;
    QString state;                   ///< processStateWord(): running, sleeping, zombie, ...
    quint64 rssBytes = 0;
    quint64 cpuTicks = 0;            ///< user and system time in ticks of clockTicksPerSecond()
    qint64 threads = 0;
    std::optional<qint64> openFiles; ///< missing without the right to see them
    quint64 startTicks = 0;          ///< start time in ticks since boot: with the pid it names the process for good
    QString command;                 ///< the command line, bounded to 4 KiB; "[name]" where there is none
};

/// Only what is needed often: everything but the command line, in half the time.
[[nodiscard]] Result<ProcessFacts> readProcessNumbers(qint64 pid, const ProcPaths &paths = {});
/// NotFound when there is no such process.
[[nodiscard]] Result<ProcessFacts> readProcessFacts(qint64 pid, const ProcPaths &paths = {});

[[nodiscard]] qint64 clockTicksPerSecond();

} // namespace prunella
