#include "core/monitoring/TopologySockDiag.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/inet_diag.h>
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
constexpr quint32 kTcpStates = (1u << quint8(TcpState::Established)) | (1u << quint8(TcpState::SynSent))
    | (1u << quint8(TcpState::CloseWait)) | (1u << quint8(TcpState::Listen));

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

tl::unexpected<Error> refused(int error)
{
    return failure(ErrorCode::NotAuthorised, QStringLiteral("the kernel does not tell about sockets: ")
                       + QString::fromStdString(std::generic_category().message(error)));
}

/// The kernel's word on why there is no answer; 0: there is one.
int refusalIn(std::span<const char> datagram)
{
    nlmsghdr header{};
    nlmsgerr refusal{};
    if (!peek(datagram, header) || header.nlmsg_type != NLMSG_ERROR)
        return 0;
    return peek(datagram.subspan(sizeof(header)), refusal) && refusal.error != 0 ? -refusal.error : EPROTO;
}

/// Calls take(body) for every entry; true: the last datagram.
template<typename Take>
bool forEachEntry(std::span<const char> datagram, Take take)
{
    for (nlmsghdr header{}; peek(datagram, header); datagram = after(datagram, header.nlmsg_len)) {
        if (header.nlmsg_len < sizeof(header) || header.nlmsg_type == NLMSG_DONE || header.nlmsg_type == NLMSG_ERROR)
            return true;
        if (header.nlmsg_type == SOCK_DIAG_BY_FAMILY)
            take(datagram.first(std::min<std::size_t>(header.nlmsg_len, datagram.size())).subspan(sizeof(header)));
    }
    return false;
}

/// Sends the request and hands each datagram of the answer on until that was the last one. 0 or an errno.
template<typename Request, typename Parse>
int dump(const Request &request, Parse parse)
{
    struct { nlmsghdr header; Request request; } message{{sizeof(message), SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_DUMP, 0, 0}, request};
    const int fd = ::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd < 0)
        return errno;
    const timeval patience{1, 0}; // the kernel answers at once or not at all
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    std::vector<char> buffer(std::size_t(256) * 1024);
    int error = ::send(fd, &message, sizeof(message), 0) == ssize_t(sizeof(message)) ? 0 : errno;
    bool done = error != 0;
    while (!done) {
        const ssize_t count = ::recv(fd, buffer.data(), buffer.size(), 0);
        if (count < 0 && errno == EINTR)
            continue;
        const std::span<const char> bytes(buffer.data(), count > 0 ? std::size_t(count) : 0);
        error = count < 0 ? errno : count == 0 ? ECONNRESET : refusalIn(bytes);
        done = error != 0 || parse(bytes);
    }
    ::close(fd);
    return error;
}

SocketAddress addressOf(quint8 family, const void *words, quint16 port)
{
    SocketAddress address;
    address.port = ntohs(port);
    if (family == AF_INET)
        address.bytes[10] = address.bytes[11] = 0xff;
    std::memcpy(address.bytes.data() + (family == AF_INET ? 12 : 0), words, family == AF_INET ? 4 : 16);
    return address;
}

} // namespace

bool parseUnixDiag(std::span<const char> datagram, std::vector<UnixSocket> &into)
{
    return forEachEntry(datagram, [&into](std::span<const char> body) {
        unix_diag_msg message{};
        if (!peek(body, message) || (message.udiag_type != SOCK_STREAM && message.udiag_type != SOCK_SEQPACKET))
            return;
        UnixSocket socket;
        socket.inode = message.udiag_ino;
        socket.listening = message.udiag_state == kListen;
        readAttributes(after(body, sizeof(message)), socket);
        into.push_back(std::move(socket));
    });
}

bool parseInetDiag(std::span<const char> datagram, std::vector<TcpSocket> &into)
{
    return forEachEntry(datagram, [&into](std::span<const char> body) {
        inet_diag_msg message{};
        if (!peek(body, message) || ((1u << (message.idiag_state & 31)) & kTcpStates) == 0)
            return;
        const auto &id = message.id;
        into.push_back({addressOf(message.idiag_family, id.idiag_src, id.idiag_sport),
                        addressOf(message.idiag_family, id.idiag_dst, id.idiag_dport), TcpState(message.idiag_state), message.idiag_inode});
    });
}

Result<std::vector<UnixSocket>> readUnixDiag()
{
    unix_diag_req request{};
    request.sdiag_family = AF_UNIX;
    request.udiag_states = (1u << kEstablished) | (1u << kListen);
    request.udiag_show = UDIAG_SHOW_NAME | UDIAG_SHOW_PEER;
    std::vector<UnixSocket> sockets;
    if (const int error = dump(request, [&sockets](std::span<const char> bytes) { return parseUnixDiag(bytes, sockets); }); error != 0)
        return refused(error);
    return sockets;
}

Result<std::vector<TcpSocket>> readInetDiag()
{
    std::vector<TcpSocket> sockets;
    for (const quint8 family : {quint8(AF_INET), quint8(AF_INET6)}) {
        inet_diag_req_v2 request{};
        request.sdiag_family = family;
        request.sdiag_protocol = IPPROTO_TCP;
        request.idiag_states = kTcpStates;
        const int error = dump(request, [&sockets](std::span<const char> bytes) { return parseInetDiag(bytes, sockets); });
        if (error != 0 && family == AF_INET) // a kernel without IPv6 has nothing to tell there
            return refused(error);
    }
    return sockets;
}

} // namespace prunella
