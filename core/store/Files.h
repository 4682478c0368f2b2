#pragma once
// Files and directories of the store: private to their owner from the first moment on.
#include "core/base/Result.h"

namespace prunella::store {

/// Creates the directory and its parents when missing, itself with mode 0700.
[[nodiscard]] Status ensurePrivateDir(const QString &path);
/// Creates an empty file of mode 0600 when there is none; SQLite gives -wal and -shm the mode of the database.
[[nodiscard]] Status ensurePrivateFile(const QString &path);
/// Renames FILE to FILE.damaged-20261123T201501Z, its -wal and -shm likewise; returns the new path.
[[nodiscard]] Result<QString> moveAside(const QString &path, qint64 wallMs);
/// Makes a rename or a creation in this directory durable.
void syncDir(const QString &dir);
/// "No space left on device", as errno says it now.
[[nodiscard]] QString errnoText();

} // namespace prunella::store
