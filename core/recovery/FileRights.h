#pragma once
// Whether the user we run as may change a file, a folder, a work tree; speak to a socket; run a command. Each looks only.
#include "core/model/FileActions.h"
#include "core/model/Rights.h"

namespace prunella {

/// Replaced with its rights kept, as adjust_timeout does it.
[[nodiscard]] Right fileRight(const QString &file);
/// Read, whether it is there by now or not: one that is missing is refused with that.
[[nodiscard]] Right readRight(const QString &file);
/// Names are put into and taken out of it; `why` says for what. One that is missing: its parent counts.
[[nodiscard]] Right folderRight(const QString &folder, const QString &why);
/// The folder in which `path` lies.
[[nodiscard]] Right folderOfRight(const QString &path, const QString &why);
[[nodiscard]] Right ownerRight(const QString &path, const QString &why);
[[nodiscard]] Right socketRight(const QString &socket);
[[nodiscard]] Right commandRight(const CommandConfig &command);
/// The same for a bare argument vector, as our own user.
[[nodiscard]] Right commandRight(const QString &name, const QStringList &words);
[[nodiscard]] Right diskRight(const DiskRuleConfig &rule);
/// `what`: "install another version of web"
[[nodiscard]] Right rootRight(const QString &what);

} // namespace prunella
