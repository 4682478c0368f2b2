#pragma once
// Where docker or podman listen.
#include "core/model/ServiceConfig.h"

namespace prunella {

/// `socket` of a service as an absolute path, without "unix://"; empty when it is neither a path nor such an address.
[[nodiscard]] QString socketPath(const QString &written);

/// The path to connect to: the written one; else $DOCKER_HOST when it is a unix socket; else the first that exists of
/// docker's and podman's own. Empty: none exists. Looks at the file system, cheaply, each time.
[[nodiscard]] QString containerSocket(const QString &written);

/// Where was looked for one that is not written down, for messages.
[[nodiscard]] QStringList containerSocketPlaces();

/// What events call the daemon of a service: "containers", or "containers at PATH" when its socket is written down.
[[nodiscard]] QString containerSource(const QString &written);

} // namespace prunella
