#pragma once
// The real things of the kill tables: one action on a unit of the sandbox, what is broken for it, and in which of its two states
// the thing is.
#include "tests/system/EngineProcess.h"

#include <functional>
#include <memory>

namespace prunella::testing {

struct KillSubject {
    QString actions;                          ///< of the tree's cause: "enable_monitoring, restart_service"
    QString unit;                             ///< of the service; empty: NAME.service
    QString keys;                             ///< of the service, beside its name, its unit and its check: ", timeouts: [...]"
    QString mended;                           ///< bash: true as soon as the action has had its effect
    std::function<bool(const EngineProcess &)> isReady; ///< it may be broken now; empty: at once
    std::function<void()> breakIt;            ///< beside the check, which fails from then on; empty: nothing
    std::function<QString()> state;           ///< "old", "target", or what lies between in words
    bool goesBack = false;                    ///< it is for a while only: it ends as "old" by itself
    std::shared_ptr<void> thing;              ///< the unit and its files
};

/// Of the action "restart_service", ...; "memory" and "files" are increase_resources. `name` must be new: what systemd remembers of
/// a unit would tell of an earlier row. All files lie in `dir`.
[[nodiscard]] KillSubject killSubject(const QString &action, const QString &name, const QString &dir);

/// Trees in dir/playbooks that recommend this for every failing check.
void writeTrees(const QString &dir, const QString &actions);
/// A bash program that others cannot change.
void writeProgram(const QString &path, const QString &body);

} // namespace prunella::testing
