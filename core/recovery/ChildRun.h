#pragma once
#include "core/base/Result.h"
#include "core/recovery/CancelToken.h"

#include <QByteArrayList>

#include <optional>
#include <sys/types.h>
#include <vector>

namespace prunella {

/// Whose rights a child gets; all of them, so that nothing of the engine's is left.
struct ChildUser {
    uid_t uid = 0;
    gid_t gid = 0;
    std::vector<gid_t> groups; ///< the supplementary ones
};

/// At most so many bytes of output are kept, where a ChildSpec says nothing else.
inline constexpr int keptOutputBytes = 3500;

/// One argument vector, ready to be executed: no shell, no search left.
struct ChildSpec {
    QByteArray program;        ///< a path
    QByteArrayList arguments;  ///< with argv[0]
    QByteArrayList environment; ///< NAME=value, the whole of it
    QByteArray workingDirectory;
    std::optional<ChildUser> user; ///< empty: ours
    int keptBytes = keptOutputBytes;      ///< of its output: the first 1000 and the last of the rest
};

struct ChildEnd {
    enum class Why { Ended, TimedOut, Cancelled };
    Why why = Why::Ended;
    bool signalled = false;
    int status = 0;            ///< exit status, or the signal's number
    QString output;            ///< stdout and stderr as they came, bounded: the first and the last part
    int leftBehind = 0;        ///< processes of its session that were ended after it
};

/// Runs a child in a session of its own until it ends, `timeoutMs` is over or the token is cancelled; then nothing of its
/// session is left: SIGTERM, after `graceMs` SIGKILL. What makes a session of its own on purpose (a daemon) stays.
/// Blocks; stdin is empty; no descriptor of the engine's is inherited. Errors: it could not be started, and why.
[[nodiscard]] Result<ChildEnd> runChild(const ChildSpec &spec, qint64 timeoutMs, qint64 graceMs, const CancelToken &token);

} // namespace prunella
