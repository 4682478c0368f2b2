#pragma once
// How settings are called and grouped; an unknown one is shown under its own key.
#include "core/model/Settings.h"

namespace prunella {

/// "Confidence needed to act alone"
[[nodiscard]] QString settingTitle(const QString &path);
/// The heading of its group: "Recovery", "Guards", …
[[nodiscard]] QString settingGroup(const QString &path);
/// What it does, where the name does not say it; empty otherwise.
[[nodiscard]] QString settingHelp(const QString &path);
/// The unit beside the field.
[[nodiscard]] QString settingUnit(const SettingValue &value);
/// A word of a choice in the operator's language; the value in the file stays as it is.
[[nodiscard]] QString choiceName(const QString &word);
/// "thresholds[disk_usage,path=/]"
[[nodiscard]] QString thresholdPath(const ThresholdConfig &threshold);
/// Milliseconds as YAML wants them: "500ms", "30s", "5m", "1h".
[[nodiscard]] QString yamlDuration(qint64 ms);

} // namespace prunella
