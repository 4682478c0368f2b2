#pragma once
// /proc/PID/stat
#include <QtGlobal>
#include <optional>
#include <string_view>

namespace prunella {

struct ProcessStat {
    qint64 pid = 0;
    std::string_view command; ///< at most 15 characters, as the kernel keeps it; points into the text
    char state = '?';
    qint64 parent = 0;
    quint64 cpuTicks = 0;     ///< user and system time, without that of children
    qint64 threads = 0;
    quint64 startTicks = 0;   ///< since boot: with the pid it names the process for good
    quint64 rssPages = 0;
};

/// Nothing when the text is cut off or not of this kind. A command may hold blanks and parentheses.
[[nodiscard]] std::optional<ProcessStat> parseProcessStat(std::string_view text);

/// running, sleeping, waiting for disk, stopped, traced, zombie, dead, idle, unknown
[[nodiscard]] std::string_view processStateWord(char state);

} // namespace prunella
