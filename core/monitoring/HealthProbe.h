#pragma once
// One run of one health check: starts once, answers once, deletes itself. Asynchronous, bounded by its timeout.
#include "core/base/Clock.h"
#include "core/model/Events.h"
#include "core/model/ServiceConfig.h"

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>

class QNetworkAccessManager;

namespace prunella {

class HealthProbe : public QObject
{
    Q_OBJECT
public:
    HealthProbe(const HealthCheckConfig &config, std::shared_ptr<const Clock> clock, QObject *parent);

    void start();

Q_SIGNALS:
    /// type, ok, texts, latency and times are set; service and index are the caller's.
    void finished(const prunella::CheckResult &result);

protected:
    virtual void run() = 0;
    virtual void abort() = 0; ///< ends the connection; must not answer any more
    void pass(const QString &text) { answer(true, text); }
    void fail(const QString &text) { answer(false, text); }

    const HealthCheckConfig m_config;
    CheckResult m_result;
    std::shared_ptr<const Clock> m_clock;

private:
    void answer(bool ok, const QString &text);
    void timeOut();

    QTimer m_timeout;
    QElapsedTimer m_elapsed;
    bool m_answered = false;
};

/// The probe for a check, never null. `network` is made when first needed.
[[nodiscard]] HealthProbe *makeHealthProbe(const HealthCheckConfig &config, const std::shared_ptr<const Clock> &clock,
                                           std::unique_ptr<QNetworkAccessManager> &network, QObject *parent);

} // namespace prunella
