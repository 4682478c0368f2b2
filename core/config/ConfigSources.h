#pragma once
// Where the configuration comes from.
#include "core/config/YamlNode.h"

#include <QStringList>
#include <optional>

namespace prunella {

struct ConfigSources {
    QStringList files;          ///< in the order of their layers: a later one wins
    bool explicitFile = false;  ///< --config named the first: it must exist, and stands for both base files
    QString environment;        ///< the chosen one, empty: none
};

/// /etc/prunella/config.yaml and $XDG_CONFIG_HOME/prunella/config.yaml (or the file of --config instead of both), then
/// conf.d/*.yaml beside each in name order; only those that exist, except the file of --config. The environment is the
/// flag's, else PRUNELLA_ENVIRONMENT's.
[[nodiscard]] ConfigSources defaultSources(const QString &configFlag, const QString &environmentFlag);

/// $XDG_CONFIG_HOME/prunella/config.yaml, whether it exists or not.
[[nodiscard]] QString userConfigFile();

/// Who can write a configuration decides which commands run: a file that others can write is refused.
[[nodiscard]] std::optional<ConfigProblem> ownershipProblem(const QString &file);

} // namespace prunella
