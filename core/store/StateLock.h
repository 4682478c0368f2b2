#pragma once
#include "core/base/Result.h"

#include <utility>

namespace prunella {

/// One engine a state directory: holds `engine.lock` as long as it lives. The kernel frees it when the process dies.
class StateLock
{
public:
    /// Busy when another process holds it; the message says who: pid, since, command.
    [[nodiscard]] static Result<StateLock> acquire(const QString &stateDir);

    StateLock(StateLock &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    StateLock &operator=(StateLock &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    StateLock(const StateLock &) = delete;
    StateLock &operator=(const StateLock &) = delete;
    ~StateLock();

private:
    explicit StateLock(int fd) : m_fd(fd) {}

    int m_fd = -1;
};

} // namespace prunella
