#pragma once
#include "core/base/Result.h"
#include "core/monitoring/MonitorCancel.h"

#include <QByteArray>
#include <QStringList>

namespace prunella {

/// How a child ended and what it said.
struct CommandRun {
    bool signalled = false;
    int status = 0;       ///< exit status, or the signal's number when `signalled`
    QByteArray output;    ///< standard output, bounded to 64 KiB
    QByteArray errors;    ///< standard error, bounded to 64 KiB
};

/// Runs an argument vector without a shell, with empty input, in a process group of its own. Once the command itself
/// ended, or the time is over (Timeout), or `cancel` is called (Unavailable), nothing of its group is left running.
/// The program is looked for in PATH when it has no slash (NotFound, NotAuthorised).
[[nodiscard]] Result<CommandRun> runCommand(const QStringList &command, int timeoutMs, const MonitorCancel &cancel);

} // namespace prunella
