#pragma once
// Which actions ran when: what the guards count. Attempts count per target and action, across incidents.
#include "core/base/Clock.h"
#include "core/model/Incident.h"

namespace prunella {

class ActionLedger
{
public:
    void begin(const ActionRequest &request, const Now &now);
    /// `failed`: it did not even come to a verification.
    void end(const QString &actionId, bool failed, const Now &now);
    /// What its verification said; a repair that held only briefly is judged anew.
    void judge(const QString &actionId, std::optional<bool> healed);
    /// Actions of an earlier run of the engine, from the store; their wall times are turned into monotonic ones.
    void restore(const Incident &incident, const Now &now);

    [[nodiscard]] int attempts(const QString &target, ActionType type, qint64 windowMs, const Now &now) const;
    [[nodiscard]] int within(qint64 windowMs, const Now &now) const;
    [[nodiscard]] int running() const;
    [[nodiscard]] bool isBusy(const QString &target) const;
    /// End of the last action on the target that belongs to another incident, monotonic ms; negative before a reboot.
    [[nodiscard]] std::optional<qint64> lastEndOfOthers(const QString &target, const QString &incidentId) const;
    /// How often in a row this action on this target ended without healing it, over all incidents, and when the last one
    /// ended. A repair that lasts ends the row, so that breaker and backoff begin anew. What is not judged yet counts for nothing.
    struct Row { int failures = 0; qint64 lastEndMs = 0; };
    [[nodiscard]] Row failuresInRow(const QString &target, ActionType type) const;
    /// End of the incident's own last action.
    [[nodiscard]] std::optional<qint64> lastEndOf(const QString &incidentId) const;
    void forgetBefore(qint64 monotonicMs);

private:
    struct Entry {
        QString id, incidentId, target;
        ActionType type = ActionType::RestartService;
        qint64 startMs = 0;
        qint64 endMs = 0;
        bool ended = false;
        std::optional<bool> healed = {};
        bool undo = false;           ///< takes another one back: no attempt of its own
    };
    QList<Entry> m_entries;
};

} // namespace prunella
