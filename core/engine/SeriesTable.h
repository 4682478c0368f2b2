#pragma once
// The newest value of every series, its limits and its course. One owner: the engine thread.
#include "core/base/Clock.h"
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
    /// Judges the samples against the thresholds; the rows are what the store keeps.
    [[nodiscard]] Fed feed(const QList<Sample> &samples);
    /// The same for one value and without a row, for a replay; `series` is of seriesOf() and valid until forgetOlderThan().
    void judge(int series, double value, qint64 wallMs, qint64 monotonicMs, std::vector<ErrorEvent> &events);
    [[nodiscard]] int seriesOf(const SeriesKey &key, const QString &component, const QString &unit);
    [[nodiscard]] std::vector<ErrorEvent> setThresholds(const QList<ThresholdConfig> &thresholds, const Now &now);

    [[nodiscard]] QList<MetricRow> rows() const;
    [[nodiscard]] qint64 lastSampleAt() const { return m_lastSampleAt; }
    /// What diagnosis may know: the component's own series and the host's.
    [[nodiscard]] QMap<SeriesKey, SeriesFacts> factsFor(const QString &component, const Now &now) const;
    /// An incident of an earlier engine is still open on this condition.
    void adopt(const Incident &incident) { m_detector.adopt(incident.condition, incident.severity); }
    [[nodiscard]] bool holds(const Condition &condition) const { return m_detector.holds(condition); }
    [[nodiscard]] bool isFlapping(const SeriesKey &key) const;
    /// The worst state of a component's series, and the sentence for it; Unknown when it has none.
    [[nodiscard]] std::pair<Health, QString> worstOf(const QString &component) const;
    /// Series that nobody measured for that long are forgotten, for example of a mount that is gone.
    void forgetOlderThan(qint64 wallMs);

private:
    struct Entry {
        MetricRow row;
        ThresholdDetector::SeriesId id = 0;
        TrendWindow window;
        Flapping flapping;
    };
    void refreshLimits(Entry &entry);

    ThresholdDetector m_detector;
    QHash<SeriesKey, int> m_index;
    std::vector<std::unique_ptr<Entry>> m_entries;
    qint64 m_lastSampleAt = 0;
};

} // namespace prunella
