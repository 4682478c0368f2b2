#pragma once
#include "core/model/ServiceConfig.h"
#include "core/monitoring/Monitor.h"

#include <memory>
#include <vector>

namespace prunella {

/// type: plugin. Loads the plugin and asks it for its monitors; it is never unloaded. A file that cannot be had or
/// trusted, or is no plugin of this version, gives one monitor that measures nothing and says why as its problem().
/// Exceptions of a plugin end here: they are a problem, too. Its monitors count as blocking, and what they bring is
/// checked: values that are no numbers are dropped, absent times and components are filled in.
[[nodiscard]] std::vector<std::shared_ptr<Monitor>> pluginMonitors(const MonitorConfig &config, qint64 intervalMs);

} // namespace prunella
