#pragma once
// The files of one folder that a rule names; never what a link leads to, never another file system.
#include "core/recovery/DiskPlan.h"

namespace prunella {

struct DiskListing {
    QList<DiskFile> files;    ///< regular files with one name that match, in no order
    QStringList locked;       ///< folders in which we may not delete
    bool complete = true;     ///< false: there were more entries than are looked at
};

/// `patterns` relative to `folder`, each part as a shell's glob (a leading dot must be written). NotFound: there is no
/// such folder. Invalid: it, or a part of its path, is a link.
[[nodiscard]] Result<DiskListing> listDiskFiles(const QString &folder, const QStringList &patterns);

/// Empty: it is deleted. Else why it was left alone: it is gone, another one, changed, a link, or no right.
[[nodiscard]] QString deleteDiskFile(const QString &folder, const DiskFile &file);

} // namespace prunella
