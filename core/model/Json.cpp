#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;
using json::numberOrNull;
using json::searchWord;
using json::textOrNull;
using json::textsOf;
using json::timeOf;
using json::timeOrNull;
using json::wordOf;

namespace {

QString decisionWord(Decision decision)
{
    switch (decision) {
    case Decision::Run: return u"run"_s;
    case Decision::Ask: return u"ask"_s;
    case Decision::Wait: return u"wait"_s;
    case Decision::Refuse: return u"refuse"_s;
    }
    return {};
}

QString failureWord(FailureKind failure)
{
    switch (failure) {
    case FailureKind::None: return u"none"_s;
    case FailureKind::Failed: return u"failed"_s;
    case FailureKind::Timeout: return u"timeout"_s;
    case FailureKind::NotAuthorised: return u"not_authorised"_s;
    case FailureKind::StartLimit: return u"start_limit"_s;
    case FailureKind::Cancelled: return u"cancelled"_s;
    case FailureKind::NoBus: return u"no_bus"_s;
    }
    return {};
}

QString conditionWord(ConditionKind kind)
{
    switch (kind) {
    case ConditionKind::Threshold: return u"threshold"_s;
    case ConditionKind::UnitFailed: return u"unit_failed"_s;
    case ConditionKind::RestartLoop: return u"restart_loop"_s;
    case ConditionKind::Anomaly: return u"anomaly"_s;
    case ConditionKind::LogPattern: return u"log_pattern"_s;
    case ConditionKind::ProcessExited: return u"process_exited"_s;
    case ConditionKind::CheckFailing: return u"check_failing"_s;
    }
    return {};
}

Reason reasonOf(const QJsonValue &value, Reason otherwise)
{
    return searchWord(value, lastReasonValue, otherwise, [](Reason reason) { return toString(reason); });
}

// The decision's fields lie flat in the object of their action, as the contract has them.
void putDecision(QJsonObject &object, const RecoveryDecision &decision)
{
    object[u"decision"_s] = decisionWord(decision.decision);
    object[u"reason"_s] = toString(decision.reason);
    object[u"detail"_s] = decision.detail;
    object[u"retry_at_monotonic_ms"_s] = decision.retryAtMonotonicMs;
}

RecoveryDecision takeDecision(const QJsonObject &object)
{
    return {searchWord(object[u"decision"_s], Decision::Refuse, Decision::Refuse, decisionWord),
            reasonOf(object[u"reason"_s], Reason::NoAction), object[u"detail"_s].toString(),
            object[u"retry_at_monotonic_ms"_s].toInteger()};
}

QJsonObject conditionJson(const Condition &condition)
{
    return {{u"kind"_s, conditionWord(condition.kind)},
            {u"component"_s, condition.component},
            {u"metric"_s, condition.series.metric},
            {u"labels"_s, toJson(condition.series.labels)},
            {u"check"_s, condition.check}};
}

Condition conditionOf(const QJsonObject &object)
{
    return {searchWord(object[u"kind"_s], ConditionKind::LogPattern, ConditionKind::Threshold, conditionWord),
            object[u"component"_s].toString(),
            {object[u"metric"_s].toString(), labelsFromJson(object[u"labels"_s].toObject())},
            object[u"check"_s].toInt(-1)};
}

QJsonObject nodeJson(const DiagnosisNode &node)
{
    QJsonArray children;
    for (const DiagnosisNode &child : node.children)
        children.append(nodeJson(child));
    return {{u"node"_s, node.node},
            {u"id"_s, node.id},
            {u"answer"_s, node.answer},
            {u"held"_s, node.held},
            {u"asked"_s, node.asked},
            {u"evidence"_s, QJsonArray::fromStringList(node.evidence)},
            {u"confidence_before"_s, node.confidenceBefore},
            {u"confidence"_s, node.confidence}, {u"likelihood"_s, node.likelihood},
            {u"children"_s, children}};
}

DiagnosisNode nodeOf(const QJsonObject &object)
{
    DiagnosisNode node{object[u"node"_s].toString(), object[u"id"_s].toString(), object[u"answer"_s].toString(),
                       object[u"held"_s].toBool(), object[u"asked"_s].toBool(), textsOf(object[u"evidence"_s]),
                       object[u"confidence_before"_s].toDouble(), object[u"confidence"_s].toDouble(), {},
                       object[u"likelihood"_s].toDouble()};
    for (const QJsonValue &child : object[u"children"_s].toArray())
        node.children << nodeOf(child.toObject());
    return node;
}

QJsonValue approvalJson(const std::optional<ApprovalRequest> &approval)
{
    if (!approval)
        return QJsonValue::Null;
    QJsonObject object{{u"incident_id"_s, approval->incidentId},
                       {u"action_id"_s, approval->actionId},
                       {u"plan_hash"_s, approval->planHash},
                       {u"action_type"_s, toString(approval->type)},
                       {u"target"_s, approval->target},
                       {u"call"_s, approval->call},
                       {u"asked_at"_s, timeOrNull(approval->askedAt)},
                       {u"deadline_at"_s, timeOrNull(approval->deadlineAt)},
                       {u"deadline_monotonic_ms"_s, approval->deadlineMonotonicMs},
                       {u"needed"_s, approval->needed},
                       {u"given"_s, json::approvalsJson(approval->given)}};
    putDecision(object, approval->why);
    return object;
}

std::optional<ApprovalRequest> approvalOf(const QJsonValue &value)
{
    if (!value.isObject())
        return std::nullopt;
    const QJsonObject object = value.toObject();
    return ApprovalRequest{object[u"incident_id"_s].toString(), object[u"action_id"_s].toString(),
                           object[u"plan_hash"_s].toString(),
                           wordOf(object[u"action_type"_s], ActionType::RestartService),
                           object[u"target"_s].toString(), object[u"call"_s].toString(), takeDecision(object),
                           timeOf(object[u"asked_at"_s]), timeOf(object[u"deadline_at"_s]),
                           object[u"deadline_monotonic_ms"_s].toInteger(), object[u"needed"_s].toInt(1), json::approvalsOf(object[u"given"_s])};
}

QJsonObject escalationJson(const EscalationState &escalation)
{
    return {{u"steps_taken"_s, escalation.stepsTaken},
            {u"started_monotonic_ms"_s, escalation.startedMonotonicMs},
            {u"next_monotonic_ms"_s, escalation.nextMonotonicMs},
            {u"next_at"_s, timeOrNull(escalation.nextWallMs)}};
}

EscalationState escalationOf(const QJsonObject &object)
{
    return {object[u"steps_taken"_s].toInt(), object[u"started_monotonic_ms"_s].toInteger(),
            object[u"next_monotonic_ms"_s].toInteger(), timeOf(object[u"next_at"_s])};
}

QJsonArray timelineJson(const QList<TimelineEntry> &timeline)
{
    QJsonArray list;
    for (const TimelineEntry &entry : timeline) {
        list.append(QJsonObject{{u"at"_s, timeOrNull(entry.at)},
                                {u"status"_s, toString(entry.status)},
                                {u"reason"_s, entry.reason}});
    }
    return list;
}

QList<TimelineEntry> timelineOf(const QJsonValue &value)
{
    QList<TimelineEntry> timeline;
    for (const QJsonValue &element : value.toArray()) {
        const QJsonObject object = element.toObject();
        timeline << TimelineEntry{timeOf(object[u"at"_s]), wordOf(object[u"status"_s], IncidentStatus::Detected),
                                  object[u"reason"_s].toString()};
    }
    return timeline;
}

} // namespace

