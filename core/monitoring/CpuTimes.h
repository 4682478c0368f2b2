#pragma once
// /proc/stat: what the processors did, in clock ticks since boot.
#include <QtGlobal>
#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace prunella {

/// user, nice, system, idle, iowait, irq, softirq, steal. The guest columns are contained in user and nice.
struct CpuTimes {
    std::array<quint64, 8> ticks{};
    bool operator==(const CpuTimes &) const = default;
};

struct CpuReading {
    struct Core {
        int id = 0;
        CpuTimes times;
    };
    CpuTimes total;
    std::vector<Core> cores; ///< those online, in the kernel's order
};

/// Percent of the time between two readings.
struct CpuUsage {
    double busy = 0; ///< everything but idle and waiting for I/O; time stolen by the hypervisor counts as busy
    double iowait = 0;
    double steal = 0;
};

/// Fills `reading`, whose memory is used again; false when the text is not that of /proc/stat.
[[nodiscard]] bool parseCpu(std::string_view text, CpuReading &reading);

/// Nothing when no time went by. Single counters may go backwards (iowait does, and all do when a core is taken out
/// or put in): such a one counts as not moved.
[[nodiscard]] std::optional<CpuUsage> cpuUsage(const CpuTimes &before, const CpuTimes &after);

} // namespace prunella
