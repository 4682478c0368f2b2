#include "core/notification/RetrySchedule.h"

#include <array>

namespace prunella {

qint64 nextTryMs(int tries)
{
    static constexpr std::array<qint64, 7> seconds{1, 5, 30, 120, 600, 1800, 3600};
    if (tries <= 0)
        return 0;
    return 1000 * seconds[std::min<size_t>(size_t(tries), seconds.size()) - 1];
}

} // namespace prunella
