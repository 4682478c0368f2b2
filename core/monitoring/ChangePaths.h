#pragma once
// Which files a service is configured by.
#include "core/model/ServiceConfig.h"

namespace prunella {

/// What systemd says of a unit.
struct UnitFileFacts {
    QString fragment, source;          ///< FragmentPath, SourcePath; may be empty
    QStringList dropIns;               ///< DropInPaths
    QStringList environmentFiles;      ///< EnvironmentFile=, without the leading '-'
    QList<QStringList> commands;       ///< ExecStart= and its like, argument vectors
    bool operator==(const UnitFileFacts &) const = default;
};

/// A file, or files, that a service is configured by.
struct WatchedPath {
    QString component;
    QString path;                      ///< absolute; * ? [ ] may stand in the last part when `pattern`
    bool pattern = false;
    auto operator<=>(const WatchedPath &) const = default;
};

/// Arguments that name existing files and look like configuration: under /etc, with an ending that configuration and scripts
/// have, or after an option such as --config. Logs, sockets and data that a command is given are none.
[[nodiscard]] QStringList configArguments(const QStringList &command, const QString &workingDirectory = {});
/// Directories in which a drop-in of the unit may appear, as patterns: /etc/systemd/system/web.service.d/*.conf, ...; with
/// those of its template (web@.service.d) and the places where the unit itself may be overridden.
[[nodiscard]] QStringList unitPatterns(const QString &unit, bool userManager);
/// `config_files` and the arguments of the command.
[[nodiscard]] QList<WatchedPath> configuredPaths(const ServiceConfig &service);
[[nodiscard]] QList<WatchedPath> unitPaths(const ServiceConfig &service, const UnitFileFacts &facts);
/// The unit file and the programs it starts: by these a package owns a service.
[[nodiscard]] QStringList ownedPaths(const ServiceConfig &service, const UnitFileFacts &facts);

} // namespace prunella
