#include "core/base/Failpoint.h"

#include <csignal>
#include <cstdlib>
#include <cstring>

namespace prunella {

void failpoint([[maybe_unused]] const char *name)
{
#ifdef PRUNELLA_FAILPOINTS
    static const char *const wanted = std::getenv("PRUNELLA_KILL_AT");
    if (wanted && std::strcmp(wanted, name) == 0)
        std::raise(SIGKILL);
#endif
}

} // namespace prunella
