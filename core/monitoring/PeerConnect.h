#pragma once
#include "core/monitoring/PeerAddress.h"

namespace prunella {

/// Opens a TCP connection and closes it again. Milliseconds that the connection took, which is one round trip; of
/// several addresses the first that answers counts. Name resolution and connection together stay within the timeout.
[[nodiscard]] Result<double> connectTime(const PeerAddress &peer, int timeoutMs, const MonitorCancel &cancel);

} // namespace prunella
