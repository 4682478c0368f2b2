#pragma once
// A configuration file read and replaced as a whole: in the same folder, synced, with owner, rights, ACL and extended
// attributes of the old one, which stays beside it as .prunella-backup-NAME-N. A link is followed to its target.
#include "core/base/Result.h"

#include <QByteArray>

namespace prunella {

struct FileSnapshot {
    QString path;             ///< absolute, without links
    QByteArray bytes;
    QString fingerprint;      ///< SHA-256 of the bytes, hex
};

/// At most 4 MiB of a regular file. NotFound, NotAuthorised, Invalid (a folder, a device, too large), Io.
[[nodiscard]] Result<FileSnapshot> readWholeFile(const QString &file);

/// Whether replacing would work and keep what must be kept, before anything is done. NotAuthorised: no right to write in
/// the folder, a read-only file system, the file belongs to another user (its owner would change), it cannot be changed
/// (chattr +i). Invalid: another hard link names it, it is a mount of its own.
[[nodiscard]] Status mayReplaceFile(const QString &file);

/// Writes `bytes` in the place of what `before` holds; the path of the backup. Busy, and nothing happens: the file is not
/// as in `before` any more. Io, with the old file untouched: the disk is full, or it failed.
[[nodiscard]] Result<QString> replaceFile(const FileSnapshot &before, const QByteArray &bytes);

/// So many backups of one file are kept, the newest.
inline constexpr int keptBackups = 10;

} // namespace prunella
