#pragma once
#include "core/base/Result.h"
#include "core/monitoring/MonitorCancel.h"

#include <string>
#include <sys/socket.h>
#include <vector>

namespace prunella {

struct PeerAddress {
    std::string host;
    std::string port; ///< a number
};

/// "host:port", "192.0.2.1:443" or "[2001:db8::1]:443"
[[nodiscard]] Result<PeerAddress> parsePeer(const QString &text);

struct PeerEndpoint {
    sockaddr_storage address{};
    socklen_t size = 0;
};

/// All addresses of the peer's name, in the order to try them. Returns within the timeout even when the name server
/// does not: the question then ends by itself in a thread of its own.
[[nodiscard]] Result<std::vector<PeerEndpoint>> resolvePeer(const PeerAddress &peer, int timeoutMs, const MonitorCancel &cancel);

} // namespace prunella
