#pragma once
// All that looks at the world, wired to two signals. Lives in the engine thread.
#include "core/base/Clock.h"
#include "core/model/Config.h"
#include "core/monitoring/ContainerWatcher.h"
#include "core/monitoring/HealthChecker.h"
#include "core/monitoring/KernelLog.h"
#include "core/monitoring/LogSources.h"
#include "core/monitoring/MonitorScheduler.h"
#include "core/monitoring/PidWatcher.h"
#include "core/monitoring/UnitWatcher.h"

#include <QTimer>
#include <atomic>

namespace prunella {

class Sources : public QObject
{
    Q_OBJECT
public:
    explicit Sources(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ~Sources() override;

    void configure(const Config &config);
    void start();
    void stop();
    [[nodiscard]] PidWatcher &pids() { return m_pids; }
    void checkNow(const QString &service, HealthChecker::Answered answered) { m_checks.checkNow(service, std::move(answered)); }
    void drainKernelLog() { m_kernel.drain(); }
    [[nodiscard]] bool kernelLogReadable() const { return m_kernel.isReading(); }
    /// The process whose tree is measured as the service's; 0: none.
    void setMainPid(const QString &service, qint64 pid);
    /// A container is about to be ended by us: no crash.
    void markContainerStopRequested(const QString &service);
    /// The host's charts are looked at: measured each second, not stored.
    void setFast(bool on);
    [[nodiscard]] bool isFast() const { return m_fast; }
    /// enable_monitoring: the service is sampled and its health checks run at least that often, until lookAsBefore(). Another
    /// configuration does not end it. Its checks that are under way are asked anew.
    void lookCloser(const QString &service, qint64 intervalMs);
    void lookAsBefore(const QString &service);
    /// ms of a closer look, 0: none.
    [[nodiscard]] qint64 closerIntervalMs(const QString &service) const { return m_closer.value(service); }
    [[nodiscard]] LogSources &logs() { return m_logs; }

Q_SIGNALS:
    void eventReady(const prunella::RawEvent &event);
    void samplesReady(const QList<prunella::Sample> &samples);
    void monitorFailed(const QString &monitor, const QString &reason);
    void linesReady(const QList<prunella::LogLine> &lines);
    /// empty text: good again
    void logProblem(const QString &source, const QString &text);

private:
    void setMonitors();
    void setChecks();
    void setResourceInterval();
    void setCloser();
    void watchUnits();
    void wireUnits(UnitWatcher &watcher);

    std::shared_ptr<const Clock> m_clock;
    Config m_config;
    MonitorScheduler m_scheduler;
    HealthChecker m_checks;
    PidWatcher m_pids;
    KernelLog m_kernel;
    LogSources m_logs;
    std::unique_ptr<UnitWatcher> m_system, m_user; ///< only when a service is of that manager
    QTimer m_resources;                            ///< memory and CPU of the units
    QMap<QString, std::shared_ptr<std::atomic<qint64>>> m_mainPids;
    QMap<QString, qint64> m_closer;                ///< services looked at more closely, and how often
    bool m_started = false, m_fast = false;
    void watchContainers();
    std::map<QString, std::unique_ptr<ContainerWatcher>> m_containers; ///< by socket as the configuration has it
};

} // namespace prunella
