#pragma once
// From what systemd and our own process manager report to "it crashed". See README.md here.
#include "core/base/Clock.h"
#include "core/model/Events.h"

#include <QMap>
#include <QStringList>
#include <deque>
#include <optional>
#include <vector>

namespace prunella {

/// What the store remembers of a unit from the last run of the engine.
struct RememberedUnit { QString invocationId, activeState; };

/// Pure: no clock, no bus; one record a service.
class CrashDetector
{
public:
    explicit CrashDetector(qint64 settleMs = 30'000) : m_settleMs(settleMs) {}
    /// How long a unit must stay active until its restart loop is over; a service may have a time of its own.
    void setSettle(qint64 settleMs, const QHash<QString, qint64> &own)
    {
        m_settleMs = settleMs;
        m_ownSettle = own;
    }
    /// Before the first report of this component: how it was when the last engine saw it.
    void remember(const QString &component, const RememberedUnit &last);
    /// An incident of an earlier engine is still open on this condition: its end is told as if we had seen its start.
    void adopt(const Condition &open);

    /// UnitChanged and ProcessChanged; anything else gives nothing. A deliberate stop may clear two conditions at once.
    [[nodiscard]] std::vector<ErrorEvent> feed(const RawEvent &event);
    /// Clears restart loops that have been calm for the settle time; call at any rate.
    [[nodiscard]] std::vector<ErrorEvent> tick(const Now &now);
    /// The earliest monotonic time at which tick() may have something to say; nothing: no need to call.
    [[nodiscard]] std::optional<qint64> nextTickMs() const;

    /// Does an open condition (UnitFailed or RestartLoop) still hold, judged by this state of its unit?
    [[nodiscard]] bool holds(const Condition &condition, const UnitState &unit, const Now &now) const;
    /// Services that were failed already when first seen: listed, not healed. They leave the list once they run or stop.
    [[nodiscard]] QStringList failedBefore() const;
    /// What to remember for the next engine.
    [[nodiscard]] QMap<QString, RememberedUnit> toRemember() const;

private:
    struct Rise { qint64 monotonicMs; quint32 count; };
    struct Watched {
        UnitState unit;
        bool seen = false;
        QString reportedFailure;           ///< invocation and restart count of the reported failure; empty: none holds
        bool failedBefore = false;
        std::deque<Rise> rises;            ///< automatic restarts within the last 5 min, at most one entry a second
        quint32 reportedRestarts = 0;      ///< how many of them the last RestartLoop event told; 0: none is open
        qint64 calmSince = -1;             ///< active without a rise since then; -1: not active
        qint64 loopStartWall = 0;
        bool processDown = false;
        qint64 endedPid = 0;
    };
    [[nodiscard]] std::vector<ErrorEvent> feedUnit(Watched &watched, const RawEvent &event);
    [[nodiscard]] std::vector<ErrorEvent> feedProcess(Watched &watched, const RawEvent &event);
    [[nodiscard]] bool failsAnew(Watched &watched, const RawEvent &event, bool first) const;
    [[nodiscard]] std::optional<ErrorEvent> restartLoop(Watched &watched, const RawEvent &event, quint32 before);

    [[nodiscard]] qint64 settleOf(const QString &component) const { return m_ownSettle.value(component, m_settleMs); }
    qint64 m_settleMs;
    QHash<QString, qint64> m_ownSettle;
    QMap<QString, RememberedUnit> m_remembered;
    QMap<QString, Watched> m_watched;
};

} // namespace prunella
