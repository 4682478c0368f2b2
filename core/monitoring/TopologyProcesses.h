#pragma once
// The processes of this machine with what ties them to others: control group, sockets, open files, namespaces.
#include "core/monitoring/ProcPaths.h"

#include <QtGlobal>
#include <string>
#include <string_view>
#include <vector>

namespace prunella {

struct SeenProcess {
    qint64 pid = 0, parent = 0, session = 0;
    std::string command;              ///< the kernel's short name
    std::string group;                ///< control group, "/system.slice/web.service"
    quint64 network = 0, mounts = 0;  ///< inode numbers of its namespaces; 0: not permitted to know
};

/// What one process holds open.
struct SeenFiles {
    std::vector<quint64> sockets;     ///< inode numbers
    std::vector<std::string> folders; ///< of open files, working directory, root: as the process sees them, each once
    int error = 0;                    ///< errno: EACCES without the right to see them
};

/// The control group of /proc/PID/cgroup: that of the unified hierarchy, else systemd's own.
[[nodiscard]] std::string controlGroupOf(std::string_view text);

/// All processes but the kernel's own threads, by number.
[[nodiscard]] std::vector<SeenProcess> readProcesses(const ProcPaths &paths = {});
/// The service that our process manager marked this process with (PRUNELLA_SERVICE in its environment, which children inherit);
/// empty for others, and for those of other users: anybody may mark a process of his own.
[[nodiscard]] std::string serviceMarkOf(qint64 pid, const ProcPaths &paths = {});
/// `files`: the folders, too. Reads links only: nothing here waits for a disk or a server.
[[nodiscard]] SeenFiles readOpenFiles(qint64 pid, bool files, const ProcPaths &paths = {});

} // namespace prunella
