#pragma once
// Restarts of units as a test asks for them, and systemd's own word on what came of it.
#include "core/recovery/RecoveryAction.h"

#include <QStringList>

namespace prunella::testing {

/// systemctl's output, trimmed; for user units with the user's environment, which this process has by then.
QString systemctl(const QStringList &arguments);
[[nodiscard]] QString unitProperty(const QString &unit, const QString &name, const QStringList &scope = {});
[[nodiscard]] ActionRequest requestFor(const QString &unit, int timeoutMs = 20'000);
[[nodiscard]] ActionResult restart(const QString &unit, int timeoutMs = 20'000);
/// One restart as another user: what a console without rights sees. Prints the result; for a process of its own.
[[nodiscard]] int restartAsNobody(const QString &unit);
/// One restart in a process of its own, which a failpoint may end.
[[nodiscard]] int restartHere(const QString &unit);

} // namespace prunella::testing
