#pragma once
// Which processes hold which files and sockets open, from /proc/PID/fd; only those that this user may look into.
#include "core/monitoring/MonitorCancel.h"
#include "core/monitoring/ProcPaths.h"

#include <QDeadlineTimer>
#include <QList>
#include <QString>

#include <functional>
#include <sys/types.h>

namespace prunella::treeprobe {

struct OpenFile {
    qint64 pid = 0;
    QString process;       ///< comm
    QString path;          ///< without " (deleted)"
    quint64 bytes = 0;     ///< what it takes on the disk
    bool deleted = false, writable = false;
};

/// Regular files on one device.
[[nodiscard]] QList<OpenFile> openFilesOn(dev_t device, const ProcPaths &paths, const QDeadlineTimer &deadline, const MonitorCancel &cancel);

/// The first process that has this socket open; 0: none that may be seen.
[[nodiscard]] qint64 holderOf(quint64 socketInode, const ProcPaths &paths, const QDeadlineTimer &deadline, const MonitorCancel &cancel);

/// "postgres"; empty when it is gone
[[nodiscard]] QString commandName(qint64 pid, const ProcPaths &paths);
/// The content of a small kernel file; empty when it cannot be read.
[[nodiscard]] QByteArray smallFile(const QString &path);

} // namespace prunella::treeprobe
