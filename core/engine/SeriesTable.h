#pragma once
// The newest value of every series, its limits and its course. One owner: the engine thread.
#include "core/base/Clock.h"
#include "core/detection/AnomalyDetector.h"
#include "core/detection/AnomalyGroups.h"
#include "core/detection/Flapping.h"
#include "core/detection/ThresholdDetector.h"
#include "core/detection/Trend.h"
#include "core/model/Incident.h"
#include "core/model/StoreQueries.h"

namespace prunella {

class SeriesTable
{
public:
    explicit SeriesTable(QList<ThresholdConfig> thresholds);

    struct Fed { QList<MetricRow> rows; std::vector<ErrorEvent> events; };
    /// Judges the samples against the thresholds; the rows are what the store keeps: of each series one in `storeEveryMs`.
    [[nodiscard]] Fed feed(const QList<Sample> &samples, qint64 storeEveryMs = 0);
    /// The same for one value and without a row, for a replay; `series` is of seriesOf() and valid until forgetOlderThan().
    void judge(int series, double value, qint64 wallMs, qint64 monotonicMs, std::vector<ErrorEvent> &events);
    [[nodiscard]] int seriesOf(const SeriesKey &key, const QString &component, const QString &unit);
    /// Anomalies that have been quiet are over; at least once a minute.
    [[nodiscard]] std::vector<ErrorEvent> tick(const Now &now) { return m_anomalies.tick(now); }
    /// Off: what is unusual now is told as cleared, and nothing is scored.
    [[nodiscard]] std::vector<ErrorEvent> findAnomalies(bool on, const Now &now);
    /// Components whose normal is not learnt now: something is known to be wrong with them.
    void setBroken(const QSet<QString> &components) { m_broken = components; }
    [[nodiscard]] std::vector<ErrorEvent> setThresholds(const QList<ThresholdConfig> &thresholds, const Now &now);

    [[nodiscard]] QList<MetricRow> rows() const;
    [[nodiscard]] qint64 lastSampleAt() const { return m_lastSampleAt; }
    /// What diagnosis may know: the component's own series and the host's.
    [[nodiscard]] QMap<SeriesKey, SeriesFacts> factsFor(const QString &component, const Now &now) const;
    /// The last half hour of a series, means of equal slices, in time order; empty: it is not measured.
    [[nodiscard]] std::vector<TrendPoint> points(const SeriesKey &key) const;
    /// An incident of an earlier engine is still open on this condition.
    void adopt(const Incident &incident, const Now &now);
    [[nodiscard]] bool holds(const Condition &condition) const
    {
        return condition.kind == ConditionKind::Anomaly ? m_anomalies.holds(condition) : m_detector.holds(condition);
    }
    /// What was learnt of each series, for the next engine; restore takes what is valid of it.
    [[nodiscard]] QMap<QString, QByteArray> saveAnomalies() const;
    void restoreAnomalies(const QMap<QString, QByteArray> &saved) { m_saved = saved; }
    /// When the series was last measured, wall ms; 0: never.
    [[nodiscard]] qint64 measuredAt(const SeriesKey &key) const;
    /// Its newest value; nothing: never measured.
    [[nodiscard]] std::optional<double> valueOf(const SeriesKey &key) const;
    [[nodiscard]] bool isFlapping(const SeriesKey &key) const;
    /// The worst state of a component's series, and the sentence for it; Unknown when it has none.
    [[nodiscard]] std::pair<Health, QString> worstOf(const QString &component) const;
    /// Series that nobody measured for that long are forgotten, for example of a mount that is gone.
    /// Their conditions, which nobody could see end any more, are told as cleared.
    [[nodiscard]] std::vector<ErrorEvent> forgetOlderThan(qint64 wallMs, const Now &now);

private:
    struct Entry {
        MetricRow row;
        qint64 storedAt = 0;
        ThresholdDetector::SeriesId id = 0;
        TrendWindow window;
        Flapping flapping;
        std::unique_ptr<AnomalyState> normal;      ///< made at the first sample while anomalies are looked for
    };
    void refreshLimits(Entry &entry);
    void score(Entry &entry, qint64 monotonicMs, std::vector<ErrorEvent> &events);

    ThresholdDetector m_detector;
    AnomalyGroups m_anomalies;
    bool m_findAnomalies = false;
    QSet<QString> m_broken;
    QMap<QString, QByteArray> m_saved;             ///< of series that were not measured yet
    QHash<SeriesKey, int> m_index;
    std::vector<std::unique_ptr<Entry>> m_entries;
    qint64 m_lastSampleAt = 0;
};

} // namespace prunella
