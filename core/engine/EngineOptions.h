#pragma once
#include "core/config/ConfigLoader.h"
#include "core/config/ConfigSources.h"

namespace prunella {

/// How an engine is started.
struct EngineOptions {
    ConfigSources sources;       ///< read again at reload
    QString stateDir;
    QString runtimeDir;          ///< for the journal's fallback file
    QString controlSocket;       ///< empty: nobody can answer from a terminal
    QString playbookDir;         ///< the shipped decision trees
    QString version;
    bool frames = true;          ///< false: nobody looks, so no pictures are made
};

/// $XDG_STATE_HOME/prunella, or the given directory, absolute.
[[nodiscard]] QString stateDirectory(const QString &given);
/// The socket that belongs to a state directory (contracts, "Files").
[[nodiscard]] QString controlSocketPath(const QString &givenStateDir);
/// Where the journal's fallback file lies: the socket's directory.
[[nodiscard]] QString runtimeDirectory(const QString &givenStateDir);
/// The shipped decision trees: $PRUNELLA_PLAYBOOKS, beside the executable's build or installed share directory.
[[nodiscard]] QString shippedPlaybooks();

} // namespace prunella
