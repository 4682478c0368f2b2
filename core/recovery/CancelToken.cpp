#include "core/recovery/CancelToken.h"

#include <algorithm>
#include <cstdint>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace prunella {

CancelToken::CancelToken() : m_fd(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

CancelToken::~CancelToken()
{
    if (m_fd >= 0)
        close(m_fd);
}

void CancelToken::cancel(Why why)
{
    Why none = Why::None;
    if (!m_why.compare_exchange_strong(none, why, std::memory_order_acq_rel))
        return;
    const std::uint64_t one = 1;
    // The counter is never read back, so the descriptor stays readable. A fresh counter cannot overflow.
    [[maybe_unused]] const auto written = write(m_fd, &one, sizeof one);
}

bool CancelToken::wait(std::chrono::milliseconds time) const
{
    using Clock = std::chrono::steady_clock;
    const auto deadline = Clock::now() + time;
    while (!isCancelled()) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0)
            return false;
        pollfd entry{m_fd, POLLIN, 0};
        // Without a descriptor (none was left when the token was made) look at the flag twenty times a second.
        poll(&entry, 1, int(std::min<long long>(left, m_fd < 0 ? 50 : 60'000)));
    }
    return true;
}

} // namespace prunella
