#pragma once
// Limits on series: warning, critical, a separate value to clear, and how long it must hold. See README.md here.
#include "core/model/Config.h"
#include "core/model/Events.h"

#include <QHash>
#include <optional>
#include <vector>

namespace prunella {

/// Pure state machine, one small record a series; no clock of its own: time comes with the samples.
class ThresholdDetector
{
public:
    using SeriesId = int;

    explicit ThresholdDetector(QList<ThresholdConfig> thresholds);

    /// At reload. Series whose threshold is unchanged keep their state; others are judged anew at their next sample.
    /// Returns `cleared` events of what was over a limit that no longer exists.
    [[nodiscard]] std::vector<ErrorEvent> setThresholds(QList<ThresholdConfig> thresholds, qint64 wallMs, qint64 monotonicMs);

    /// An incident of an earlier engine is still open on this condition: its end is told as if we had seen its start.
    void adopt(const Condition &open, Severity severity);

    /// The id of a series for feed(); stays valid for this detector's life.
    [[nodiscard]] SeriesId resolve(const SeriesKey &key, const QString &component, const QString &unit);

    /// Nobody measures it any more: its condition, if any, is told as cleared, and its next sample is a first one.
    [[nodiscard]] std::vector<ErrorEvent> forget(SeriesId id, qint64 wallMs, qint64 monotonicMs);

    /// Nothing is allocated while nothing changes.
    [[nodiscard]] std::vector<ErrorEvent> feed(const Sample &sample);
    [[nodiscard]] std::vector<ErrorEvent> feed(SeriesId id, double value, qint64 wallMs, qint64 monotonicMs);

    /// Unknown for a series that was never seen or that has no threshold.
    [[nodiscard]] Health statusOf(const SeriesKey &key) const;
    /// The threshold that judges this series, for MetricRow and chart lines.
    [[nodiscard]] std::optional<ThresholdConfig> limitsOf(const SeriesKey &key) const;
    /// Whether the condition (of kind Threshold) still holds.
    [[nodiscard]] bool holds(const Condition &condition) const;
    /// How long a limit has been exceeded at that time, 0 when it is not; counts the time before `for` was over.
    [[nodiscard]] qint64 overForMs(const SeriesKey &key, qint64 monotonicMs) const;

private:
    struct Series {
        SeriesKey key;
        QString component, unit;
        int threshold = -1;                  ///< index in m_thresholds; -1: none
        // Limits as judged: negated for Direction::Below, so that "over" is always "greater".
        double sign = 1, warning = 0, critical = 0, clear = 0, criticalClear = 0, lowest = 0;
        qint64 forMs = 0;
        Health level = Health::Healthy;
        bool fresh = false;                  ///< limits have just changed: judge without hysteresis
        qint64 warningSince = -1, criticalSince = -1, warningSinceWall = 0, criticalSinceWall = 0;
        qint64 lastMonotonic = -1, lastWall = 0, interval = 0;
        bool lastWasGap = false;
        double lastValue = 0;
    };
    [[nodiscard]] int matching(const SeriesKey &key) const;
    void applyLimits(Series &series, int threshold) const;
    void keepTime(Series &series, qint64 wallMs, qint64 monotonicMs) const;
    void keepSince(Series &series, double value, qint64 wallMs, qint64 monotonicMs) const;
    [[nodiscard]] Health judge(const Series &series, double value, qint64 monotonicMs) const;
    [[nodiscard]] std::vector<ErrorEvent> change(Series &series, Health level, qint64 wallMs, qint64 monotonicMs);
    [[nodiscard]] ErrorEvent event(const Series &series, qint64 wallMs, qint64 monotonicMs) const;

    QList<ThresholdConfig> m_thresholds;
    std::vector<Series> m_series;
    QHash<SeriesKey, SeriesId> m_ids;
};

} // namespace prunella
