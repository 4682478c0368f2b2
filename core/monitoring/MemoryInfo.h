#pragma once
// /proc/meminfo
#include <QtGlobal>
#include <optional>
#include <string_view>

namespace prunella {

/// In KiB, as the kernel gives it.
struct MemoryInfo {
    quint64 total = 0;
    quint64 available = 0;
    quint64 swapTotal = 0;
    quint64 swapFree = 0;
};

/// Nothing when the text lacks the total or any way to know what is available.
[[nodiscard]] std::optional<MemoryInfo> parseMemory(std::string_view text);

/// 100 * (1 - available/total)
[[nodiscard]] double memoryUsage(const MemoryInfo &info);
/// Nothing when the machine has no swap.
[[nodiscard]] std::optional<double> swapUsage(const MemoryInfo &info);

} // namespace prunella
