#include "core/engine/Hindsight.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 earlierMs = 600'000; ///< another limit notices the same fault so much earlier
constexpr qint64 laterMs = 60'000;    ///< or goes on a little longer
constexpr qint64 assumedMs = 1000;    ///< an action that was never seen to end

QList<const RecoveryActionRecord *> begun(const Incident &incident, ActionType type)
{
    QList<const RecoveryActionRecord *> list;
    for (const auto &action : incident.actions) {
        if (action.type == type && action.startedAt != 0)
            list << &action;
    }
    return list;
}

} // namespace

bool sameThing(const Incident &a, const Incident &b)
{
    return a.component == b.component && (a.component != u"host" || a.condition.series == b.condition.series);
}

const Incident *Hindsight::counterpart(const Incident &would, qint64 wallMs) const
{
    const Incident *best = nullptr;
    const auto rank = [&](const Incident &real) { return std::pair(real.type != would.type, qAbs(real.detectedAt - would.detectedAt)); };
    for (const Incident &real : m_history.incidents) {
        const qint64 end = isOpen(real) ? m_history.to : real.resolvedAt + laterMs;
        if (!sameThing(real, would) || wallMs < real.detectedAt - earlierMs || wallMs > end)
            continue;
        if (!best || rank(real) < rank(*best))
            best = &real;
    }
    return best;
}

std::optional<Hindsight::Word> Hindsight::answerOf(const Incident &would, int question, qint64 wallMs) const
{
    const Incident *real = counterpart(would, wallMs);
    if (!real)
        return {};
    int asked = -1;
    qint64 askedAt = 0;
    auto before = IncidentStatus::Detected;
    for (const TimelineEntry &entry : real->timeline) {
        if (entry.status == IncidentStatus::AwaitingApproval && before != entry.status) {
            ++asked;
            askedAt = entry.at;
        }
        before = entry.status;
        if (asked != question)
            continue;
        if (entry.reason.startsWith(u"approved by "_s))
            return Word{CommandKind::Approve, entry.at - askedAt, entry.reason.mid(12), {}};
        if (entry.reason.startsWith(u"rejected by "_s))
            return Word{CommandKind::Reject, entry.at - askedAt, entry.reason.mid(12).section(u": "_s, 0, 0), entry.reason.section(u": "_s, 1)};
    }
    return {};
}

const RecoveryActionRecord *Hindsight::recorded(const Incident &would, ActionType type, qint64 wallMs) const
{
    const Incident *real = counterpart(would, wallMs);
    return real ? begun(*real, type).value(begun(would, type).size() - 1, nullptr) : nullptr;
}

ActionResult Hindsight::resultOf(const Incident &would, const ActionRequest &request, qint64 wallMs) const
{
    const auto *real = recorded(would, request.type, wallMs);
    if (real && real->status == ActionStatus::Failed)
        return {request.id, real->status, real->failure, real->output, 0};
    return {request.id, ActionStatus::Completed, FailureKind::None, real ? real->output : u"assumed to complete"_s, 0};
}

qint64 Hindsight::durationOf(const Incident &would, const ActionRequest &request, qint64 wallMs) const
{
    const auto *real = recorded(would, request.type, wallMs);
    if (real && real->completedAt >= real->startedAt)
        return real->completedAt - real->startedAt;
    return m_history.actionMs.value(request.type, assumedMs);
}

std::optional<qint64> Hindsight::healedLater(const Incident &would, qint64 wallMs) const
{
    const Incident *real = counterpart(would, wallMs);
    if (!real || would.actions.isEmpty())
        return {};
    for (const auto *action : begun(*real, would.actions.last().type)) {
        if (action->verified && action->completedAt > wallMs - laterMs)
            return std::max(action->completedAt, wallMs);
    }
    return {};
}

std::optional<Hindsight::Word> Hindsight::closedByHand(const Incident &real)
{
    if (isOpen(real) || real.timeline.isEmpty() || !real.timeline.last().reason.startsWith(u"resolved by "_s))
        return {};
    return Word{CommandKind::Resolve, 0, real.timeline.last().reason.mid(12), {}};
}

} // namespace prunella
