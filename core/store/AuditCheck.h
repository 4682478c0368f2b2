#pragma once
#include "core/store/AuditChain.h"

namespace prunella {

/// What the audit trail says of itself.
struct AuditVerdict {
    enum class Break { None, Changed, Missing, Inserted, Reordered, CutOff, NoHead };
    Break kind = Break::None;
    qint64 seq = 0;               ///< the first record that is not as it was written
    QString text;                 ///< one sentence; empty when it is unbroken
    qint64 records = 0;           ///< how many there are
    QString since;                ///< ISO time of the first of them
    store::AuditHead last;
};
[[nodiscard]] QString toString(AuditVerdict::Break kind);

namespace store {

/// `rows` by their numbers, `stored` as `state` has it (0: it has none), `outside` the lines of audit.head, read before the rows.
[[nodiscard]] AuditVerdict checkAudit(const QList<AuditRow> &rows, const AuditHead &stored, const QList<AuditHead> &outside);

} // namespace store
} // namespace prunella
