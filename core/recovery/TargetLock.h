#pragma once
#include "core/base/Result.h"
#include "core/model/Enums.h"

#include <utility>

namespace prunella {

/// One action a target on the whole host: held from before the action's intent until its outcome.
/// The file stays; the lock ends with the process, however it ends, and children do not inherit it.
class TargetLock
{
public:
    /// `kind` is the manager's word ("systemd", "process"), `target` the unit or service.
    /// Busy: somebody else holds it, the message names the process.
    [[nodiscard]] static Result<TargetLock> acquire(const QString &kind, const QString &target, const QString &directory);
    /// For the system's units /run/lock, which all users share; else /run/prunella/locks for root, $XDG_RUNTIME_DIR/prunella/locks, else a private folder of the user in /tmp.
    [[nodiscard]] static QString defaultDirectory(Manager manager);

    TargetLock(TargetLock &&other) noexcept : m_fd(std::exchange(other.m_fd, -1)) {}
    TargetLock &operator=(TargetLock &&other) noexcept
    {
        std::swap(m_fd, other.m_fd);
        return *this;
    }
    ~TargetLock();

private:
    explicit TargetLock(int fd) : m_fd(fd) {}
    int m_fd = -1;
};

} // namespace prunella
