#pragma once
// A child process with its output in pipes. No shell.
#include "core/base/Result.h"

#include <QStringList>

#include <sys/types.h>

namespace prunella {

/// A file descriptor that closes itself.
struct Descriptor {
    int fd = -1;
    Descriptor() = default;
    Descriptor(const Descriptor &) = delete;
    Descriptor &operator=(const Descriptor &) = delete;
    ~Descriptor() { reset(-1); }
    void reset(int other);
};

struct CommandChild {
    pid_t pid = -1;                       ///< also the number of its process group
    Descriptor process, output, errors;   ///< pidfd, and the reading ends of the pipes, which never wait

    /// Starts an argument vector with empty input, default signals, in a process group of its own, with nothing else
    /// open that is open here. The program is looked for in PATH when it has no slash (NotFound, NotAuthorised).
    [[nodiscard]] Status start(const QStringList &command);
};

} // namespace prunella
