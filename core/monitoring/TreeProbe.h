#pragma once
// The probes of decision trees: one look at the world, now.
#include "core/base/Clock.h"
#include "core/model/TreeQuery.h"
#include "core/monitoring/MonitorCancel.h"
#include "core/monitoring/ProcPaths.h"

namespace prunella {

/// Runs in the calling thread, which waits; from the network it returns within `timeoutMs`, from a file system that hangs
/// only when the kernel lets go. cancel() of another thread ends every wait. The fact's value is one of the type's words
/// (README.md of core/diagnosis) or a number, its text a sentence; no value when nothing could be told, and why.
/// Source: sockets, getaddrinfo, ICMP echo, Nagios plugins, statvfs, /proc, /sys/fs/cgroup, libpq, RESP.
[[nodiscard]] Fact runTreeProbe(const ProbeOrder &order, const Now &now, const MonitorCancel &cancel, const ProcPaths &paths = {});

} // namespace prunella
