#pragma once
// What /proc tells about processes, for the process manager.
#include <QList>
#include <QString>
#include <optional>

namespace prunella {

struct ProcessEntry {
    qint64 pid = 0;
    qint64 group = 0;
    qint64 session = 0;
    quint64 startTicks = 0; ///< field 22 of stat: with pid and boot it names the process for good
    char state = '?';
    [[nodiscard]] bool ended() const { return state == 'Z' || state == 'X' || state == 'x'; }
};

/// The marks that our process manager gives to what it starts, and their children inherit.
struct ProcessMarks {
    QString service;
    QString stateDir; ///< absolute
    [[nodiscard]] QList<QByteArray> environment() const; ///< PRUNELLA_SERVICE=…, PRUNELLA_STATE_DIR=…
};

/// Nothing when there is no such process; a zombie is still there.
[[nodiscard]] std::optional<ProcessEntry> processEntry(qint64 pid);
/// All processes that have not ended.
[[nodiscard]] QList<ProcessEntry> runningProcesses();
/// The process is our user's and started with these marks. A process may have overwritten its environment.
[[nodiscard]] bool hasMarks(qint64 pid, const ProcessMarks &marks);

} // namespace prunella
