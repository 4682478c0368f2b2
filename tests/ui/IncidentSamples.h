#pragma once
// Incidents as a real day makes them: rich texts, long commands, several actions.
#include "core/model/Frame.h"

#include <QString>

namespace prunella::samples {

inline constexpr qint64 Now = 1'700'000'000'000; ///< wall ms; ManualClock's first time

inline QString text(const char *words) { return QString::fromUtf8(words); }

inline DiagnosisNode cause(const char *id, const char *words, double before, double after, bool held, QList<QString> evidence = {})
{
    DiagnosisNode node;
    node.id = text(id);
    node.node = text(words);
    node.confidenceBefore = before;
    node.confidence = after;
    node.held = held;
    node.evidence = std::move(evidence);
    return node;
}

inline Diagnosis crashDiagnosis(qint64 at)
{
    DiagnosisNode killed = cause("signal", "Was the process ended by a signal?", 0.5, 0.93, true,
        {text("unit web.service failed with result=signal at 20:14:58"), text("main process 4711 was ended by signal 9 (SIGKILL) at 20:14:58")});
    killed.answer = text("yes");
    killed.asked = true;
    killed.children = {cause("killed_by_signal", "Killed from outside by signal 9", 0.3, 0.93, true, {text("no OOM kill in the kernel log between 20:13:58 and 20:15:01")}),
                       cause("oom", "Killed by the kernel for want of memory", 0.2, 0.02, false, {text("memory_usage 61.3 % at 20:14:55")})};
    DiagnosisNode exit = cause("exit_code", "Did it exit with an error code?", 0.5, 0.05, false);
    exit.children = {cause("bad_config", "It refuses its configuration", 0.3, 0.03, false)};
    Diagnosis diagnosis;
    diagnosis.tree = text("service_crash");
    diagnosis.causeId = text("killed_by_signal");
    diagnosis.rootCause = text("web was killed from outside by signal 9: neither the kernel nor systemd ended it");
    diagnosis.component = text("web");
    diagnosis.confidence = 0.93;
    diagnosis.root = cause("root", "How did the service end?", 1, 1, true, {text("ActiveState failed, SubState failed at 20:14:58")});
    diagnosis.root.answer = text("abnormally");
    diagnosis.root.asked = true;
    diagnosis.root.children = {killed, exit};
    diagnosis.ruledOut = {text("out of memory: no OOM kill in the kernel log"), text("bad configuration: the process ran for 3 h 12 min before")};
    diagnosis.correlated = {text("20:14:59 response_time{service=web} 2 400 ms over critical 2 000 ms"), text("20:15:00 health check http://127.0.0.1:8080/health: connection refused")};
    diagnosis.actions = {ActionType::RestartService};
    diagnosis.wallMs = at;
    return diagnosis;
}

inline RecoveryActionRecord restart(const QString &target, qint64 at, Verdict verdict, int attempt = 1)
{
    RecoveryActionRecord action;
    action.id = text("action-") + target + QString::number(attempt);
    action.target = target;
    action.status = ActionStatus::Completed;
    action.decision = {Decision::Run, Reason::Allowed, text("confidence 93 % is over 80 %, 1 of 3 attempts in 1 h"), 0};
    action.call = text("systemctl restart ") + target + text(".service  (org.freedesktop.systemd1.Manager.RestartUnit(\"") + target + text(".service\", \"replace\"))");
    action.attempt = attempt;
    action.startedAt = at;
    action.completedAt = at + 412;
    action.verdict = verdict;
    action.verified = verdict == Verdict::Healed;
    action.verifyText = verdict == Verdict::Healed ? text("active for 30 s with pid 4820, 2 of 2 health checks pass") : text("health check failed: connection refused");
    action.output = text("job 1834 done\nunit web.service: active/running\nmain process 4820\nlistening on 127.0.0.1:8080\nready after 212 ms");
    return action;
}

/// web, killed by signal 9; with its life up to `status`.
inline Incident crash(const char *component, IncidentStatus status, qint64 at, const char *id = "7f3c9a52-0000-4000-8000-000000000001")
{
    Incident incident;
    incident.id = text(id);
    incident.type = ErrorType::ServiceCrash;
    incident.severity = Severity::High;
    incident.component = text(component);
    incident.summary = incident.component + text(" failed: main process ended by signal 9");
    incident.condition.kind = ConditionKind::UnitFailed;
    incident.condition.component = incident.component;
    incident.startedAt = at - 2'000;
    incident.detectedAt = at;
    incident.status = status;
    incident.symptoms = 3;
    incident.diagnosis = crashDiagnosis(at + 100);
    incident.diagnosis->rootCause.replace(text("web"), incident.component);
    incident.timeline = {{at, IncidentStatus::Detected, text("unit failed: signal 9")}, {at + 100, IncidentStatus::Diagnosing, text("3 events belong together")}};
    const auto enter = [&](qint64 after, IncidentStatus next, const char *reason) { incident.timeline.append({at + after, next, text(reason)}); };
    if (status == IncidentStatus::Resolved || status == IncidentStatus::Escalated) {
        const bool healed = status == IncidentStatus::Resolved;
        enter(9'000, IncidentStatus::Recovering, "restart_service: confidence 93 % is over 80 %");
        enter(21'000, IncidentStatus::Verifying, "restart_service done: job 1834 done");
        enter(51'000, status, healed ? "verified: active for 30 s, 2 of 2 health checks pass" : "3 of 3 attempts in 1 h: a person is needed");
        incident.actions = {restart(incident.component, at + 9'000, healed ? Verdict::Healed : Verdict::Unchanged)};
        incident.resolvedAt = healed ? at + 51'000 : 0;
    } else if (status == IncidentStatus::AwaitingApproval) {
        enter(300, status, "the mode asks a person");
    }
    return incident;
}

inline ApprovalRequest approvalFor(const Incident &incident, qint64 monotonicMs, const char *plan = "plan-1")
{
    ApprovalRequest request;
    request.incidentId = incident.id;
    request.actionId = text("action-1");
    request.planHash = text(plan);
    request.target = incident.component;
    request.call = text("systemctl restart ") + incident.component + text(".service");
    request.why = {Decision::Ask, Reason::ModeApprove, text("the mode of web is approve"), 0};
    request.askedAt = incident.detectedAt;
    request.deadlineAt = incident.detectedAt + 300'000;
    request.deadlineMonotonicMs = monotonicMs + 300'000;
    return request;
}

} // namespace prunella::samples
