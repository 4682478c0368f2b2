#include "core/monitoring/PeerConnect.h"

#include <QElapsedTimer>

#include <array>
#include <cerrno>
#include <poll.h>
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

int tryOne(const PeerEndpoint &endpoint, int timeoutMs, const MonitorCancel &cancel)
{
    const int fd = socket(endpoint.address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return errno;
    const int error = finishConnect(fd, endpoint, timeoutMs, cancel);
    close(fd);
    return error;
}

} // namespace

Result<double> connectTime(const PeerAddress &peer, int timeoutMs, const MonitorCancel &cancel)
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
        QElapsedTimer one;
        one.start();
        // What is left is shared, so that an address which swallows packets leaves time for the next.
        error = tryOne((*endpoints)[i], qMax(1, left / int(endpoints->size() - i)), cancel);
        if (error == 0)
            return double(one.nsecsElapsed()) / 1e6;
    }
    const auto code = error == ETIMEDOUT ? ErrorCode::Timeout : ErrorCode::Unavailable;
    return failure(code, QStringLiteral("cannot connect to %1 port %2: %3")
                             .arg(QString::fromStdString(peer.host), QString::fromStdString(peer.port),
                                  QString::fromStdString(std::generic_category().message(error))));
}

} // namespace prunella
