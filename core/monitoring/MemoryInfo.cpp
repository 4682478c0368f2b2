#include "core/monitoring/MemoryInfo.h"
#include "core/monitoring/ProcText.h"

#include <algorithm>
#include <array>

namespace prunella {

std::optional<MemoryInfo> parseMemory(std::string_view text)
{
    enum Key { Total, Available, Free, Buffers, Cached, SwapTotal, SwapFree, Count };
    constexpr std::array<std::string_view, Count> names{
        "MemTotal:", "MemAvailable:", "MemFree:", "Buffers:", "Cached:", "SwapTotal:", "SwapFree:"};
    std::array<std::optional<quint64>, Count> found;
    std::size_t missing = Count;
    while (!text.empty() && missing > 0) {
        auto line = proctext::takeLine(text);
        const auto name = std::find(names.begin(), names.end(), proctext::takeField(line));
        if (name == names.end())
            continue;
        const auto value = proctext::number(proctext::takeField(line));
        if (!value || proctext::takeField(line) != "kB")
            return std::nullopt;
        found[std::size_t(name - names.begin())] = *value;
        --missing;
    }
    if (!found[Available] && found[Free]) // kernels before 3.14
        found[Available] = *found[Free] + found[Buffers].value_or(0) + found[Cached].value_or(0);
    if (found[Total].value_or(0) == 0 || !found[Available])
        return std::nullopt;
    const quint64 swapTotal = found[SwapTotal].value_or(0);
    return MemoryInfo{*found[Total], std::min(*found[Available], *found[Total]), swapTotal,
                      std::min(found[SwapFree].value_or(swapTotal), swapTotal)};
}

double memoryUsage(const MemoryInfo &info)
{
    return 100.0 * (1.0 - double(info.available) / double(info.total));
}

std::optional<double> swapUsage(const MemoryInfo &info)
{
    if (info.swapTotal == 0)
        return std::nullopt;
    return 100.0 * double(info.swapTotal - info.swapFree) / double(info.swapTotal);
}

} // namespace prunella