QJsonObject toJson(const Labels &labels)
{
    QJsonObject object;
    for (auto it = labels.cbegin(); it != labels.cend(); ++it)
        object[it.key()] = it.value();
    return object;
}

Labels labelsFromJson(const QJsonObject &object)
{
    Labels labels;
    for (auto it = object.begin(); it != object.end(); ++it)
        labels[it.key()] = it.value().toString();
    return labels;
}

QJsonObject toJson(const Diagnosis &diagnosis)
{
    QStringList actions;
    for (const ActionType action : diagnosis.actions)
        actions << toString(action);
    return {{u"root_cause"_s, diagnosis.rootCause},
            {u"cause_id"_s, diagnosis.causeId},
            {u"component"_s, diagnosis.component},
            {u"confidence"_s, diagnosis.confidence},
            {u"tree_name"_s, diagnosis.tree},
            {u"tree"_s, nodeJson(diagnosis.root)},
            {u"ruled_out"_s, QJsonArray::fromStringList(diagnosis.ruledOut)},
            {u"correlated_events"_s, QJsonArray::fromStringList(diagnosis.correlated)},
            {u"recommended_actions"_s, QJsonArray::fromStringList(actions)},
            {u"diagnosed_at"_s, timeOrNull(diagnosis.wallMs)},
            {u"advice"_s, diagnosis.advice}, {u"affected"_s, QJsonArray::fromStringList(diagnosis.affected)}};
}

