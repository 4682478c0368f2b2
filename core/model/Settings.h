#pragma once
// What the settings panel shows and changes. Paths are dotted keys below `self_healing`;
// a list entry is named as in thresholds[disk_usage,path=/].warning
#include "core/model/Config.h"

namespace prunella {

enum class SettingKind { Number, Integer, Duration, Boolean, Choice, Text };

struct SettingValue {
    QString path;                ///< "error_detection.threshold_cpu"
    SettingKind kind = SettingKind::Text;
    QString value;               ///< as written in YAML: "80.0", "30s", "approve"; the default when `isDefault`
    QString unit;                ///< "%", "ms", "" — for display
    QStringList choices;         ///< Choice
    double minimum = 0, maximum = 0; ///< Number and Integer; equal: unbounded
    bool isDefault = true;       ///< no file sets it
    bool editable = true;
    QString whyNot;              ///< when not editable: "behind the alias *base at line 12"
    QString file;                ///< the layer that holds the value; empty for a default
    int line = 0;
};

struct SettingChange { QString path; QString value; };

struct SettingsSnapshot {
    QList<SettingValue> values;
    QList<ThresholdConfig> thresholds;
    QString file;                ///< where a new value would be written; empty: no file can be written
    QString environment;
};

struct SettingsPreview {
    QList<ConfigProblem> problems; ///< any error: nothing may be saved
    QString diff;                ///< unified difference of every touched file
};

} // namespace prunella
