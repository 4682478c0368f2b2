#pragma once
// Runs the services' health checks on their intervals. Lives in the engine thread, never blocks, never overlaps
// two scheduled runs of one check.
#include "core/base/Clock.h"
#include "core/model/Events.h"
#include "core/model/ServiceConfig.h"

#include <QObject>
#include <QTimer>
#include <functional>
#include <memory>

class QNetworkAccessManager;

namespace prunella {

class HealthChecker : public QObject
{
    Q_OBJECT
public:
    using Answered = std::function<void(const QList<CheckResult> &)>;

    explicit HealthChecker(std::shared_ptr<const Clock> clock, QObject *parent = nullptr);
    ~HealthChecker() override;

    /// Replaces the schedule and ends runs in progress. An empty list stops everything.
    void setServices(const QList<ServiceConfig> &services, qint64 defaultIntervalMs);
    /// Runs all checks of one service now, beside the schedule, for verification and the health_check action. Always
    /// answers, later, in the order of the configuration; empty when the service has no check. Emits no events.
    void checkNow(const QString &service, Answered answered);

Q_SIGNALS:
    void eventReady(const prunella::RawEvent &event); ///< CheckDone

private:
    struct Scheduled;
    void schedule(const ServiceConfig &service, int index, qint64 defaultIntervalMs);
    void runScheduled(Scheduled &check);
    void emitResult(const CheckResult &result);

    std::shared_ptr<const Clock> m_clock;
    std::unique_ptr<QNetworkAccessManager> m_network; ///< made when the first HTTP check runs
    QMap<QString, QList<HealthCheckConfig>> m_checks;
    std::vector<std::unique_ptr<Scheduled>> m_schedule;
};

} // namespace prunella
