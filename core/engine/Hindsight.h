#pragma once
// What the record tells about an incident that a replay makes: which real one it corresponds to, what people said of it,
// how its actions ended.
#include "core/engine/ReplayHistory.h"
#include "core/model/Frame.h"

namespace prunella {

class Hindsight
{
public:
    /// A person's word and how long it took after the question.
    struct Word { CommandKind kind = CommandKind::Approve; qint64 afterMs = 0; QString by, text; };

    explicit Hindsight(const ReplayHistory &history) : m_history(history) {}

    /// The real incident that goes on at this time for the same thing; of several the one of the same type, then the nearest.
    [[nodiscard]] const Incident *counterpart(const Incident &would, qint64 wallMs) const;
    /// The answer to the n-th question (from 0) of the corresponding real incident.
    [[nodiscard]] std::optional<Word> answerOf(const Incident &would, int question, qint64 wallMs) const;
    /// How the last action of `would`, which has begun, came back in reality, or that it completed.
    [[nodiscard]] ActionResult resultOf(const Incident &would, const ActionRequest &request, qint64 wallMs) const;
    /// How long it took in reality, or such actions at the median, or a second.
    [[nodiscard]] qint64 durationOf(const Incident &would, const ActionRequest &request, qint64 wallMs) const;
    /// The same action healed the real incident later: until then the record cannot show what it would have done earlier.
    [[nodiscard]] std::optional<qint64> healedLater(const Incident &would, qint64 wallMs) const;
    /// The corresponding real incident was closed by hand at this time.
    [[nodiscard]] static std::optional<Word> closedByHand(const Incident &real);

private:
    [[nodiscard]] const RecoveryActionRecord *recorded(const Incident &would, ActionType type, qint64 wallMs) const;

    const ReplayHistory &m_history;
};

/// The same component; of the host the same series, because each is an incident of its own.
[[nodiscard]] bool sameThing(const Incident &a, const Incident &b);

} // namespace prunella
