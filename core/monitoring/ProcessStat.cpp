#include "core/monitoring/ProcessStat.h"
#include "core/monitoring/ProcText.h"

#include <array>

namespace prunella {

std::optional<ProcessStat> parseProcessStat(std::string_view text)
{
    using proctext::number;
    const auto open = text.find('(');
    const auto close = text.rfind(')');
    if (open == std::string_view::npos || close == std::string_view::npos || close < open)
        return std::nullopt;
    auto before = text.substr(0, open);
    const auto pid = number<qint64>(proctext::takeField(before));
    auto line = text.substr(close + 1);
    line = proctext::takeLine(line);
    std::array<std::string_view, 22> fields; // 3 to 24 of proc(5)
    for (auto &field : fields) {
        field = proctext::takeField(line);
        if (field.empty())
            return std::nullopt;
    }
    const auto field = [&fields](std::size_t index) { return fields[index - 3]; };
    const auto parent = number<qint64>(field(4));
    const auto user = number(field(14)), system = number(field(15));
    const auto threads = number<qint64>(field(20));
    const auto start = number(field(22)), rss = number(field(24));
    if (!pid || field(3).size() != 1 || !parent || !user || !system || !threads || !start || !rss)
        return std::nullopt;
    return ProcessStat{*pid, text.substr(open + 1, close - open - 1), field(3).front(), *parent, *user + *system, *threads, *start, *rss};
}

std::string_view processStateWord(char state)
{
    switch (state) {
    case 'R': return "running";
    case 'S': return "sleeping";
    case 'D': return "waiting for disk";
    case 'T': return "stopped";
    case 't': return "traced";
    case 'Z': return "zombie";
    case 'X': case 'x': return "dead";
    case 'I': return "idle";
    default: return "unknown";
    }
}

} // namespace prunella
