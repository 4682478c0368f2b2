#pragma once
#include "core/monitoring/HealthProbe.h"
#include "core/monitoring/PluginRun.h"

#include <QFutureWatcher>
#include <QThread>

namespace prunella {

/// Runs a Nagios plugin in a thread of its own. OK and WARNING are good answers (the text says which), CRITICAL, UNKNOWN
/// and no answer in time are bad.
class NagiosProbe final : public HealthProbe
{
    Q_OBJECT
public:
    NagiosProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock, QObject *parent);
    ~NagiosProbe() override;

protected:
    void run() override;
    void abort() final;

private:
    struct Shared; ///< with the thread, which may outlive the probe
    void onFinished();

    std::shared_ptr<Shared> m_shared;
    QFutureWatcher<PluginResult> m_watcher;
    std::unique_ptr<QThread> m_thread;
};

} // namespace prunella
