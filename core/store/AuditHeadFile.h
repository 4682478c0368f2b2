#pragma once
// audit.head: which record of the audit trail was the last one, kept outside of the database. One line a commit, "seq hash",
// appended and made durable after the commit; so it is behind the table by at most what was committed last.
#include "core/base/Result.h"

#include <QList>

namespace prunella::store {

/// A record by its number and its hash; 0 and empty: before the first one.
struct AuditHead {
    qint64 seq = 0;
    QString hash;
    bool operator==(const AuditHead &) const = default;
};

/// "seq hash", as it stands in the file and in `state`; nothing when it is none.
[[nodiscard]] QString auditHeadText(const AuditHead &head);
[[nodiscard]] std::optional<AuditHead> auditHeadOf(QStringView text);

/// All lines, oldest first, without torn ones. NotFound when there is no file.
[[nodiscard]] Result<QList<AuditHead>> readAuditHeads(const QString &path);
/// Mode 0600. A file over 1 MiB is replaced by one with this line.
[[nodiscard]] Status appendAuditHead(const QString &path, const AuditHead &head);

} // namespace prunella::store
