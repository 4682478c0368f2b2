#pragma once
// Numbers, times and durations as people read them, in the locale's notation.
#include <QString>

namespace prunella {

/// "12.3 %", "1.2 MiB/s", "840 ms", "1.4 s", "3"; an en dash when the value is not finite.
[[nodiscard]] QString formatValue(double value, const QString &unit);
/// At most two units: "850 ms", "4.2 s", "3 min 20 s", "2 h 5 min", "6 d 4 h".
[[nodiscard]] QString formatDuration(qint64 ms);
/// "now", "12 s ago", "3 min ago", "in 40 s"; empty for 0.
[[nodiscard]] QString formatRelative(qint64 wallMs, qint64 nowMs);
/// The age of something that ticks: "0.4 s", "12 s".
[[nodiscard]] QString formatAge(qint64 ms);
/// Local date and time with seconds; empty for 0.
[[nodiscard]] QString formatExact(qint64 wallMs);
/// Time of day alone, "20:15:01".
[[nodiscard]] QString formatClock(qint64 wallMs);

} // namespace prunella
