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

/// It named absolute values, so that a second time changes nothing when the first one was whole; nobody tries for ever.
bool isWorthOnceMore(const Incident &incident, const RecoveryActionRecord &record)
{
    const auto same = [&record](const RecoveryActionRecord &other) {
        return other.type == record.type && other.target == record.target && other.subject == record.subject
            && other.valueTarget == record.valueTarget && other.status == ActionStatus::Unknown;
    };
    return record.status == ActionStatus::Unknown && !record.valueTarget.isEmpty() && !onlyLooks(record.type) && !incident.finalHalt
        && std::count_if(incident.actions.cbegin(), incident.actions.cend(), same) == 1;
}

} // namespace

void didNotHelp(const Verified &event, RecoveryActionRecord *record, bool first, Outcome &out, const Rules &rules, const Now &now)
{
    out.incident.conditionHolds = true;
    const bool looked = record && (onlyLooks(record->type) || rules.keepsStep);
    const QString text = looked ? QStringLiteral("still so: %1").arg(event.text)
                                : QStringLiteral("did not help (%1): %2").arg(toString(event.verdict), event.text);
    if (record && first && isWorthOnceMore(out.incident, *record)) { // or it would stay half done: a link that was moved, and the old process
        moveTo(out, IncidentStatus::Diagnosing, QStringLiteral("%1 shows no effect, and whether it was done is not known: %2")
                                                    .arg(toString(record->type), event.text), now);
        out.effects.emplace_back(DoAgain{record->id});
        return;
    }
    const bool mayBeUndone = first && !looked && record->status == ActionStatus::Completed && record->undoneBy.isEmpty();
    if (!mayBeUndone)
        return goOn(out.incident.finalHalt ? event.text : text, out, rules, now);
    moveTo(out, IncidentStatus::Diagnosing, text, now);
    out.effects.emplace_back(TakeBack{record->id});
}

void undoing(const Undoing &event, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    const bool again = event.request.undoes.isEmpty();
    const QString why = again ? QStringLiteral("once more, for its outcome is unknown") : QStringLiteral("what did not help is taken back");
    RecoveryActionRecord record = recordFor(event.request, {Decision::Run, Reason::Allowed, why, 0});
    record.status = ActionStatus::InProgress;
    record.startedAt = now.wallMs;
    if (const auto *first = again ? findAction(incident, event.doneBefore) : nullptr) // the same call: who said yes to it did so to this
        std::tie(record.approvedBy, record.approvals) = std::pair(first->approvedBy, first->approvals);
    incident.actions.append(record);
    if (again)
        incident.conditionHolds = false; // as with every repair
    moveTo(out, IncidentStatus::Recovering, QStringLiteral("%1 is %2: %3").arg(toString(record.type), again ? QStringLiteral("done once more")
                                                : QStringLiteral("taken back"), record.call), now);
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
