#include "core/monitoring/DiskCounters.h"
#include "core/monitoring/ProcText.h"

namespace prunella {

bool takeDiskCounters(std::string_view &rest, DiskCounters &counters)
{
    constexpr quint64 kSector = 512; // always, whatever the device's own sectors are
    while (!rest.empty()) {
        auto line = proctext::takeLine(rest);
        quint64 major = 0, minor = 0, unused = 0, sectorsRead = 0, sectorsWritten = 0;
        if (!proctext::takeNumbers(line, major, minor))
            continue;
        counters.device = proctext::takeField(line);
        // reads: completed, merged, sectors, ms; writes the same; requests in flight; ms busy; weighted ms
        if (proctext::takeNumbers(line, unused, unused, sectorsRead, unused, unused, unused, sectorsWritten, unused, unused,
                                  counters.busyMs, unused)) {
            counters.readBytes = sectorsRead * kSector;
            counters.writtenBytes = sectorsWritten * kSector;
            return true;
        }
    }
    return false;
}

} // namespace prunella
