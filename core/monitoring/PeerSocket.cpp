#include "core/monitoring/PeerSocket.h"

#include <QElapsedTimer>
#include <QFile>

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

namespace prunella {
namespace {

/// 0 once connected, otherwise errno; ECANCELED when the wait was cancelled.
int finishConnect(int fd, const PeerEndpoint &endpoint, int timeoutMs, const MonitorCancel &cancel)
{
    if (connect(fd, reinterpret_cast<const sockaddr *>(&endpoint.address), endpoint.size) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    std::array<pollfd, 2> waited{pollfd{fd, POLLOUT, 0}, pollfd{cancel.fd(), POLLIN, 0}};
    const int ready = poll(waited.data(), waited.size(), timeoutMs);
    if (ready < 0)
        return errno;
    if (waited[0].revents == 0)
        return ready == 0 ? ETIMEDOUT : ECANCELED;
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

/// The errno of the failure.
tl::expected<PeerSocket, int> tryOne(const PeerEndpoint &endpoint, int timeoutMs, const MonitorCancel &cancel)
{
    QElapsedTimer timer;
    timer.start();
    const int fd = socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return tl::unexpected(errno);
    const int error = finishConnect(fd, endpoint, timeoutMs, cancel);
    PeerSocket connection(fd, double(timer.nsecsElapsed()) / 1e6);
    if (error != 0)
        return tl::unexpected(error);
    return connection;
}

tl::unexpected<Error> connectFailure(const QString &where, int error)
{
    const auto code = error == ETIMEDOUT ? ErrorCode::Timeout : ErrorCode::Unavailable;
    return failure(code, QStringLiteral("cannot connect to %1: %2").arg(where, QString::fromStdString(std::generic_category().message(error))));
}

} // namespace

PeerSocket::~PeerSocket()
{
    if (m_fd >= 0)
        close(m_fd);
}

Result<PeerSocket> openPeer(const PeerAddress &peer, int timeoutMs, const MonitorCancel &cancel)
{
    QElapsedTimer whole;
    whole.start();
    const auto endpoints = resolvePeer(peer, timeoutMs, cancel);
    if (!endpoints)
        return tl::unexpected(endpoints.error());
    int error = ETIMEDOUT;
    for (std::size_t i = 0; i < endpoints->size(); ++i) {
        const int left = timeoutMs - int(whole.elapsed());
        if (left <= 0 || cancel.isCancelled())
            break;
        // What is left is shared, so that an address which swallows packets leaves time for the next.
        auto connection = tryOne((*endpoints)[i], qMax(1, left / int(endpoints->size() - i)), cancel);
        if (connection)
            return std::move(*connection);
        error = connection.error();
    }
    return connectFailure(QStringLiteral("%1 port %2").arg(QString::fromStdString(peer.host), QString::fromStdString(peer.port)), error);
}

Result<PeerSocket> openLocalPeer(const QString &path, int timeoutMs, const MonitorCancel &cancel)
{
    PeerEndpoint endpoint;
    auto &local = reinterpret_cast<sockaddr_un &>(endpoint.address);
    const QByteArray bytes = QFile::encodeName(path);
    if (std::size_t(bytes.size()) >= sizeof local.sun_path)
        return connectFailure(path, ENAMETOOLONG);
    local.sun_family = AF_UNIX;
    std::memcpy(local.sun_path, bytes.constData(), std::size_t(bytes.size()) + 1);
    endpoint.size = sizeof local;
    auto connection = tryOne(endpoint, timeoutMs, cancel);
    if (!connection)
        return connectFailure(path, connection.error());
    return std::move(*connection);
}

} // namespace prunella
