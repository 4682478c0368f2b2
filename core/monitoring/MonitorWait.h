#pragma once
#include "core/monitoring/MonitorCancel.h"

#include <QDeadlineTimer>

namespace prunella {

enum class Waited { Ready, TimedOut, Cancelled };

/// Until the descriptor is ready for `events` (POLLIN, POLLOUT) or has failed, which a read or write then tells.
[[nodiscard]] Waited waitReady(int fd, short events, const QDeadlineTimer &deadline, const MonitorCancel &cancel);

} // namespace prunella
