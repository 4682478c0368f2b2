#pragma once
// What docker and podman tell of containers, read: pure functions.
#include "core/model/Events.h"

#include <QJsonObject>

namespace prunella {

/// Of GET /containers/NAME/json.
struct ContainerState {
    bool exists = false, running = false, oomKilled = false;
    qint64 pid = 0;             ///< of its main process; 0: it does not run
    int exitCode = 0;           ///< 128 + n for signal n, as shells count
    int restarts = 0;           ///< by the daemon's own restart policy
    QString startedAt, status;  ///< "running", "exited", "created", "paused", …
    bool operator==(const ContainerState &) const = default;
};
/// As systemd counts it: exit status 0, or ended by SIGTERM, SIGINT or SIGHUP. Whether asked or by itself, it is no crash.
[[nodiscard]] bool endedWell(const ContainerState &state);
[[nodiscard]] ContainerState containerState(const QJsonObject &inspected);

/// One line of GET /events.
struct ContainerEvent {
    QString name, oldName, id, action; ///< action: "start", "die", "stop", "kill", "rename", …
    bool asksToEnd = false;     ///< somebody asked for its end: a stop, or a kill with a signal that is meant to end
};
[[nodiscard]] ContainerEvent containerEvent(const QByteArray &line);

/// As the process of a service: `lastPid` is the one that ran, 0 when none was seen.
[[nodiscard]] ProcessState processOf(const ContainerState &state, const QString &service, qint64 lastPid, bool stopRequested);
/// "container web runs, pid 12", "container web exited with code 3", "container web was killed by signal 9"
[[nodiscard]] QString containerText(const ContainerState &state, const QString &container, bool stopRequested);

} // namespace prunella
