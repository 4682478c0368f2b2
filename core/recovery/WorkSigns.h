#pragma once
// Signs that somebody is at work on this machine: locks of the package manager, debuggers.
#include <QList>
#include <QString>

namespace prunella {

/// Where to look; tests have folders of their own.
struct WorkPlaces {
    QString proc = QStringLiteral("/proc");
    QString dpkg = QStringLiteral("/var/lib/dpkg"); ///< holds lock-frontend (apt) and lock (dpkg)
};

/// One sentence: which program, of whom, is changing packages; empty: none. Asks the kernel who holds dpkg's locks (fcntl); a user
/// who may not open them reads /proc/locks instead, which names the same processes. A lock file that nobody holds, as it
/// lies there between two runs of apt, is no sign; neither is unattended-upgrades' helper that runs all day.
[[nodiscard]] QString packageWork(const WorkPlaces &places);

/// One sentence: which process of the unit is traced by which program of whom; empty: none. `pids`: all of
/// the unit. A tracer that belongs to the unit itself (a service that runs under strace, a sandbox) is no sign.
[[nodiscard]] QString processWork(const WorkPlaces &places, const QString &unit, const QList<qint64> &pids);

} // namespace prunella
