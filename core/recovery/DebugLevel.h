#pragma once
// A service's debug log level, on and off again: a signal to its main process, or org.freedesktop.LogControl1 on the bus.
#include "core/base/Result.h"
#include "core/recovery/CancelToken.h"

namespace prunella {

/// Whose level: the name on the bus, and which bus. The object is /org/freedesktop/LogControl1.
struct LogControl {
    QString busName;
    bool userBus = false;
};

/// "info", "debug", ... as the service says. NotFound: nobody has that name, or it does not know LogControl1. Blocks, at most 5 s.
[[nodiscard]] Result<QString> readLogLevel(const LogControl &control, const CancelToken &token);
/// NotAuthorised: the service takes it from root (or its own user) only.
[[nodiscard]] Status writeLogLevel(const LogControl &control, const QString &level, const CancelToken &token);

/// Whether the signal may be sent and does no harm. NotFound: no such process. NotAuthorised: it is another user's.
/// Invalid: the process neither catches, blocks, awaits nor ignores it, so it would be ended.
[[nodiscard]] Status maySignal(qint64 pid, int number);
/// The same, then sends it, to the very process that was looked at (pidfd).
[[nodiscard]] Status sendSignal(qint64 pid, int number);
/// "SIGUSR1"
[[nodiscard]] QString signalName(int number);

} // namespace prunella
