#pragma once
// The parts of a snapshot; each is a text of lines that says itself what could not be read, and why.
#include "core/recovery/Snapshot.h"

namespace prunella::snapshot {

/// Processes by CPU (percent of one core over 300 ms) and by memory, 20 each.
[[nodiscard]] QString topProcesses(const CancelToken &token);      // SnapshotTop.cpp
/// State, memory, threads and limits of one process.
[[nodiscard]] QString processStatus(qint64 pid);                   // SnapshotFiles.cpp
/// How many of what kind, and the first 200.
[[nodiscard]] QString openFiles(qint64 pid);                       // SnapshotFiles.cpp
/// Protocol, state, own address, peer; the first 200.
[[nodiscard]] QString sockets(qint64 pid);                         // SnapshotSockets.cpp
/// The last 200 lines of the unit's journal, of the managed process' output, or of the log files of the service.
[[nodiscard]] QString lastLogLines(const SnapshotSubject &subject, const CancelToken &token); // SnapshotLog.cpp
/// Where each thread waits in the kernel.
[[nodiscard]] QString kernelStacks(qint64 pid);                    // SnapshotStack.cpp
/// By gdb, else eu-stack, within 10 s. The process stands still meanwhile.
[[nodiscard]] QString userStacks(qint64 pid, const CancelToken &token); // SnapshotStack.cpp
/// Memory, CPU and number of processes of its control group, with their events; version 1 and 2.
[[nodiscard]] QString controlGroup(qint64 pid);                    // SnapshotGroup.cpp

/// A file of /proc or /sys as it is; the system's reason when it cannot be read. At most 64 KiB.
[[nodiscard]] Result<QString> readSystemFile(const QString &path);
/// Its text, or "cannot read PATH: reason".
[[nodiscard]] QString textOrReason(const QString &path);
/// Targets of /proc/PID/fd by number, as readlink gives them.
[[nodiscard]] Result<QMap<int, QString>> descriptors(qint64 pid);

inline constexpr int mostLines = 200;

} // namespace prunella::snapshot
