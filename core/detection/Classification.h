#pragma once
// Which error type a finding is. A table, nothing learned.
#include "core/model/Config.h"
#include "core/model/Events.h"

namespace prunella {

/// memory_usage -> memory_leak (the decision tree tells a leak from a spike), disk_usage -> disk_full, …
[[nodiscard]] ErrorType classifyMetric(const QString &metric);
/// critical limit: high, for the host's memory and disks critical; warning limit: medium
[[nodiscard]] Severity severityOfMetric(const QString &metric, const QString &component, bool critical);
/// A failing health check: of a database (by its port, plugin or name, or because a database monitor names this service),
/// of the API itself (a wrong answer: HTTP 4xx and 5xx, the wrong text), or of the network (none).
[[nodiscard]] ErrorType classifyCheck(const CheckResult &result, const ServiceConfig &service, bool hasDatabaseMonitor = false);
/// Whether the peer answered at all; only then its latency means something.
[[nodiscard]] bool answered(const CheckResult &result);

} // namespace prunella
