#pragma once
#include "core/model/ServiceConfig.h"
#include "core/monitoring/Monitor.h"
#include "core/monitoring/PluginRun.h"

#include <QHash>

namespace prunella {

/// type: nagios. A plugin's verdict as `<name>.state` (0 ok, 1 warning, 2 critical; no sample when it is unknown) and its
/// performance data as `<name>.<label>`, counters as rates. The verdict is the plugin's own: some print limits that are
/// no ranges of the guidelines (free swap with its lower limits), so values outside their ranges are named, not judged.
/// problem() is the plugin's first line as it was when its state changed, so that it is told once a state.
class NagiosMonitor final : public Monitor
{
public:
    NagiosMonitor(const MonitorConfig &config, qint64 intervalMs);
    [[nodiscard]] QString name() const override { return m_config.name; }
    [[nodiscard]] qint64 intervalMs() const override { return m_intervalMs; }
    [[nodiscard]] bool mayBlock() const override { return true; }
    [[nodiscard]] QList<Sample> sample(const Now &now) override;
    void cancel() override { m_cancel.cancel(); }

private:
    struct Count { double value = 0; qint64 monotonicMs = 0; };
    void tell(const PluginResult &result);
    void append(QList<Sample> &samples, const QString &label, double value, const QString &unit, const Now &now) const;
    void appendRate(QList<Sample> &samples, const PerfValue &value, const Now &now);

    MonitorConfig m_config;
    qint64 m_intervalMs;
    MonitorCancel m_cancel;
    QHash<QString, Count> m_counts; ///< label: as last read
    std::optional<PluginState> m_told;
};

} // namespace prunella
