#include "core/engine/Chain.h"

namespace prunella::step {
namespace {

/// A step is due when its own `after` is over, or when the step before it waited its time, whichever is first.
qint64 dueTime(const EscalationState &state, const Rules &rules, const Now &now, bool approval)
{
    if (state.stepsTaken >= rules.chainAfterMs.size())
        return now.monotonicMs + rules.reminderMs;
    const qint64 byChain = state.startedMonotonicMs + rules.chainAfterMs[state.stepsTaken];
    const qint64 byPatience = now.monotonicMs + (approval ? rules.approvalStepMs : rules.alertStepMs);
    return std::max(now.monotonicMs, std::min(byChain, byPatience));
}

void setNext(Outcome &out, const Rules &rules, const Now &now, bool approval)
{
    auto &state = out.incident.escalation;
    state.nextMonotonicMs = dueTime(state, rules, now, approval);
    state.nextWallMs = now.wallMs + (state.nextMonotonicMs - now.monotonicMs);
    if (out.incident.approval) {
        out.incident.approval->deadlineMonotonicMs = state.nextMonotonicMs;
        out.incident.approval->deadlineAt = state.nextWallMs;
    }
}

} // namespace

void startChain(Outcome &out, const Rules &rules, const Now &now, bool approval)
{
    auto &state = out.incident.escalation;
    state = {};
    state.startedMonotonicMs = now.monotonicMs;
    int due = 0;
    while (due < rules.chainAfterMs.size() && rules.chainAfterMs[due] <= 0)
        ++due;
    state.stepsTaken = due;
    if (due > 0)
        out.effects.emplace_back(Tell{QStringLiteral("escalated"), 0, due - 1});
    setNext(out, rules, now, approval);
}

void tellFirst(Outcome &out)
{
    out.effects.emplace_back(Tell{QStringLiteral("escalated"), 0, 0});
    out.incident.escalation.stepsTaken = std::max(out.incident.escalation.stepsTaken, 1);
}

void resumeChain(Outcome &out, const Rules &rules, const Now &now)
{
    auto &state = out.incident.escalation;
    const bool answered = out.incident.acknowledgedAt != 0;
    state.startedMonotonicMs = now.monotonicMs;
    state.nextMonotonicMs = answered ? 0 : now.monotonicMs + std::clamp<qint64>(state.nextWallMs - now.wallMs, 1000, rules.reminderMs);
    state.nextWallMs = answered ? 0 : now.wallMs + (state.nextMonotonicMs - now.monotonicMs);
    if (out.incident.approval) {
        out.incident.approval->deadlineMonotonicMs = state.nextMonotonicMs;
        out.incident.approval->deadlineAt = state.nextWallMs;
    }
}

void climbChain(Outcome &out, const Rules &rules, const Now &now, bool approval)
{
    auto &state = out.incident.escalation;
    if (state.nextMonotonicMs == 0 || now.monotonicMs < state.nextMonotonicMs)
        return;
    const int steps = int(rules.chainAfterMs.size());
    const bool more = state.stepsTaken < steps;
    if (more) {
        out.effects.emplace_back(Tell{QStringLiteral("escalated"), state.stepsTaken, state.stepsTaken});
        ++state.stepsTaken;
    } else {
        out.effects.emplace_back(Tell{QStringLiteral("reminder"), 0, steps - 1});
    }
    out.incident.timeline.append({now.wallMs, out.incident.status,
                                  more ? QStringLiteral("not answered: step %1 of %2 of the escalation chain").arg(state.stepsTaken).arg(steps)
                                       : QStringLiteral("still not answered: everybody in the chain is reminded")});
    setNext(out, rules, now, approval);
}

void endChain(Outcome &out, bool tellResolved, const QString &event)
{
    auto &state = out.incident.escalation;
    if (tellResolved && state.stepsTaken > 0)
        out.effects.emplace_back(Tell{event, 0, state.stepsTaken - 1});
    const int taken = tellResolved ? 0 : state.stepsTaken;
    state = {};
    state.stepsTaken = taken;
}

void tellAcknowledged(Outcome &out)
{
    if (const int taken = out.incident.escalation.stepsTaken; taken > 0)
        out.effects.emplace_back(Tell{QStringLiteral("acknowledged"), 0, taken - 1});
}

} // namespace prunella::step
