#pragma once
// /proc/diskstats: what each block device did since it appeared.
#include <QtGlobal>
#include <string_view>

namespace prunella {

struct DiskCounters {
    std::string_view device; ///< points into the text that was parsed
    quint64 readBytes = 0, writtenBytes = 0;
    quint64 busyMs = 0;      ///< time with at least one request under way; the kernel counts it in 32 bits
};

/// Takes the next device off `rest`, broken lines left out; false at the end.
[[nodiscard]] bool takeDiskCounters(std::string_view &rest, DiskCounters &counters);

} // namespace prunella