Diagnosis diagnosisFromJson(const QJsonObject &object)
{
    Diagnosis diagnosis{object[u"tree_name"_s].toString(), object[u"cause_id"_s].toString(),
                        object[u"root_cause"_s].toString(), object[u"component"_s].toString(),
                        object[u"confidence"_s].toDouble(), nodeOf(object[u"tree"_s].toObject()),
                        textsOf(object[u"ruled_out"_s]), textsOf(object[u"correlated_events"_s]), {},
                        timeOf(object[u"diagnosed_at"_s]), object[u"advice"_s].toString(), textsOf(object[u"affected"_s])};
    for (const QString &word : textsOf(object[u"recommended_actions"_s])) {
        if (const auto action = fromString<ActionType>(word))
            diagnosis.actions << *action;
    }
    return diagnosis;
}

QJsonObject toJson(const RecoveryActionRecord &action)
{
    QJsonObject object{{u"id"_s, action.id},
                       {u"action_type"_s, toString(action.type)},
                       {u"target"_s, action.target},
                       {u"status"_s, toString(action.status)},
                       {u"call"_s, action.call},
                       {u"attempt"_s, action.attempt},
                       {u"started_at"_s, timeOrNull(action.startedAt)},
                       {u"completed_at"_s, timeOrNull(action.completedAt)},
                       {u"verified"_s, action.verified},
                       {u"verdict"_s, textOrNull(action.verdict ? toString(*action.verdict) : QString())},
                       {u"verify_text"_s, action.verifyText},
                       {u"approved_by"_s, textOrNull(action.approvedBy)},
                       {u"output"_s, action.output},
                       {u"failure"_s, failureWord(action.failure)},
                       {u"invocation_before"_s, action.invocationBefore}};
    putDecision(object, action.decision);
    json::putTraces(object, action);
    return object;
}

RecoveryActionRecord actionFromJson(const QJsonObject &object)
{
    RecoveryActionRecord action;
    action.id = object[u"id"_s].toString();
    action.type = wordOf(object[u"action_type"_s], action.type);
    action.target = object[u"target"_s].toString();
    action.status = wordOf(object[u"status"_s], ActionStatus::Unknown);
    action.decision = takeDecision(object);
    action.call = object[u"call"_s].toString();
    action.attempt = object[u"attempt"_s].toInt(1);
    action.startedAt = timeOf(object[u"started_at"_s]);
    action.completedAt = timeOf(object[u"completed_at"_s]);
    action.verified = object[u"verified"_s].toBool();
    action.verdict = fromString<Verdict>(object[u"verdict"_s].toString());
    action.verifyText = object[u"verify_text"_s].toString();
    action.approvedBy = object[u"approved_by"_s].toString();
    action.output = object[u"output"_s].toString();
    action.failure = searchWord(object[u"failure"_s], FailureKind::NoBus, FailureKind::None, failureWord);
    action.invocationBefore = object[u"invocation_before"_s].toString();
    json::takeTraces(object, action);
    return action;
}

QJsonObject toJson(const ActionResult &result)
{
    return {{u"id"_s, result.actionId},
            {u"status"_s, toString(result.status)},
            {u"failure"_s, failureWord(result.failure)},
            {u"output"_s, result.output},
            {u"new_pid"_s, result.newPid},
            {u"attachment"_s, textOrNull(result.attachment)}};
}

ActionResult resultFromJson(const QJsonObject &object)
{
    return {object[u"id"_s].toString(), wordOf(object[u"status"_s], ActionStatus::Unknown),
            searchWord(object[u"failure"_s], FailureKind::NoBus, FailureKind::None, failureWord),
            object[u"output"_s].toString(), object[u"new_pid"_s].toInteger(), object[u"attachment"_s].toString()};
}

QJsonObject toJson(const Condition &condition) { return conditionJson(condition); }
Condition conditionFromJson(const QJsonObject &object) { return conditionOf(object); }

