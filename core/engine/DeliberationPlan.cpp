// The dry run: the exact calls of all that is still to come, and the policy's word on each.
#include "core/engine/Deliberation.h"
#include "core/recovery/Planner.h"

namespace prunella {
namespace {

QString wordOf(OnFailure onFailure)
{
    switch (onFailure) {
    case OnFailure::Next: return QStringLiteral("next");
    case OnFailure::Undo: return QStringLiteral("undo");
    case OnFailure::Escalate: return QStringLiteral("escalate");
    case OnFailure::Stop: return QStringLiteral("stop");
    }
    return {};
}

} // namespace

PlannedStep Deliberation::outlookOf(const Incident &incident, const Wish &wish, const Now &now) const
{
    PlannedStep step;
    step.step = wish.step;
    step.action = wish.type;
    step.target = incident.component;
    step.parameters = wish.parameters;
    step.verdict = decide(policyInput(incident, wish, false, now), now);
    if (isSupported(wish.type, m_of.target(incident.component)))
        step.call = requestFor(incident, wish, now).call;
    return step;
}

IncidentPlan Deliberation::planOf(const Incident &incident, const std::pair<QString, QList<ProcedureGuide::Outlook>> &outlook, const Now &now) const
{
    IncidentPlan plan;
    plan.incidentId = incident.id;
    plan.procedure = outlook.first;
    for (const ProcedureGuide::Outlook &one : outlook.second) {
        PlannedStep step = outlookOf(incident, one.wish, now);
        step.text = one.step.text;
        step.onFailure = wordOf(one.step.onFailure);
        step.due = one.leftOut.isEmpty();
        if (!step.due)
            step.verdict = {Decision::Refuse, Reason::NoAction, one.leftOut, 0};
        plan.steps.append(step);
    }
    if (plan.procedure.isEmpty() && incident.diagnosis) {
        for (const ActionType type : incident.diagnosis->actions)
            plan.steps.append(outlookOf(incident, {type}, now));
    }
    if (plan.steps.isEmpty())
        plan.why = QStringLiteral("no step is left: a person must look");
    return plan;
}

} // namespace prunella
