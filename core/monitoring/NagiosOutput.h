#pragma once
// What a Nagios plugin says, read by the Monitoring Plugins development guidelines. Pure.
#include "core/monitoring/NagiosRange.h"

#include <QByteArray>
#include <QList>
#include <QStringList>
#include <optional>

namespace prunella {

enum class PluginState { Ok, Warning, Critical, Unknown };

/// 0 to 3 as they are; everything else (a shell's 126 and 127, a plugin's mistake) is Unknown.
[[nodiscard]] PluginState pluginState(int exitStatus);
[[nodiscard]] QString toString(PluginState state); ///< OK, WARNING, CRITICAL, UNKNOWN

/// One `'label'=value[UOM];warn;crit;min;max`, all numbers in `unit`.
struct PerfValue {
    QString label;
    std::optional<double> value; ///< absent for `U`: the plugin could not tell
    QString unit;                ///< ms, %, B, or the plugin's own word; empty for counts and counters
    bool counter = false;        ///< UOM `c`: counts upwards, what matters is its rate
    std::optional<NagiosRange> warning, critical;
    std::optional<double> minimum, maximum;
};

struct NagiosOutput {
    QString text;             ///< the first line without performance data
    QString longText;         ///< the further lines
    QList<PerfValue> values;  ///< labels are unique; of two the first counts
    QStringList problems;     ///< performance data that cannot be read, one sentence each
};

inline constexpr int kMostPerfValues = 500; ///< of one plugin; what is beyond is a problem

/// `TEXT | PERFDATA`, then lines of long text, and after a second `|` performance data to the end, over lines.
/// s us ns become ms; KB MB GB TB PB (and KiB...) become B by 1024, as the plugins themselves count.
[[nodiscard]] NagiosOutput parseNagiosOutput(const QByteArray &output);

} // namespace prunella
