#pragma once
#include "core/monitoring/MonitorCancel.h"
#include "core/monitoring/NagiosOutput.h"

namespace prunella {

/// One run of one plugin.
struct PluginResult {
    PluginState state = PluginState::Unknown;
    bool timedOut = false;
    bool cancelled = false; ///< stopped by us: it says nothing
    QString text;           ///< one line for people: the plugin's first line, or why there is no verdict
    NagiosOutput output;    ///< empty when the plugin did not end by itself
};

/// Runs the plugin without a shell and reads its answer. A status above 3, a signal, a timeout and a program that cannot
/// be started are Unknown, and the text says which.
[[nodiscard]] PluginResult runPlugin(const QStringList &command, qint64 timeoutMs, const MonitorCancel &cancel);

/// "load1 5.51 is outside 0:5": the values outside the plugin's own ranges, critical before warning; empty when none is.
[[nodiscard]] QString outsideRanges(const NagiosOutput &output);

} // namespace prunella
