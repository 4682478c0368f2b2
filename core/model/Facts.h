#pragma once
// What detection knows about a series and hands to diagnosis; and the names people use for exits.
#include "core/model/Sample.h"

#include <QStringList>
#include <optional>

namespace prunella {

/// How a series moved over its window.
enum class TrendShape {
    Unknown, ///< too few points
    Flat,    ///< no change beyond its own noise
    Leak,    ///< rises steadily, also in its second half
    Spike,   ///< far over its usual level for a small part of the window only
    Step,    ///< moved to a higher level and stays there
    Falling, ///< falls steadily, or has just come down
};
/// "flat", "leak", …, the value of the facts `metric.NAME.trend`
[[nodiscard]] QString toString(TrendShape shape);

struct SeriesFacts {
    double last = 0;
    QString unit;
    TrendShape shape = TrendShape::Unknown;
    double slopePerHour = 0;      ///< in `unit` an hour
    double consistency = 0;       ///< -1..1: Kendall's tau, 1 when every later value is higher
    double median = 0, lowest = 0, highest = 0; ///< over the window
    qint64 spanMs = 0;            ///< how much time the window holds
    qint64 overForMs = 0;         ///< how long a limit has been exceeded; 0: it is not
    std::optional<double> warning, critical;
    std::optional<double> p50, p95, p99; ///< quantiles of the window (nearest rank over its slices); absent: too few points
    std::optional<double> baseline;      ///< the usual level at this time of day; absent: not learnt yet
    double anomaly = 0;           ///< how unusual `last` is for the series, 0 to 1; 0 where it is not scored
    qint64 wallMs = 0;            ///< time of `last`
};

/// "signal 9 (SIGKILL)"; "signal 35" for those without a name
[[nodiscard]] QString signalText(int number);
/// systemd's word for its own exit statuses 200 to 245 (systemd.exec(5)): 203 "EXEC"; empty for any other
[[nodiscard]] QString systemdExitStep(int status);

/// Can this fact ever be known? Fixed keys ("unit.result") and "metric.NAME.value" and its like; see core/diagnosis/README.md.
[[nodiscard]] bool isKnownFact(const QString &key);
/// "probe.tcp": in sentences the first known answer of such a probe.
[[nodiscard]] bool isProbeName(const QString &key);
/// All fixed keys, for "did you mean".
[[nodiscard]] const QStringList &knownFacts();

} // namespace prunella
