#pragma once
#include "core/base/Result.h"

#include <QByteArrayList>

namespace prunella {

/// One command, ready to be started: no shell, no search left.
struct ProcessLaunch {
    QString program;          ///< a path
    QByteArrayList arguments; ///< with argv[0]
    QByteArrayList environment;
    QString workingDirectory; ///< empty: the engine's
    QString outputFile;       ///< stdout and stderr are appended; stdin is /dev/null
};

/// posix_spawn in a new session, with default signals and no descriptor beyond 0, 1 and 2. The new process' id.
/// An error names what cannot be executed and why; the child is gone then.
[[nodiscard]] Result<qint64> launch(const ProcessLaunch &launch);

} // namespace prunella
