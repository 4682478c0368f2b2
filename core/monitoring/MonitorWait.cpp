#include "core/monitoring/MonitorWait.h"

#include <array>
#include <cerrno>
#include <poll.h>

namespace prunella {

Waited waitReady(int fd, short events, const QDeadlineTimer &deadline, const MonitorCancel &cancel)
{
    std::array<pollfd, 2> waited{pollfd{fd, events, 0}, pollfd{cancel.fd(), POLLIN, 0}};
    for (;;) {
        const qint64 left = deadline.isForever() ? -1 : deadline.remainingTime();
        const int ready = poll(waited.data(), waited.size(), int(qMin(left, qint64(86'400'000))));
        if (ready < 0 && errno == EINTR)
            continue;
        if (cancel.isCancelled())
            return Waited::Cancelled;
        return ready > 0 ? Waited::Ready : Waited::TimedOut;
    }
}

} // namespace prunella
