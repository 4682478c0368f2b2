#include "core/monitoring/NagiosProbe.h"

#include <QPromise>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

constexpr unsigned long kEndMs = 500; // a killed plugin is gone at once, unless the kernel holds it
constexpr qint64 kSpareMs = 5000;     // the probe's own timeout comes first and cancels

} // namespace

struct NagiosProbe::Shared {
    MonitorCancel cancel;
    QPromise<PluginResult> promise;
};

NagiosProbe::NagiosProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock, QObject *parent)
    : HealthProbe(config, clock, parent)
{
    connect(&m_watcher, &QFutureWatcher<PluginResult>::finished, this, &NagiosProbe::onFinished);
}

NagiosProbe::~NagiosProbe()
{
    abort();
    if (!m_thread || m_thread->wait(kEndMs))
        return;
    QThread *hanging = m_thread.release(); // it ends when the kernel lets go of the plugin
    connect(hanging, &QThread::finished, hanging, &QObject::deleteLater);
}

void NagiosProbe::run()
{
    m_shared = std::make_shared<Shared>();
    m_shared->promise.start();
    m_watcher.setFuture(m_shared->promise.future());
    m_thread.reset(QThread::create([shared = m_shared, command = m_config.command, timeoutMs = m_config.timeoutMs + kSpareMs] {
        shared->promise.addResult(runPlugin(command, timeoutMs, shared->cancel));
        shared->promise.finish();
    }));
    m_thread->start();
}

void NagiosProbe::abort()
{
    m_watcher.disconnect(this);
    if (m_shared)
        m_shared->cancel.cancel();
}

void NagiosProbe::onFinished()
{
    const PluginResult result = m_watcher.result();
    m_result.timedOut = result.timedOut;
    if (result.state == PluginState::Ok || result.state == PluginState::Warning)
        pass(result.text);
    else
        fail(result.text);
}

} // namespace prunella
