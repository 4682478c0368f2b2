#pragma once
// /proc/loadavg
#include "core/monitoring/ProcText.h"

namespace prunella {

/// Mean number of threads running or waiting for a processor or a disk.
struct LoadAverage {
    double one = 0, five = 0, fifteen = 0; ///< over so many minutes
};

[[nodiscard]] inline std::optional<LoadAverage> parseLoad(std::string_view text)
{
    auto line = proctext::takeLine(text);
    const auto one = proctext::real(proctext::takeField(line));
    const auto five = proctext::real(proctext::takeField(line));
    const auto fifteen = proctext::real(proctext::takeField(line));
    if (!one || !five || !fifteen)
        return std::nullopt;
    return LoadAverage{*one, *five, *fifteen};
}

} // namespace prunella
