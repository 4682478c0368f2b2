#pragma once
// The incident: everything known about one fault, from its first sign to its end.
#include "core/model/Diagnosis.h"
#include "core/model/Events.h"
#include "core/model/Recovery.h"

namespace prunella {

struct TimelineEntry {
    qint64 at = 0;            ///< wall ms
    IncidentStatus status = IncidentStatus::Detected;
    QString reason;
};

/// What a person is asked, and until when.
struct ApprovalRequest {
    QString incidentId;
    QString actionId;
    QString planHash;         ///< an approval names it; refused when the plan changed since it was shown
    ActionType type = ActionType::RestartService;
    QString target;
    QString call;
    RecoveryDecision why;     ///< why a person is asked
    qint64 askedAt = 0;       ///< wall ms
    qint64 deadlineAt = 0;    ///< wall ms, when the next step of the chain follows; 0: the last step was taken
    qint64 deadlineMonotonicMs = 0;
    int needed = 1;           ///< so many different people must say yes
    QList<Approval> given;    ///< those who have
};

/// How far the escalation chain was climbed.
struct EscalationState {
    int stepsTaken = 0;
    qint64 startedMonotonicMs = 0;
    qint64 nextMonotonicMs = 0;   ///< next step or reminder; 0: none
    qint64 nextWallMs = 0;        ///< the same for a restart of the engine
};

/// A person's judgement of an incident.
struct Feedback {
    Mark mark = Mark::Real;
    QString by;
    qint64 saidAt = 0;        ///< wall ms
    QString note;
};

/// What an incident brought with it elsewhere: a condition that holds only because the cause does.
struct Symptom {
    Condition condition;
    ErrorType type = ErrorType::Unknown;
    Severity severity = Severity::Medium;
    QString reason;           ///< the detector's sentence
    QString why;              ///< one sentence: why it belongs to this incident
    qint64 at = 0;            ///< wall ms: when it was seen
    qint64 clearedAt = 0;     ///< wall ms: it recovered with the cause, or left; 0: it still holds
    QString mergedFrom;       ///< id of the incident that it was before; empty: it never was one
    QString splitInto;        ///< id of the incident that it became; empty: it belongs here
    bool operator==(const Symptom &) const = default;
};

struct Incident {
    QString id;
    ErrorType type = ErrorType::Unknown;
    Severity severity = Severity::Medium;
    IncidentStatus status = IncidentStatus::Detected;
    QString component;
    QString host = QStringLiteral("local");
    QString summary;              ///< the detector's sentence
    Condition condition;          ///< verified against after each action
    bool conditionHolds = true;
    qint64 startedAt = 0;         ///< wall ms: when the fault began, as far as the evidence tells
    qint64 detectedAt = 0;
    qint64 resolvedAt = 0;
    qint64 acknowledgedAt = 0;
    QString acknowledgedBy;
    std::optional<Diagnosis> diagnosis;
    QList<RecoveryActionRecord> actions;
    std::optional<ApprovalRequest> approval;
    EscalationState escalation;
    Reason haltReason = Reason::Allowed; ///< why nothing more happens by itself (Escalated, Observed, Suppressed)
    bool finalHalt = false;       ///< no further action by itself until resolved (rejected, attempts exhausted)
    qint64 verifyAtMonotonicMs = 0;  ///< Verifying: when the verdict falls
    qint64 retryAtMonotonicMs = 0;   ///< Detected/Diagnosing after Wait: when the policy is asked again
    QList<TimelineEntry> timeline;
    int symptoms = 1;             ///< how many events were folded into it
    std::optional<Feedback> feedback; ///< absent: nobody judged it
    QList<Symptom> members;       ///< what fails elsewhere because of it, in the order in which it was seen
    qint64 worseAt = 0;           ///< wall ms: when its severity last rose; 0: it never did
    QString mergedInto;           ///< id of the incident that turned out to be the cause; then it is resolved
};

[[nodiscard]] inline bool holds(const Symptom &symptom) { return symptom.clearedAt == 0 && symptom.splitInto.isEmpty(); }
[[nodiscard]] inline bool isOpen(const Incident &incident) { return incident.status != IncidentStatus::Resolved; }

/// healed by the first action 1.0, later ones less, by itself or by a person 0.0; nothing while open.
[[nodiscard]] std::optional<double> effectivenessScore(const Incident &incident);

} // namespace prunella
