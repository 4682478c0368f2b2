#pragma once
#include "core/base/Result.h"
#include "core/model/ServiceConfig.h"
#include "core/monitoring/MonitorCancel.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/ProcSeries.h"

namespace prunella {

/// The one number a command prints on its standard output; blanks around it do not matter.
[[nodiscard]] Result<double> parseCommandNumber(const QByteArray &output);

/// type: command. A program's number as the metric that the monitor's name names.
class CommandMonitor final : public Monitor
{
public:
    CommandMonitor(const MonitorConfig &config, qint64 intervalMs);
    [[nodiscard]] QString name() const override { return m_config.name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] bool mayBlock() const override { return true; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;
    void cancel() override { m_cancel.cancel(); }

private:
    [[nodiscard]] Result<double> measure();

    MonitorConfig m_config;
    qint64 m_intervalMs;
    ProcSeries m_series;
    MonitorCancel m_cancel;
};

} // namespace prunella
