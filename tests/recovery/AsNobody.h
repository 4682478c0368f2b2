#pragma once
#include <grp.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace prunella::testing {

/// This thread has no rights while it lives: user and group nobody. Raw calls, for glibc's change all threads.
class AsNobody
{
public:
    AsNobody()
    {
        setgroups(0, nullptr);
        syscall(SYS_setresgid, -1, 65534, -1);
        syscall(SYS_setresuid, -1, 65534, -1);
    }
    ~AsNobody()
    {
        syscall(SYS_setresuid, -1, 0, -1);
        syscall(SYS_setresgid, -1, 0, -1);
    }
    AsNobody(const AsNobody &) = delete;
    AsNobody &operator=(const AsNobody &) = delete;
};

} // namespace prunella::testing
