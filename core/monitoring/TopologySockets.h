#pragma once
// Who is connected to whom, as the kernel lists it: proc_net(5), /proc/net/tcp, tcp6 and unix.
#include <QString>
#include <QtGlobal>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace prunella {

/// An IPv4 address is kept as ::ffff:a.b.c.d, so that a dual-stack socket and its IPv4 peer compare equal.
struct SocketAddress {
    std::array<quint8, 16> bytes{}; ///< network order
    quint16 port = 0;
    auto operator<=>(const SocketAddress &) const = default;
};

[[nodiscard]] bool isAny(const SocketAddress &address);      ///< 0.0.0.0 or ::
[[nodiscard]] bool isLoopback(const SocketAddress &address); ///< 127.0.0.0/8 or ::1
/// "10.0.0.5:5432", "[2001:db8::1]:443"
[[nodiscard]] QString toString(const SocketAddress &address);

enum class TcpState : quint8 { Established = 1, SynSent = 2, CloseWait = 8, Listen = 10 };

struct TcpSocket {
    SocketAddress local, remote;
    TcpState state = TcpState::Established;
    quint64 inode = 0; ///< of /proc/PID/fd; 0: nobody has accepted it yet
    bool operator==(const TcpSocket &) const = default;
};

/// Of /proc/net/tcp or tcp6: sockets that listen, are connected or try to. Those that only wait for their end have no
/// owner any more and are left out, as are lines that are cut off.
[[nodiscard]] std::vector<TcpSocket> parseTcpSockets(std::string_view text);

struct UnixSocket {
    quint64 inode = 0;
    quint64 peer = 0;  ///< inode of the other end; 0: none, or not told (/proc does not)
    bool listening = false;
    std::string name;  ///< path, or '@' and an abstract name; an accepted socket has that of its listener
    bool operator==(const UnixSocket &) const = default;
};

/// Of /proc/net/unix: stream and seqpacket sockets that listen or are connected.
[[nodiscard]] std::vector<UnixSocket> parseUnixSockets(std::string_view text);

} // namespace prunella
