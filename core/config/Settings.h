#pragma once
// What the settings panel needs: the values with the place that sets each, a preview of changes, and saving them into the
// layer that holds the value, every other byte unchanged. Reads the files anew at each call.
#include "core/config/ConfigSources.h"
#include "core/model/Settings.h"

namespace prunella {

[[nodiscard]] SettingsSnapshot settingsSnapshot(const ConfigSources &sources);

/// The changes against the whole configuration; writes nothing.
[[nodiscard]] SettingsPreview previewSettings(const ConfigSources &sources, const QList<SettingChange> &changes);

/// Writes the changes unless there is an error; an empty list is success.
[[nodiscard]] QList<ConfigProblem> saveSettings(const ConfigSources &sources, const QList<SettingChange> &changes);

} // namespace prunella
