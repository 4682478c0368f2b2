#pragma once
// The incident's life as one pure function: (incident, event, now) -> (incident, effects).
#include "core/base/Clock.h"
#include "core/model/Config.h"
#include "core/model/Frame.h"
#include "core/model/TreeQuery.h"

namespace prunella::step {

// What can happen to an incident.
struct Opened { QList<Symptom> joined; };   ///< `joined`: what had failed elsewhere before, and turned out to belong to it
struct Diagnosed { Diagnosis diagnosis; };
/// Probes run for its diagnosis: what they ask, and when it goes on without them at the latest.
struct Asked { QString text; qint64 untilMonotonicMs = 0; };
/// The planner's choice and the policy's word on it; no request when nothing can be done.
struct Decided { RecoveryDecision decision; std::optional<ActionRequest> request; QString planHash; QList<Approval> given = {}; };
struct ActionDone { ActionResult result; bool cleared = false; }; ///< cleared: its condition was over before the action was
/// The opening condition was seen again (`fresh`: a new failure, not the same one told twice) or no longer holds.
struct ConditionSeen { bool holds = true; bool fresh = true; ErrorEvent event; };
struct Verified { Verdict verdict = Verdict::Unknown; QString text; };
struct PersonSaid { Command command; };
/// What was asked for or approved would now be another call: it needs another yes.
struct PlanChanged { QString text; };
/// One of the incident's times has come.
struct TimeCame {};
/// Something fails elsewhere because of this.
struct Joined { Symptom symptom; };
/// A symptom is over, by itself or because the cause is healed.
struct SymptomCleared { Condition condition; QString reason; };
/// A symptom turned out to have, or to need, a turn of its own.
struct SplitOff { QString key, intoId, why; }; ///< `key`: foldKey() of what leaves
/// This turned out to be part of another incident, and ends.
struct MergedInto { QString intoId, why; };
/// Nobody watches its component any more.
struct Gone { QString why; };
/// What did not help is being taken back, or what is not known to have been done is done once more: the action that does it has begun.
struct Undoing { ActionRequest request; };
/// What did not help stays as it is: it has no inverse, or its inverse is impossible now (`why` not empty).
struct NotUndone { QString why; };
/// The engine starts anew with this open incident; `unfinished` names an action whose outcome nobody knows.
struct Restored { QString unfinished; };
using Event = std::variant<Opened, Diagnosed, Asked, Decided, ActionDone, ConditionSeen, Verified, PersonSaid, PlanChanged, TimeCame, Restored,
                           Joined, SymptomCleared, SplitOff, MergedInto, Gone, Undoing, NotUndone>;

// What follows from it.
struct Diagnose {};
/// Plan the next action and ask the policy; `approvedBy` set: a person said yes to this action.
struct Decide { std::optional<ActionType> wanted; QString approvedBy; bool interactive = false; QString actionId; QList<Approval> approvals = {}; };
struct RunAction { ActionRequest request; };
/// This action did not help: Undoing or NotUndone follows.
struct TakeBack { QString actionId; };
/// Nobody knows whether this action was done to its end, and it shows no effect: Undoing with the same values, or NotUndone.
struct DoAgain { QString actionId; };
struct Verify {};
struct AskPerson { ApprovalRequest request; };
struct WithdrawApproval { QString reason; };
/// Tell the channels of these steps of the chain.
struct Tell { QString event; int fromStep = 0; int toStep = 0; };
using Effect = std::variant<Diagnose, Decide, RunAction, TakeBack, Verify, AskPerson, WithdrawApproval, Tell, DoAgain>;

/// The durations the machine needs, resolved for the incident's service.
struct Rules {
    qint64 settleMs = 30'000;
    qint64 approvalStepMs = 300'000; ///< recovery.escalation_timeout
    qint64 alertStepMs = 300'000;    ///< error_detection.alert_escalation_timeout
    QList<qint64> chainAfterMs{0};   ///< `after` of each step of the escalation chain
    qint64 reminderMs = 3'600'000;   ///< an unanswered escalation is repeated hourly
    std::optional<qint64> stepSettleMs; ///< of the procedure's step whose action is told about; absent: settleMs
    bool keepsStep = false;          ///< of that step: it is not verified and stays; the next one follows at once
    int approvalsNeeded = 1;         ///< of the action that is asked about
};

struct Outcome {
    Incident incident;
    std::vector<Effect> effects;
    CommandAnswer answer;            ///< for PersonSaid
};

[[nodiscard]] Outcome step(Incident incident, const Event &event, const Rules &rules, const Now &now);

/// Conditions with the same key are one incident: all of a service's, each series of the host's on its own.
[[nodiscard]] QString foldKey(const Condition &condition);

/// Actions that only look: they repair nothing, so nothing has to settle after them.
[[nodiscard]] constexpr bool onlyLooks(ActionType type) { return type == ActionType::HealthCheck || type == ActionType::EnableMonitoring; }

/// When the incident wants its next TimeCame, monotonic ms; 0: never by itself.
[[nodiscard]] qint64 nextTime(const Incident &incident);

[[nodiscard]] Rules rulesFor(const Config &config, const ServiceConfig *service);

} // namespace prunella::step
