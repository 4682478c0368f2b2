#pragma once
// A test executable started again as the process that is watched, stopped and restarted.
#include <QString>
#include <QStringList>

namespace prunella::testing {

/// The exit status when the arguments ask for a victim; -1: run the tests. Modes (the first argument):
///   --stay [FILE]           counts its start in FILE (a byte each), prints "ready", stays until a signal ends it
///   --ignore-term           the same, but SIGTERM does nothing
///   --family                leaves a grandchild that ignores SIGTERM
///   --leave-behind          forks a child that stays and exits with 0
///   --exit N                prints "bye" and exits with N
///   --show                  prints its open descriptors, signals and marks, then stays
///   --listen-after MS PORT  listens on 127.0.0.1:PORT after MS milliseconds, then stays
///   --on-usr FILE           writes "debug" or "quiet" into FILE at SIGUSR1 and SIGUSR2, else as --stay
///   --notify-after MS FILE  as --stay, tells systemd READY=1 after MS milliseconds; negative: never
[[nodiscard]] int runVictim(const QStringList &arguments);

/// Command line of this executable in one of the modes.
[[nodiscard]] QStringList victim(const QStringList &arguments);

} // namespace prunella::testing
