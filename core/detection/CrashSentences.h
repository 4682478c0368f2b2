#pragma once
#include "core/model/Events.h"

namespace prunella {

/// "web.service failed: its main process was killed by signal 9 (SIGKILL)"
[[nodiscard]] QString failureText(const UnitState &unit);
/// "web (pid 123) ended by signal 9 (SIGKILL)"
[[nodiscard]] QString failureText(const ProcessState &process);
/// "systemd restarted web.service 12 times in 3 s (NRestarts 12), last exit code 1"
[[nodiscard]] QString restartLoopText(const UnitState &unit, quint32 restarts, qint64 withinMs);

} // namespace prunella
