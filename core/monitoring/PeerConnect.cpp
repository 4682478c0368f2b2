#include "core/monitoring/PeerConnect.h"
#include "core/monitoring/PeerSocket.h"

namespace prunella {

Result<double> connectTime(const PeerAddress &peer, int timeoutMs, const MonitorCancel &cancel)
{
    return openPeer(peer, timeoutMs, cancel).map([](const PeerSocket &connection) { return connection.connectMs(); });
}

} // namespace prunella
