#pragma once
// The moves that several events share. Part of the step function.
#include "core/engine/Step.h"

namespace prunella::step {

void moveTo(Outcome &out, IncidentStatus status, const QString &reason, const Now &now);
/// Nothing more happens by itself: escalated, and the chain is told.
void halt(Outcome &out, Reason reason, const QString &text, const Rules &rules, const Now &now);
/// It seems to be over: verified after the settling time.
void settle(Outcome &out, const QString &text, const Rules &rules, const Now &now);
void resolve(Outcome &out, const QString &text, const Now &now);
/// The pending approval, if any, is taken back.
void withdraw(Outcome &out, const QString &why, const Now &now);
void seenAgain(const ConditionSeen &event, Outcome &out, const Now &now);
void restored(const Restored &event, Outcome &out, const Rules &rules, const Now &now);

/// Of several conditions on one component the most telling one leads: a dead unit explains its failing checks.
[[nodiscard]] int weight(const Condition &condition);
[[nodiscard]] RecoveryActionRecord recordFor(const ActionRequest &request, const RecoveryDecision &decision);
/// The engine ended while this action ran; false: it did not run, or is none of this incident.
[[nodiscard]] bool leaveUnknown(Incident &incident, const QString &actionId, const QString &then, const Now &now);
[[nodiscard]] RecoveryActionRecord *findAction(Incident &incident, const QString &id);
/// An action of it runs; also when a person took the incident over meanwhile.
[[nodiscard]] bool isActing(const Incident &incident);
/// A repair that ran to an end, known or not.
[[nodiscard]] bool isFinished(const RecoveryActionRecord &record);
[[nodiscard]] RecoveryActionRecord *lastFinished(Incident &incident);
[[nodiscard]] QString firstLine(const QString &text);

} // namespace prunella::step
