#pragma once
#include "core/monitoring/MonitorJob.h"

#include <QHash>
#include <QThreadPool>
#include <QTimer>

namespace prunella {

/// Runs monitors at aligned times (multiples of their interval on the monotonic clock) in threads of its own and
/// brings their samples into the thread it lives in. A monitor that is still running when it is due again is left out.
class MonitorScheduler final : public QObject
{
    Q_OBJECT
public:
    /// The clock must outlive this object; its now() is also called in the pool.
    explicit MonitorScheduler(const Clock &clock, QObject *parent = nullptr);
    ~MonitorScheduler() override;

    /// Replaces all. Those also in the old set keep their times; results of the others are dropped.
    void setMonitors(std::vector<std::shared_ptr<Monitor>> monitors);
    /// Samples everything at once, then at the aligned times.
    void start();
    /// Returns within about two seconds, whatever the monitors do. Nothing is signalled afterwards.
    void stop();
    [[nodiscard]] bool isRunning() const { return m_running; }
    /// Samples the monitor of this name now, or all when it is empty; the aligned times stay. false: not started, or
    /// no such monitor.
    bool sampleNow(const QString &name = {});
    /// Starts what is due by the clock. The timer does this; a test with a manual clock does it itself.
    void tick();

Q_SIGNALS:
    void samplesReady(const QList<prunella::Sample> &samples);
    /// Said once for each new reason, also for a monitor that is overdue.
    void monitorFailed(const QString &monitor, const QString &reason);
    void monitorRecovered(const QString &monitor);

private:
    struct Entry {
        std::shared_ptr<Monitor> monitor;
        QString name;
        qint64 intervalMs = 0;
        qint64 dueMs = 0;      ///< monotonic
    };
    void launch(const std::vector<const Entry *> &entries);
    void startJob(QThreadPool &pool, std::vector<std::shared_ptr<Monitor>> monitors);
    void takeResults(const QList<MonitorResult> &results, quint64 round);
    void report(QString name, QString reason);
    void armTimer(qint64 nowMs);
    void makePools();
    void closePools();

    const Clock &m_clock;
    std::vector<Entry> m_entries;
    QHash<Monitor *, quint64> m_busy;  ///< under way since which round, also those no longer in m_entries
    QHash<QString, QString> m_reasons; ///< by monitor name, why it failed last
    QTimer m_timer;
    std::shared_ptr<MonitorRelay> m_relay;
    std::unique_ptr<QThreadPool> m_quickPool, m_blockingPool;
    quint64 m_round = 0;               ///< counts the starts
    bool m_running = false;
};

} // namespace prunella
