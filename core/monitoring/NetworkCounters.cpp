#include "core/monitoring/NetworkCounters.h"
#include "core/monitoring/ProcText.h"

namespace prunella {

bool takeNetworkCounters(std::string_view &rest, NetworkCounters &counters)
{
    while (!rest.empty()) {
        auto line = proctext::takeLine(rest);
        const auto colon = line.rfind(':'); // an alias's name has one itself; the numbers have none
        if (colon == std::string_view::npos)
            continue;
        auto name = line.substr(0, colon);
        line.remove_prefix(colon + 1);
        counters.interface = proctext::takeField(name);
        quint64 packets = 0, unused = 0, errorsIn = 0, dropsIn = 0, errorsOut = 0, dropsOut = 0;
        // fifo, frame, compressed and multicast come between the directions; fifo and more behind
        if (!counters.interface.empty()
            && proctext::takeNumbers(line, counters.receivedBytes, packets, errorsIn, dropsIn, unused, unused, unused, unused,
                                     counters.sentBytes, packets, errorsOut, dropsOut, unused)) {
            counters.errors = errorsIn + errorsOut;
            counters.drops = dropsIn + dropsOut;
            return true;
        }
    }
    return false;
}

} // namespace prunella
