#pragma once
// All detectors and what is common to them: readings, events and lines go in, error events come out. One owner: the engine
// thread, or a replay. Pure but for the values it keeps.
#include "core/detection/CheckTracker.h"
#include "core/detection/CrashDetector.h"
#include "core/detection/DependencyStop.h"
#include "core/detection/LogWatch.h"
#include "core/engine/SeriesTable.h"

namespace prunella {

class Detectors
{
public:
    explicit Detectors(const Config &config);

    struct Found {
        std::vector<ErrorEvent> events;
        QList<MetricRow> rows;                   ///< what the store keeps
    };
    /// `storeEveryMs`: of each series at most one row in so much time.
    [[nodiscard]] Found feed(const QList<Sample> &samples, qint64 storeEveryMs = 0);
    /// Unit and process states, and answers of health checks.
    [[nodiscard]] Found feed(const RawEvent &event);
    [[nodiscard]] Found feed(const QList<LogLine> &lines, const Now &now);
    /// What follows from time alone; at least once a minute.
    [[nodiscard]] Found tick(const Now &now);
    /// Monotonic ms; nothing: no earlier than that minute.
    [[nodiscard]] std::optional<qint64> nextTickMs() const;

    /// At reload. What no longer is a condition is told as cleared.
    [[nodiscard]] std::vector<ErrorEvent> setConfig(const Config &config, const Now &now);
    /// Incidents of an earlier engine that are still open.
    void adopt(const QList<Incident> &open, const Now &now);
    /// Components whose normal is not learnt now: something is known to be wrong with them.
    void setFailedNeed(DependencyStop::FailedNeed failedNeed) { m_stops.setFailedNeed(std::move(failedNeed)); }
    void setBroken(const QSet<QString> &components) { m_series.setBroken(components); }
    [[nodiscard]] bool holds(const Condition &condition) const; ///< of the kinds Threshold, Anomaly, LogPattern

    /// What was learnt of series and logs, for the next engine.
    [[nodiscard]] QMap<QString, QByteArray> save() const;
    void restore(const QMap<QString, QByteArray> &saved);

    [[nodiscard]] SeriesTable &series() { return m_series; }
    [[nodiscard]] const SeriesTable &series() const { return m_series; }
    [[nodiscard]] CrashDetector &crash() { return m_crash; }
    [[nodiscard]] const CrashDetector &crash() const { return m_crash; }
    [[nodiscard]] const LogWatch &logs() const { return m_logs; }

private:
    void judge(Found &found, const QList<Sample> &samples, qint64 storeEveryMs = 0);
    void countRequests(Found &found, const Now &now);
    void setSettle(const Config &config);
    void adoptOne(const Incident &incident, const Now &now);

    SeriesTable m_series;
    CrashDetector m_crash;
    DependencyStop m_stops;
    CheckTracker m_checks;
    LogWatch m_logs;
    RequestCounter m_requests;
    QSet<QString> m_logged;                      ///< services whose log was counted into their error rate
    bool m_findPatterns;
};

} // namespace prunella