QJsonObject toJson(const Incident &incident)
{
    QJsonArray actions;
    for (const RecoveryActionRecord &action : incident.actions)
        actions.append(toJson(action));
    return {{u"schema"_s, 1},
            {u"id"_s, incident.id},
            {u"error_type"_s, toString(incident.type)},
            {u"severity"_s, toString(incident.severity)},
            {u"status"_s, toString(incident.status)},
            {u"component"_s, incident.component},
            {u"host"_s, incident.host},
            {u"summary"_s, incident.summary},
            {u"condition"_s, conditionJson(incident.condition)},
            {u"condition_holds"_s, incident.conditionHolds},
            {u"started_at"_s, timeOrNull(incident.startedAt)},
            {u"detected_at"_s, timeOrNull(incident.detectedAt)},
            {u"resolved_at"_s, timeOrNull(incident.resolvedAt)},
            {u"acknowledged_at"_s, timeOrNull(incident.acknowledgedAt)},
            {u"acknowledged_by"_s, textOrNull(incident.acknowledgedBy)},
            {u"diagnosis"_s, incident.diagnosis ? QJsonValue(toJson(*incident.diagnosis)) : QJsonValue::Null},
            {u"recovery_actions"_s, actions},
            {u"effectiveness_score"_s, numberOrNull(effectivenessScore(incident))},
            {u"approval"_s, approvalJson(incident.approval)},
            {u"escalation"_s, escalationJson(incident.escalation)},
            {u"halt_reason"_s, toString(incident.haltReason)},
            {u"final_halt"_s, incident.finalHalt},
            {u"verify_at_monotonic_ms"_s, incident.verifyAtMonotonicMs},
            {u"retry_at_monotonic_ms"_s, incident.retryAtMonotonicMs},
            {u"timeline"_s, timelineJson(incident.timeline)},
            {u"symptoms"_s, incident.symptoms}, {u"members"_s, toJson(incident.members)},
            {u"worse_at"_s, timeOrNull(incident.worseAt)}, {u"merged_into"_s, textOrNull(incident.mergedInto)},
            {u"feedback"_s, incident.feedback ? QJsonValue(toJson(*incident.feedback)) : QJsonValue::Null}};
}

Incident incidentFromJson(const QJsonObject &object)
{
    Incident incident;
    incident.id = object[u"id"_s].toString();
    incident.type = wordOf(object[u"error_type"_s], ErrorType::Unknown);
    incident.severity = wordOf(object[u"severity"_s], Severity::Medium);
    incident.status = wordOf(object[u"status"_s], IncidentStatus::Detected);
    incident.component = object[u"component"_s].toString();
    incident.host = object[u"host"_s].toString(incident.host);
    incident.summary = object[u"summary"_s].toString();
    incident.condition = conditionOf(object[u"condition"_s].toObject());
    incident.conditionHolds = object[u"condition_holds"_s].toBool(true);
    incident.startedAt = timeOf(object[u"started_at"_s]);
    incident.detectedAt = timeOf(object[u"detected_at"_s]);
    incident.resolvedAt = timeOf(object[u"resolved_at"_s]);
    incident.acknowledgedAt = timeOf(object[u"acknowledged_at"_s]);
    incident.acknowledgedBy = object[u"acknowledged_by"_s].toString();
    if (object[u"diagnosis"_s].isObject())
        incident.diagnosis = diagnosisFromJson(object[u"diagnosis"_s].toObject());
    for (const QJsonValue &action : object[u"recovery_actions"_s].toArray())
        incident.actions << actionFromJson(action.toObject());
    incident.approval = approvalOf(object[u"approval"_s]);
    incident.escalation = escalationOf(object[u"escalation"_s].toObject());
    incident.haltReason = reasonOf(object[u"halt_reason"_s], Reason::Allowed);
    incident.finalHalt = object[u"final_halt"_s].toBool();
    incident.verifyAtMonotonicMs = object[u"verify_at_monotonic_ms"_s].toInteger();
    incident.retryAtMonotonicMs = object[u"retry_at_monotonic_ms"_s].toInteger();
    incident.worseAt = timeOf(object[u"worse_at"_s]);
    incident.timeline = timelineOf(object[u"timeline"_s]);
    incident.symptoms = object[u"symptoms"_s].toInt(1);
    incident.members = symptomsFromJson(object[u"members"_s].toArray());
    incident.mergedInto = object[u"merged_into"_s].toString();
    if (object[u"feedback"_s].isObject())
        incident.feedback = feedbackFromJson(object[u"feedback"_s].toObject());
    return incident;
}

} // namespace prunella
