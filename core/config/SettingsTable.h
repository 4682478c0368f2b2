#pragma once
#include "core/model/Settings.h"

namespace prunella {

/// Every setting with kind, unit and bounds; `value` is what applies in this configuration, written as in YAML.
[[nodiscard]] QList<SettingValue> settingsTable(const Config &config);

} // namespace prunella
