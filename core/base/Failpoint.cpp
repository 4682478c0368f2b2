#include "core/base/Failpoint.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace prunella {

void failpoint([[maybe_unused]] const char *name)
{
#ifdef PRUNELLA_FAILPOINTS
    static const char *const wanted = std::getenv("PRUNELLA_KILL_AT");
    static std::atomic<int> visits = 0;
    const std::size_t length = std::strlen(name);
    if (!wanted || std::strncmp(wanted, name, length) != 0 || (wanted[length] != '\0' && wanted[length] != '#'))
        return;
    if (++visits >= (wanted[length] == '#' ? std::atoi(wanted + length + 1) : 1))
        std::raise(SIGKILL);
#endif
}

} // namespace prunella
