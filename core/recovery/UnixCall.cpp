#include "core/recovery/UnixCall.h"

#include "core/base/HttpReply.h"

#include <QFile>

#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace prunella {
namespace {

using Time = std::chrono::steady_clock;

class Descriptor
{
public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() { if (m_fd >= 0) ::close(m_fd); }
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    [[nodiscard]] int get() const { return m_fd; }

private:
    const int m_fd;
};

tl::unexpected<Error> connectError(const QString &socket, int code)
{
    if (code == EACCES || code == EPERM)
        return failure(ErrorCode::NotAuthorised, u"no right to use %1; let Prunella run as root, or as a member of the group that owns it"_s.arg(socket));
    if (code == ENOENT)
        return failure(ErrorCode::Unavailable, u"there is no %1: the container daemon does not run"_s.arg(socket));
    if (code == ECONNREFUSED)
        return failure(ErrorCode::Unavailable, u"nobody listens at %1: the container daemon does not run"_s.arg(socket));
    return failure(ErrorCode::Io, u"%1: %2"_s.arg(socket, QString::fromLocal8Bit(std::strerror(code))));
}

/// Waits until the socket is ready for `events`.
Status ready(int fd, short events, const CancelToken &token, Time::time_point deadline)
{
    std::array<pollfd, 2> entries{pollfd{fd, events, 0}, pollfd{token.fd(), POLLIN, 0}};
    while (true) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Time::now()).count();
        if (token.isCancelled())
            return failure(ErrorCode::Timeout, u"stopped waiting for the container daemon"_s);
        if (left <= 0)
            return failure(ErrorCode::Timeout, u"the container daemon did not answer in time"_s);
        const int count = ::poll(entries.data(), entries.size(), int(std::min<qint64>(left, 3'600'000)));
        if (count < 0 && errno != EINTR)
            return failure(ErrorCode::Io, QString::fromLocal8Bit(std::strerror(errno)));
        if (count > 0 && entries[0].revents != 0)
            return {};
    }
}

Status sendAll(int fd, const QByteArray &request, const CancelToken &token, Time::time_point deadline)
{
    for (qsizetype sent = 0; sent < request.size();) {
        if (const Status status = ready(fd, POLLOUT, token, deadline); !status)
            return status;
        const ssize_t count = ::send(fd, request.constData() + sent, size_t(request.size() - sent), MSG_NOSIGNAL);
        if (count < 0 && errno != EAGAIN && errno != EINTR)
            return failure(ErrorCode::Io, u"the container daemon closed the connection: "_s + QString::fromLocal8Bit(std::strerror(errno)));
        sent += std::max<ssize_t>(count, 0);
    }
    return {};
}

} // namespace

Result<std::pair<int, QByteArray>> unixCall(const QString &socket, const QByteArray &request, const CancelToken &token, int timeoutMs)
{
    const auto deadline = Time::now() + std::chrono::milliseconds(timeoutMs);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const QByteArray path = QFile::encodeName(socket);
    if (path.size() >= qsizetype(sizeof(address.sun_path)))
        return failure(ErrorCode::Invalid, u"%1 is too long for a socket's path"_s.arg(socket));
    std::memcpy(address.sun_path, path.constData(), size_t(path.size()));
    const Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    // Unlike TCP, this is done at once, or refused (EAGAIN: the daemon's queue is full).
    if (fd.get() < 0 || ::connect(fd.get(), reinterpret_cast<const sockaddr *>(&address), sizeof(address)) != 0)
        return connectError(socket, errno);
    if (const Status sent = sendAll(fd.get(), request, token, deadline); !sent)
        return tl::unexpected(sent.error());
    HttpReply reply;
    std::array<char, 64 * 1024> buffer;
    while (!reply.isComplete()) {
        if (const Status status = ready(fd.get(), POLLIN, token, deadline); !status)
            return tl::unexpected(status.error());
        const ssize_t count = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count > 0 && !reply.feed(QByteArrayView(buffer.data(), count)))
            return failure(ErrorCode::Io, u"what answers at %1 does not speak HTTP"_s.arg(socket));
        if (count <= 0)
            reply.peerClosed();
        if (count <= 0 && !reply.isComplete())
            return failure(ErrorCode::Io, u"the container daemon closed the connection before its answer was complete"_s);
    }
    return std::pair(reply.status(), reply.takeBody());
}

} // namespace prunella
