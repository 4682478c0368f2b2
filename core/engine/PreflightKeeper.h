#pragma once
#include "core/base/Clock.h"
#include "core/base/Mailbox.h"
#include "core/engine/PipelineTypes.h"
#include "core/recovery/WorkInProgress.h"

#include <functional>
#include <memory>

namespace prunella {

/// Looks at what an action would do before it is decided: reads files and folders off the engine thread, waits a moment
/// for the answer, and keeps it for one decision (a list of files for longer), so that all its parts speak of the same thing.
/// A look that takes longer is an objection to wait; when it hangs for good, only its own action waits.
class PreflightKeeper
{
public:
    struct Times {
        int waitMs = 200;         ///< for an answer, in the engine thread
        qint64 lateMs = 60'000;   ///< an answer that came late still counts for the next decision
        qint64 planKeptMs = 300'000; ///< a list of files: each is checked anew when it is deleted
    };
    /// Blocks; called in a pool thread.
    using Look = std::function<Preflight(const LookInput &)>;

    PreflightKeeper();
    PreflightKeeper(Look look, Times times);

    /// Empty for actions of which nothing has to be known beforehand. One decision asks with one `now`.
    [[nodiscard]] Preflight look(const LookInput &input, const Now &now);
    /// Something was done there: what was found no longer holds.
    void forget(const QString &target);
    void forgetAll() { m_entries.clear(); } ///< another configuration

private:
    struct Answer { QString key; quint64 round = 0; Preflight found; };
    struct Entry { QString target; std::optional<Preflight> found; qint64 askedAtMs = 0; std::optional<qint64> usedAtMs; quint64 asked = 0; };
    void take(Answer answer);
    [[nodiscard]] bool isFresh(const Entry &entry, ActionType type, const Now &now) const;
    void ask(Entry &entry, const QString &key, LookInput input, const Now &now);
    [[nodiscard]] static QString keyOf(const LookInput &input);

    const Look m_look;
    const Times m_times;
    std::shared_ptr<Mailbox<Answer>> m_inbox = std::make_shared<Mailbox<Answer>>(); ///< shared: a look may outlive this object
    QMap<QString, Entry> m_entries; ///< by target, action and cause
    quint64 m_round = 0;
};

/// The look itself: recovery's table (ActionKind.h), and whether somebody else is at work on the target.
[[nodiscard]] Preflight preflightOf(const LookInput &input, WorkInProgress &others);

} // namespace prunella
