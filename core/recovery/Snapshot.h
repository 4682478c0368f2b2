#pragma once
// A service as it is now, as one text for a person: what is attached to an incident. Environments are never read, and
// processes are named without their arguments, for both may hold secrets.
#include "core/base/Clock.h"
#include "core/base/Result.h"
#include "core/model/ServiceConfig.h"
#include "core/recovery/CancelToken.h"

#include <QByteArray>

namespace prunella {

struct SnapshotSubject {
    ServiceConfig service;
    qint64 pid = 0;               ///< main process; 0: it does not run
    QString stateDir;             ///< where the output of managed processes is
    QString incidentId, actionId;
};

inline constexpr qsizetype maxSnapshotBytes = 256 * 1024;

/// Takes about a third of a second (CPU is measured over a time), the journal and stacks up to 10 s more each. What cannot be read stands in it
/// with its reason. `now`: when it is taken. At most maxSnapshotBytes.
[[nodiscard]] QByteArray takeSnapshot(const SnapshotSubject &subject, const Now &now, const CancelToken &token);

/// Writes stateDir/attachments/NAME, mode 0600, whole or not at all; an older one of the name is replaced. Only the
/// newest 200 are kept. Its path.
[[nodiscard]] Result<QString> writeAttachment(const QString &stateDir, const QString &name, const QByteArray &bytes);

} // namespace prunella
