#pragma once
// /proc/pressure/*: the share of time in which work stood still for want of a resource.
#include "core/monitoring/ProcText.h"

namespace prunella {

/// Percent of the last ten seconds.
struct PressureStall {
    double some = 0;            ///< at least one task stood still
    std::optional<double> full; ///< all of them did; missing for cpu on older kernels
};

[[nodiscard]] inline std::optional<PressureStall> parsePressure(std::string_view text)
{
    std::optional<double> some, full;
    while (!text.empty()) {
        auto line = proctext::takeLine(text);
        const auto kind = proctext::takeField(line);
        const auto average = proctext::takeField(line);
        if (!average.starts_with("avg10="))
            continue;
        const auto value = proctext::real(average.substr(6));
        if (kind == "some")
            some = value;
        else if (kind == "full")
            full = value;
    }
    if (!some)
        return std::nullopt;
    return PressureStall{*some, full};
}

} // namespace prunella
