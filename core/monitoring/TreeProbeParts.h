#pragma once
// The probes of decision trees, one function a type. See TreeProbe.h.
#include "core/monitoring/TreeProbe.h"

#include <system_error>

namespace prunella::treeprobe {

/// What every probe gets.
struct Probe { const ProbeOrder &order; const Now &now; const MonitorCancel &cancel; const ProcPaths &paths; };

[[nodiscard]] Fact tcp(const Probe &probe);
[[nodiscard]] Fact http(const Probe &probe);
[[nodiscard]] Fact resolve(const Probe &probe);
[[nodiscard]] Fact ping(const Probe &probe);
[[nodiscard]] Fact nagios(const Probe &probe);
[[nodiscard]] Fact disk(const Probe &probe);
[[nodiscard]] Fact diskGrowth(const Probe &probe);
[[nodiscard]] Fact port(const Probe &probe);
[[nodiscard]] Fact localPorts(const Probe &probe);
[[nodiscard]] Fact database(const Probe &probe);
[[nodiscard]] Fact cgroup(const Probe &probe);
[[nodiscard]] Fact file(const Probe &probe);
[[nodiscard]] Fact configSyntax(const Probe &probe);
[[nodiscard]] Fact dependencyCheck(const Probe &probe);

[[nodiscard]] inline Fact said(const char *word, const QString &text) { return {QString::fromLatin1(word), text, 0}; }
/// "Connection refused"
[[nodiscard]] inline QString errorWord(int error) { return QString::fromStdString(std::generic_category().message(error)); }

} // namespace prunella::treeprobe
