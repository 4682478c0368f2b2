#pragma once
// Both ends of Unix sockets: unix_diag over netlink (sock_diag(7)), which tells what /proc/net/unix does not.
#include "core/base/Result.h"
#include "core/monitoring/TopologySockets.h"

#include <span>

namespace prunella {

/// One datagram of the kernel's answer: appends its stream and seqpacket sockets that listen or are connected.
/// true: the last one. Whatever is cut off or of another kind is left out.
[[nodiscard]] bool parseUnixDiag(std::span<const char> datagram, std::vector<UnixSocket> &into);

/// Those of this process' network namespace. NotAuthorised where the kernel or a sandbox refuses it.
[[nodiscard]] Result<std::vector<UnixSocket>> readUnixDiag();

} // namespace prunella
