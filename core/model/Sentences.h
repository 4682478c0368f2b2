#pragma once
// Numbers and durations as they stand in reasons and evidence.
#include <QString>

namespace prunella {

/// "91.3 %", "1840 ms", "12": at most one digit after the point, none from 1000 on
[[nodiscard]] QString valueText(double value, const QString &unit);
/// "800 ms", "60 s", "12 min", "3.5 h"
[[nodiscard]] QString durationText(qint64 ms);
/// "once", "12 times"
[[nodiscard]] QString timesText(qint64 count);

} // namespace prunella
