#include "core/monitoring/HealthProbe.h"
#include "core/monitoring/HttpProbe.h"
#include "core/monitoring/NagiosProbe.h"
#include "core/monitoring/TcpProbe.h"

#include <QNetworkAccessManager>
#include <QNetworkProxy>

namespace prunella {
using namespace Qt::StringLiterals;

HealthProbe::HealthProbe(const HealthCheckConfig &config, std::shared_ptr<const Clock> clock, QObject *parent)
    : QObject(parent), m_config(config), m_clock(std::move(clock))
{
    m_result.type = config.type;
    m_timeout.setSingleShot(true);
    connect(&m_timeout, &QTimer::timeout, this, &HealthProbe::timeOut);
}

void HealthProbe::start()
{
    m_elapsed.start();
    m_timeout.start(int(std::clamp<qint64>(m_config.timeoutMs, 1, 3'600'000)));
    run();
}

void HealthProbe::timeOut()
{
    m_result.timedOut = true;
    const double seconds = double(m_config.timeoutMs) / 1000;
    fail(u"timed out after "_s + QString::number(seconds) + u" s"_s);
}

void HealthProbe::answer(bool ok, const QString &text)
{
    if (std::exchange(m_answered, true))
        return;
    m_timeout.stop();
    const Now now = m_clock->now();
    m_result.ok = ok;
    m_result.text = text;
    m_result.latencyMs = double(m_elapsed.nsecsElapsed()) / 1e6;
    m_result.wallMs = now.wallMs;
    m_result.monotonicMs = now.monotonicMs;
    abort();
    deleteLater();
    Q_EMIT finished(m_result);
}

HealthProbe *makeHealthProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock,
                             std::unique_ptr<QNetworkAccessManager> &network, QObject *parent)
{
    if (config.type == CheckType::Tcp)
        return new TcpProbe(config, clock, parent);
    if (config.type == CheckType::Nagios)
        return new NagiosProbe(config, clock, parent);
    if (!network) {
        network = std::make_unique<QNetworkAccessManager>();
        network->setProxy(QNetworkProxy::NoProxy); // the service itself is asked, not what stands before it
        network->setAutoDeleteReplies(false);
    }
    return new HttpProbe(config, clock, network.get(), parent);
}

} // namespace prunella
