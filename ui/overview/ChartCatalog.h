#pragma once
// Which charts there are, made from what is measured.
#include "core/model/Frame.h"
#include "ui/charts/ChartSpec.h"

#include <QStringList>

namespace prunella {

/// All charts that have values, in the order in which they are offered: machine first, then services by name.
[[nodiscard]] QList<ChartSpec> availableCharts(const EngineFrame &frame);
/// What is shown before anybody chose: the machine, the busiest network, and the first services; at most 12.
[[nodiscard]] QStringList defaultCharts(const QList<ChartSpec> &available, const EngineFrame &frame);

/// "CPU usage", "Response time"; the metric's own name when it is nobody's but the user's.
[[nodiscard]] QString metricTitle(const QString &metric);
/// Worst state of the named series.
[[nodiscard]] Health worstOf(const EngineFrame &frame, const QList<LineSpec> &lines);

} // namespace prunella
