#pragma once
// What an action's card says beside its state: what it changes, whose step it is, who allowed it, what became of it.
#include "core/model/Incident.h"

#include <QStringList>

namespace prunella {

/// A raw value of the journal as people read it: "256 MiB", "150 % of one core", "no limit", "sha256:9f86d081884c".
[[nodiscard]] QString valueWords(const QString &subject, const QString &value);
/// "memory: 256 MiB → 320 MiB", "command: vacuum"; empty: nothing but the action itself.
[[nodiscard]] QString changeWords(const RecoveryActionRecord &action);
/// "procedure memory_leak, step raise_limit"; empty: the diagnosis' own list.
[[nodiscard]] QString stepWords(const QString &procedure, const QString &step);
/// One line a person: "uid 1000 (anna) from pts/3 at 12:03:11". Older records know the name alone.
[[nodiscard]] QStringList approvalWords(const RecoveryActionRecord &action);
/// "taken back by Increase resources at 12:09:40", "takes back …"; empty: neither.
[[nodiscard]] QString undoWords(const RecoveryActionRecord &action, const Incident &incident);

} // namespace prunella
