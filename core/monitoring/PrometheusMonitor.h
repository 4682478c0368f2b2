#pragma once
#include "core/base/Result.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/MonitorCancel.h"
#include "core/monitoring/PrometheusFilter.h"
#include "core/monitoring/PrometheusRates.h"

namespace prunella {

/// type: prometheus. The series of one endpoint under the names as exposed, see PrometheusRates; a monitor with a name adds
/// the label `instance` with it, unless the endpoint has one, so that two endpoints of one kind are told apart.
class PrometheusMonitor final : public Monitor
{
public:
    PrometheusMonitor(const MonitorConfig &config, qint64 intervalMs);
    [[nodiscard]] QString name() const override { return m_name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] bool mayBlock() const override { return true; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;
    void cancel() override { m_cancel.cancel(); }

private:
    [[nodiscard]] Result<PromScrape> scrape();
    [[nodiscard]] Sample toSample(const PromReading &reading, const Now &now) const;

    MonitorConfig m_config;
    QString m_name;
    qint64 m_intervalMs;
    PrometheusFilter m_filter;
    PrometheusRates m_rates;
    MonitorCancel m_cancel;
};

} // namespace prunella
