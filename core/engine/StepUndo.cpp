#include "core/engine/StepUndo.h"

#include "core/engine/StepSupport.h"

namespace prunella::step {
namespace {

/// The next action, unless a person has taken the incident over meanwhile.
void goOn(const QString &text, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    if (incident.finalHalt)
        return halt(out, incident.haltReason, text, rules, now);
    moveTo(out, IncidentStatus::Diagnosing, text, now);
    out.effects.emplace_back(Diagnose{});
}

} // namespace

void didNotHelp(const Verified &event, RecoveryActionRecord *record, Outcome &out, const Rules &rules, const Now &now)
{
    out.incident.conditionHolds = true;
    const bool looked = record && onlyLooks(record->type);
    const QString text = looked ? QStringLiteral("still so: %1").arg(event.text)
                                : QStringLiteral("did not help (%1): %2").arg(toString(event.verdict), event.text);
    const bool mayBeUndone = record && !looked && record->status == ActionStatus::Completed && record->undoneBy.isEmpty();
    if (!mayBeUndone)
        return goOn(out.incident.finalHalt ? event.text : text, out, rules, now);
    moveTo(out, IncidentStatus::Diagnosing, text, now);
    out.effects.emplace_back(TakeBack{record->id});
}

void undoing(const Undoing &event, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    RecoveryActionRecord record = recordFor(event.request, {Decision::Run, Reason::Allowed, QStringLiteral("what did not help is taken back"), 0});
    record.status = ActionStatus::InProgress;
    record.startedAt = now.wallMs;
    incident.actions.append(record);
    moveTo(out, IncidentStatus::Recovering, QStringLiteral("%1 is taken back: %2").arg(toString(record.type), record.call), now);
    out.effects.emplace_back(RunAction{event.request});
}

void notUndone(const NotUndone &event, Outcome &out, const Rules &rules, const Now &now)
{
    if (!event.why.isEmpty())
        return halt(out, Reason::UndoFailed, event.why, rules, now);
    if (out.incident.finalHalt) // a person took it over while it was verified
        return halt(out, out.incident.haltReason, out.incident.timeline.isEmpty() ? QString() : out.incident.timeline.last().reason, rules, now);
    out.effects.emplace_back(Diagnose{});
}

void undone(RecoveryActionRecord &undo, bool cleared, Outcome &out, const Rules &rules, const Now &now)
{
    const QString name = toString(undo.type);
    if (undo.status != ActionStatus::Completed) {
        const QString text = QStringLiteral("%1 did not help and could not be taken back (%2): %3. By hand: %4")
                                 .arg(name, toString(undo.status), firstLine(undo.output), undo.call);
        halt(out, Reason::UndoFailed, text, rules, now);
        if (cleared)
            settle(out, QStringLiteral("the condition cleared meanwhile"), rules, now);
        return;
    }
    if (auto *first = findAction(out.incident, undo.undoes)) {
        first->status = ActionStatus::RolledBack;
        first->undoneBy = undo.id;
    }
    const QString text = QStringLiteral("%1 was taken back: %2").arg(name, firstLine(undo.output));
    if (cleared) // nothing more is done for what is over
        return settle(out, text + QStringLiteral("; the condition cleared meanwhile"), rules, now);
    goOn(text, out, rules, now);
}

} // namespace prunella::step
