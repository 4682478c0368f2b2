#pragma once
// Units that systemd stopped because a unit they need failed. systemd calls that success, and starts them never again.
#include "core/base/Clock.h"
#include "core/model/Events.h"

#include <QMap>
#include <functional>
#include <optional>
#include <vector>

namespace prunella {

class DependencyStop
{
public:
    /// What the component cannot run without and that died in that time (wall ms); empty: nothing.
    using FailedNeed = std::function<QString(const QString &component, qint64 from, qint64 to)>;
    void setFailedNeed(FailedNeed failedNeed) { m_failedNeed = std::move(failedNeed); }
    /// An incident of an earlier engine is still open on it.
    void adopt(const QString &component) { m_watched[component].reported = true; }

    /// UnitChanged; anything else gives nothing.
    [[nodiscard]] std::vector<ErrorEvent> feed(const RawEvent &event);
    /// Half a second after a stop it tells whether that came from a failure.
    [[nodiscard]] std::vector<ErrorEvent> tick(const Now &now);
    /// Monotonic ms; nothing: no need to call.
    [[nodiscard]] std::optional<qint64> nextTickMs() const;

private:
    struct Watched {
        bool up = false;
        bool reported = false;
        qint64 stoppedMs = 0;      ///< monotonic; 0: not stopped, or too long ago to be told why
        RawEvent stop;
    };
    [[nodiscard]] std::optional<ErrorEvent> judge(Watched &watched);

    FailedNeed m_failedNeed;
    QMap<QString, Watched> m_watched;
};

} // namespace prunella
