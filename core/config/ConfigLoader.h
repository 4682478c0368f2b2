#pragma once
// The configuration of contracts.md: layers are read, merged, validated. All problems at once, in the order of the files.
#include "core/config/ConfigSources.h"
#include "core/model/Config.h"

namespace prunella {

struct LoadedConfig {
    Config config;                  ///< to be used only when there are no errors
    QList<ConfigProblem> problems;
    QStringList files;              ///< that were read, in the order of their layers
    [[nodiscard]] bool hasErrors() const;
};

[[nodiscard]] LoadedConfig loadConfig(const ConfigSources &sources);

/// The same with other bytes in place of a file's: what would be if they were saved.
using FileContents = QMap<QString, QByteArray>;
[[nodiscard]] LoadedConfig loadConfig(const ConfigSources &sources, const FileContents &instead);

} // namespace prunella
