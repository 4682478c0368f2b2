#pragma once
#include "core/monitoring/PeerAddress.h"

#include <QString>
#include <utility>

namespace prunella {

/// A connection that closes itself; non-blocking.
class PeerSocket
{
public:
    PeerSocket(int fd, double connectMs) : m_fd(fd), m_connectMs(connectMs) {}
    PeerSocket(PeerSocket &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)), m_connectMs(other.m_connectMs) {}
    PeerSocket &operator=(PeerSocket &&) = delete;
    ~PeerSocket();

    [[nodiscard]] int fd() const { return m_fd; }
    /// What the connection took, which is one round trip.
    [[nodiscard]] double connectMs() const { return m_connectMs; }

private:
    int m_fd;
    double m_connectMs;
};

/// Of several addresses the first that answers. Name resolution and connection together stay within the timeout.
[[nodiscard]] Result<PeerSocket> openPeer(const PeerAddress &peer, int timeoutMs, const MonitorCancel &cancel);
/// The same for the path of a local socket.
[[nodiscard]] Result<PeerSocket> openLocalPeer(const QString &path, int timeoutMs, const MonitorCancel &cancel);

} // namespace prunella
