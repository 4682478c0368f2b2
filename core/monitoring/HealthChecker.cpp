#include "core/monitoring/HealthChecker.h"
#include "core/monitoring/HealthProbe.h"

#include <QNetworkAccessManager>
#include <QPointer>
#include <QRandomGenerator>

namespace prunella {

namespace {

constexpr qint64 kMaxFirstDelayMs = 5000; // enough to spread many checks, short enough to know the state soon

struct Round { QList<CheckResult> results; qsizetype missing = 0; HealthChecker::Answered answered; };

} // namespace

struct HealthChecker::Scheduled {
    QString service;
    int index = 0;
    qint64 intervalMs = 0;
    HealthCheckConfig config;
    QTimer timer{};
    QPointer<HealthProbe> running{};
};

HealthChecker::HealthChecker(std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent), m_clock(std::move(clock))
{
}

// Before the network that their replies belong to.
HealthChecker::~HealthChecker()
{
    qDeleteAll(findChildren<HealthProbe *>(Qt::FindDirectChildrenOnly));
}

void HealthChecker::setServices(const QList<ServiceConfig> &services, qint64 defaultIntervalMs)
{
    for (const auto &check : m_schedule)
        delete check->running.data();
    m_schedule.clear();
    m_checks.clear();
    for (const ServiceConfig &service : services) {
        m_checks.insert(service.name, service.health);
        for (int index = 0; index < int(service.health.size()); ++index)
            schedule(service, index, defaultIntervalMs);
    }
}

void HealthChecker::schedule(const ServiceConfig &service, int index, qint64 defaultIntervalMs)
{
    const HealthCheckConfig &config = service.health.at(index);
    const qint64 ownMs = config.intervalMs ? config.intervalMs : service.intervalMs;
    const qint64 intervalMs = std::clamp<qint64>(ownMs ? ownMs : defaultIntervalMs, 10, 86'400'000);
    auto check = std::make_unique<Scheduled>(service.name, index, intervalMs, config);
    // Spread: checks of one interval would all start at the same moment for ever.
    const int firstMs = QRandomGenerator::global()->bounded(int(std::min(intervalMs, kMaxFirstDelayMs)));
    connect(&check->timer, &QTimer::timeout, this, [this, scheduled = check.get()] { runScheduled(*scheduled); });
    check->timer.start(firstMs);
    m_schedule.push_back(std::move(check));
}

void HealthChecker::runScheduled(Scheduled &check)
{
    if (check.timer.interval() != int(check.intervalMs))
        check.timer.start(int(check.intervalMs)); // this was the first, at its random time
    if (check.running)
        return;
    HealthProbe *probe = makeHealthProbe(check.config, m_clock, m_network, this);
    check.running = probe;
    connect(probe, &HealthProbe::finished, this, [this, &check](CheckResult result) {
        check.running.clear();
        result.service = check.service;
        result.index = check.index;
        emitResult(result); // last: the receiver may replace the schedule
    });
    probe->start();
}

void HealthChecker::emitResult(const CheckResult &result)
{
    RawEvent event;
    event.kind = RawEventKind::CheckDone;
    event.component = result.service;
    event.check = result;
    event.wallMs = result.wallMs;
    event.monotonicMs = result.monotonicMs;
    Q_EMIT eventReady(event);
}

void HealthChecker::checkNow(const QString &service, Answered answered)
{
    auto round = std::make_shared<Round>();
    round->answered = std::move(answered);
    const QList<HealthCheckConfig> checks = m_checks.value(service);
    QList<HealthProbe *> probes;
    for (int index = 0; index < int(checks.size()); ++index) {
        HealthProbe *probe = makeHealthProbe(checks.at(index), m_clock, m_network, this);
        probes.append(probe);
        connect(probe, &HealthProbe::finished, this, [round, service, index](CheckResult result) {
            result.service = service;
            result.index = index;
            round->results[index] = result;
            if (--round->missing == 0)
                round->answered(round->results);
        });
    }
    round->results.resize(probes.size());
    round->missing = probes.size();
    // Started from the event loop, so that the answer never comes before this function returns.
    if (probes.isEmpty())
        QMetaObject::invokeMethod(this, [round] { round->answered({}); }, Qt::QueuedConnection);
    for (HealthProbe *probe : std::as_const(probes))
        QMetaObject::invokeMethod(probe, [probe] { probe->start(); }, Qt::QueuedConnection);
}

} // namespace prunella
