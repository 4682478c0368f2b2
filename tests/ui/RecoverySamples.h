#pragma once
// A dry run and a card's life as a real incident makes them.
#include "core/model/PlannedStep.h"
#include "tests/ui/IncidentSamples.h"

namespace prunella::samples {

inline PlannedStep planned(const char *id, ActionType action, const char *call, const RecoveryDecision &verdict, const char *onFailure = "next")
{
    PlannedStep step;
    step.step = text(id);
    step.action = action;
    step.target = text("web");
    step.call = text(call);
    step.verdict = verdict;
    step.onFailure = text(onFailure);
    return step;
}

/// One step of each word: left out, would run, would ask, refused.
inline IncidentPlan leakPlan(const char *incident)
{
    IncidentPlan plan;
    plan.incidentId = text(incident);
    plan.procedure = text("memory_leak");
    plan.steps = {planned("look", ActionType::EnableMonitoring, "look every 1 s for 600 s, snapshot of the processes, debug log",
                          {Decision::Refuse, Reason::NoAction, text("the evidence memory_growth is not there"), 0}),
                  planned("restart", ActionType::RestartService, "systemctl restart web.service",
                          {Decision::Run, Reason::Allowed, text("automatic, confidence 0.93, attempt 1 of 3"), 0}),
                  planned("raise", ActionType::IncreaseResources, "systemctl set-property --runtime web.service MemoryMax=320M (now 256M)",
                          {Decision::Ask, Reason::LowConfidence, text("confidence 0.62 is under 0.80"), 0}, "undo"),
                  planned("back", ActionType::RollbackDeployment, "switch /srv/web/current from 2.4.1 to 2.4.0, then restart web.service",
                          {Decision::Refuse, Reason::SwitchedOff, text("recovery.rollback_enabled of web is false"), 0}, "escalate")};
    plan.steps[0].due = false;
    plan.steps[1].text = text("frees what leaked");
    plan.steps[2].text = text("more room until the leak is mended");
    plan.steps[2].parameters = {{text("resource"), text("memory")}, {text("step"), text("1.25")}};
    return plan;
}

/// A limit that was raised with two people's yes and did not help.
inline RecoveryActionRecord raised(qint64 at)
{
    RecoveryActionRecord raise = restart(text("web"), at + 60'000, Verdict::Unchanged);
    raise.id = text("raise-1");
    raise.type = ActionType::IncreaseResources;
    raise.status = ActionStatus::RolledBack;
    raise.call = text("systemctl set-property --runtime web.service MemoryMax=335544320");
    raise.subject = text("memory");
    raise.valueBefore = text("268435456");
    raise.valueTarget = text("335544320");
    raise.procedure = text("memory_leak");
    raise.step = text("raise");
    raise.undoneBy = text("back-1");
    raise.approvedBy = text("uid 1000 (anna), uid 1001 (ben)");
    raise.approvals = {{text("uid 1000 (anna)"), text("pts/3"), at + 40'000}, {text("uid 1001 (ben)"), text("console"), at + 55'000}};
    raise.decision = {Decision::Run, Reason::Approved, text("a person approved it"), 0};
    return raise;
}

inline RecoveryActionRecord takenBack(RecoveryActionRecord raise)
{
    raise.undoes = raise.id;
    raise.id = raise.undoneBy;
    raise.undoneBy.clear();
    raise.status = ActionStatus::Completed;
    std::swap(raise.valueBefore, raise.valueTarget);
    raise.call = text("systemctl set-property --runtime web.service MemoryMax=268435456");
    raise.startedAt += 90'000;
    raise.completedAt += 90'000;
    raise.approvals.clear();
    raise.approvedBy.clear();
    raise.decision = {Decision::Run, Reason::Allowed, text("it did not help and is taken back"), 0};
    return raise;
}

inline RecoveryActionRecord closerLook(qint64 at, const QString &snapshot)
{
    RecoveryActionRecord look = restart(text("web"), at + 180'000, Verdict::Unknown);
    look.id = text("look-1");
    look.type = ActionType::EnableMonitoring;
    look.verdict.reset();
    look.subject = text("closer look");
    look.valueBefore = text("as before");
    look.valueTarget = text("every 1 s for 600 s");
    look.call = text("look every 1 s for 600 s");
    look.output = text("snapshot of 48 KiB taken");
    look.verifyText.clear();
    look.attachment = snapshot;
    return look;
}

inline RecoveryActionRecord shadowed()
{
    RecoveryActionRecord shadow;
    shadow.id = text("shadow-1");
    shadow.target = text("web");
    shadow.call = text("systemctl restart web.service");
    shadow.status = ActionStatus::Refused;
    shadow.decision = {Decision::Refuse, Reason::Shadow, text("shadow mode, nothing is done; otherwise it would have been done: automatic, confidence 0.93"), 0};
    return shadow;
}

/// All of these in the life of one incident.
inline Incident raisedAndTakenBack(qint64 at, const QString &snapshot)
{
    Incident incident = crash("web", IncidentStatus::Escalated, at, "leak");
    incident.haltReason = Reason::BreakerOpen;
    incident.actions = {raised(at), takenBack(raised(at)), closerLook(at, snapshot), shadowed()};
    return incident;
}

} // namespace prunella::samples
