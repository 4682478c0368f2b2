#include "core/monitoring/TopologyUnixPeers.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <system_error>
#include <unistd.h>

namespace prunella {
namespace {

constexpr quint8 kEstablished = 1, kListen = 10;

/// A copy of the header at this place; the kernel aligns to 4 bytes, our buffers to nothing.
template<typename T>
bool peek(std::span<const char> bytes, T &header)
{
    if (bytes.size() < sizeof(T))
        return false;
    std::memcpy(&header, bytes.data(), sizeof(T));
    return true;
}

std::span<const char> after(std::span<const char> bytes, std::size_t length)
{
    return bytes.subspan(std::min(bytes.size(), (length + 3) & ~std::size_t(3)));
}

void readAttributes(std::span<const char> bytes, UnixSocket &socket)
{
    for (nlattr attribute{}; peek(bytes, attribute) && attribute.nla_len >= NLA_HDRLEN; bytes = after(bytes, attribute.nla_len)) {
        const auto value = bytes.subspan(NLA_HDRLEN, std::min<std::size_t>(attribute.nla_len, bytes.size()) - NLA_HDRLEN);
        if (attribute.nla_type == UNIX_DIAG_NAME) {
            socket.name.assign(value.begin(), value.end());
            const bool abstract = !socket.name.empty() && socket.name.front() == '\0';
            if (!abstract)
                socket.name.resize(std::strlen(socket.name.c_str()));
            std::replace(socket.name.begin(), socket.name.end(), '\0', '@'); // as /proc/net/unix writes them
        } else if (quint32 inode = 0; attribute.nla_type == UNIX_DIAG_PEER && peek(value, inode)) {
            socket.peer = inode;
        }
    }
}

bool send(int fd)
{
    struct { nlmsghdr header; unix_diag_req request; } message{};
    message.header = {sizeof(message), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0};
    message.request.sdiag_family = AF_UNIX;
    message.request.udiag_states = (1u << kEstablished) | (1u << kListen);
    message.request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
    return ::send(fd, &message, sizeof(message), 0) == ssize_t(sizeof(message));
}

tl::unexpected<Error> refused(int error)
{
    return failure(ErrorCode::NotAuthorised, QStringLiteral("the peers of Unix sockets are not told: ")
                       + QString::fromStdString(std::generic_category().message(error)));
}

} // namespace

bool parseUnixDiag(std::span<const char> datagram, std::vector<UnixSocket> &into)
{
    for (nlmsghdr header{}; peek(datagram, header); datagram = after(datagram, header.nlmsg_len)) {
        if (header.nlmsg_len < sizeof(header) || header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR)
            return true;
        unix_diag_msg message{};
        const auto body = datagram.first(std::min<std::size_t>(header.nlmsg_len, datagram.size())).subspan(sizeof(header));
        if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || !peek(body, message))
            continue;
        if (message.udiag_type != SOCK_STREAM && message.udiag_type != SOCK_SEQPACKET)
            continue;
        UnixSocket socket;
        socket.inode = message.udiag_ino;
        socket.listening = message.udiag_state == kListen;
        readAttributes(body.subspan(sizeof(message)), socket);
        into.push_back(std::move(socket));
    }
    return false;
}

Result<std::vector<UnixSocket>> readUnixDiag()
{
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return refused(errno);
    const timeval patience{1, 0}; // the kernel answers at once or not at all
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    std::vector<UnixSocket> sockets;
    std::vector<char> buffer(std::size_t(256) * 1024);
    int error = send(fd) ? 0 : errno;
    bool done = error != 0;
    while (!done) {
        const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            error = count < 0 ? errno : ECONNRESET;
        nlmsghdr header{};
        const std::span<const char> bytes(buffer.data(), count > 0 ? std::size_t(count) : 0);
        if (nlmsgerr refusal{}; peek(bytes, header) && header.nlmsg_type == NLMSG_ERROR)
            error = peek(bytes.subspan(sizeof(header)), refusal) ? -refusal.error : EPROTO;
        done = error != 0 || parseUnixDiag(bytes, sockets);
    }
    ::close(fd);
    if (error != 0)
        return refused(error);
    return sockets;
}

} // namespace prunella
