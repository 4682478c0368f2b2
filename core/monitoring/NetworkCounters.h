#pragma once
// /proc/net/dev: what went over each interface since it appeared.
#include <QtGlobal>
#include <string_view>

namespace prunella {

struct NetworkCounters {
    std::string_view interface; ///< points into the text that was parsed
    quint64 receivedBytes = 0, sentBytes = 0;
    quint64 errors = 0, drops = 0; ///< both directions together
};

/// Takes the next interface off `rest`, headings and broken lines left out; false at the end.
[[nodiscard]] bool takeNetworkCounters(std::string_view &rest, NetworkCounters &counters);

} // namespace prunella
