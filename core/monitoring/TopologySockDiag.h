#pragma once
// Sockets over netlink (sock_diag(7)): both ends of Unix sockets, which /proc/net/unix does not tell, and TCP sockets in a
// fifth of the time that /proc/net/tcp takes.
#include "core/base/Result.h"
#include "core/monitoring/TopologySockets.h"

#include <span>

namespace prunella {

/// One datagram of the kernel's answer: appends its stream and seqpacket sockets that listen or are connected.
/// true: the last one. Whatever is cut off or of another kind is left out.
[[nodiscard]] bool parseUnixDiag(std::span<const char> datagram, std::vector<UnixSocket> &into);
/// The same for TCP sockets of either family: those that parseTcpSockets() takes.
[[nodiscard]] bool parseInetDiag(std::span<const char> datagram, std::vector<TcpSocket> &into);

/// Those of this process' network namespace. NotAuthorised where the kernel or a sandbox refuses it.
[[nodiscard]] Result<std::vector<UnixSocket>> readUnixDiag();
[[nodiscard]] Result<std::vector<TcpSocket>> readInetDiag();

} // namespace prunella
