#pragma once
#include "core/monitoring/Monitor.h"

#include <QObject>
#include <QRunnable>
#include <atomic>
#include <memory>
#include <vector>

namespace prunella {

/// What one monitor brought; the monitor lives at least until it is delivered.
struct MonitorResult {
    std::shared_ptr<Monitor> monitor;
    QList<Sample> samples;
    QString problem;
    bool ran = false; ///< false: everything was stopped before its turn
};

/// Carries results from a pool thread into the scheduler's. Shared with the jobs, so one that hangs may outlive the
/// scheduler: its late result then reaches nobody.
class MonitorRelay : public QObject
{
    Q_OBJECT
public:
    explicit MonitorRelay(quint64 number) : round(number) {}
    const quint64 round;               ///< which start of the scheduler it belongs to
    std::atomic<bool> stopped = false; ///< jobs not yet begun do nothing

Q_SIGNALS:
    void finished(const QList<prunella::MonitorResult> &results, quint64 round);
};

/// Samples one blocking monitor, or several quick ones in a row.
class MonitorJob final : public QRunnable
{
public:
    MonitorJob(std::vector<std::shared_ptr<Monitor>> monitors, const Clock &clock, std::shared_ptr<MonitorRelay> relay)
        : m_monitors(std::move(monitors)), m_clock(clock), m_relay(std::move(relay))
    {
    }
    void run() override
    {
        QList<MonitorResult> results;
        results.reserve(qsizetype(m_monitors.size()));
        for (const auto &monitor : m_monitors) {
            if (m_relay->stopped.load(std::memory_order_acquire)) {
                results.append({monitor, {}, {}, false});
                continue;
            }
            auto samples = monitor->sample(m_clock.now());
            results.append({monitor, std::move(samples), monitor->problem(), true});
        }
        Q_EMIT m_relay->finished(results, m_relay->round);
    }

private:
    std::vector<std::shared_ptr<Monitor>> m_monitors;
    const Clock &m_clock;
    std::shared_ptr<MonitorRelay> m_relay;
};

} // namespace prunella
