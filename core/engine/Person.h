#pragma once
// Who speaks to the engine, and from where: names that stay the same for one person over sudo and over terminals.
#include <QString>

#include <sys/types.h>

namespace prunella {

struct Person {
    QString name;    ///< "uid 1000 (anna)"; after sudo or su: "uid 1000 (anna) as uid 0 (root)"
    QString from;    ///< "pts/3"; "no terminal" for a program without one
};

/// The owner of a process; `root` is /proc, another folder in tests. The login's user (/proc/PID/loginuid, which nobody can
/// change after the login) tells people apart who are all root by sudo.
[[nodiscard]] Person personOf(pid_t pid, uid_t uid, const QString &root = QStringLiteral("/proc"));

} // namespace prunella
