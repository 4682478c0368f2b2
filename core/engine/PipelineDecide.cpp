// The planner's and the policy's part of the pipeline.
#include "core/engine/Deliberation.h"
#include "core/engine/StepSupport.h"
#include "core/recovery/Planner.h"
#include "core/recovery/Policy.h"

namespace prunella {
namespace {

/// The id of an action that a person approved and that had to wait; empty when there is none.
const RecoveryActionRecord *approvedButWaiting(const Incident &incident)
{
    const auto it = std::find_if(incident.actions.cbegin(), incident.actions.cend(), [](const auto &record) {
        return record.status == ActionStatus::AwaitingApproval && !record.approvedBy.isEmpty();
    });
    return it == incident.actions.cend() ? nullptr : &*it;
}

/// What a person wished for and must wait keeps a record, so that it is done later without asking again.
void rememberApproval(Incident &incident, const ActionRequest &request, const RecoveryDecision &decision, const step::Decide &decided)
{
    if (!step::findAction(incident, request.id) && decision.decision == Decision::Wait) {
        incident.actions.append(step::recordFor(request, decision));
        incident.actions.last().status = ActionStatus::AwaitingApproval;
    }
    if (auto *record = step::findAction(incident, request.id)) {
        record->approvedBy = decided.approvedBy;
        record->approvals = decided.approvals;
    }
}

/// What a record says of the wish that it came from.
ActionRequest wishedBy(const RecoveryActionRecord &record)
{
    ActionRequest request;
    request.type = record.type;
    request.parameters = record.parameters;
    request.procedure = record.procedure;
    request.step = record.step;
    return request;
}

QString planChangedText(const ActionRequest &request)
{
    return QStringLiteral("the plan changed since it was shown: it is now %1").arg(request.call);
}

} // namespace

QList<ServiceConfig> Pipeline::relatedTo(const ServiceConfig &service) const
{
    QList<ServiceConfig> related;
    for (const QString &name : m_graph.dependenciesOf(service.name) + service.restart.group) {
        const ServiceConfig *other = this->service(name);
        const bool known = std::any_of(related.cbegin(), related.cend(), [&](const ServiceConfig &one) { return one.name == name; });
        if (other && !known && name != service.name)
            related.append(*other);
    }
    return related;
}

/// Naming an action is no way around the people that a procedure's step demands for it.
Wish Pipeline::wishedByPerson(const Incident &incident, ActionType type) const
{
    Wish wish{type};
    wish.approvals = m_hooks.stepApprovals ? m_hooks.stepApprovals(incident, type) : 0;
    return wish;
}

void Pipeline::decideNext(Incident &incident, const step::Decide &asked, PipelineOutput &out, const Now &now)
{
    step::Decide decided = asked;
    if (const auto *waiting = approvedButWaiting(incident); waiting && decided.approvedBy.isEmpty())
        decided = {waiting->type, waiting->approvedBy, false, waiting->id, waiting->approvals};
    if (incident.condition.kind == ConditionKind::RestartLoop && incident.severity < Severity::High && decided.approvedBy.isEmpty()) {
        const RecoveryDecision leave{Decision::Refuse, Reason::ManagerRestarting,
                                     QStringLiteral("systemd restarts %1 by itself; nothing is added to that").arg(incident.component), 0};
        return apply(incident, step::Decided{leave, {}, {}}, out, now);
    }
    const Deliberation say(*this);
    RecoveryDecision none = {};
    const auto *known = step::findAction(incident, decided.actionId);
    const std::optional<Wish> wish = known ? std::optional(stepWish(wishedBy(*known))) : decided.wanted ? std::optional(wishedByPerson(incident, *decided.wanted)) : say.chosen(incident, none, now);
    if (!wish)
        return apply(incident, step::Decided{none, {}, {}}, out, now);
    ActionRequest request = say.requestFor(incident, *wish, now);
    if (!decided.actionId.isEmpty())
        request.id = decided.actionId;
    request.interactive = decided.interactive;
    if (known && !decided.approvedBy.isEmpty() && known->call != request.call)
        return apply(incident, step::PlanChanged{planChangedText(request)}, out, now);
    noteOthersAtWork(incident, *wish, now);
    const bool approved = !decided.approvedBy.isEmpty() && decided.approvals.size() >= say.approvalsNeeded(incident.component, *wish);
    const auto decision = decide(say.policyInput(incident, *wish, approved, now), now);
    const QString hash = planHash(incident.id, wish->type, request.call);
    apply(incident, step::Decided{decision, request, hash, decided.approvals}, out, now);
    if (approved)
        rememberApproval(incident, request, decision, decided);
}

/// Since when somebody else is at work on it: the policy waits, and asks in the end.
void Pipeline::noteOthersAtWork(const Incident &incident, const Wish &wish, const Now &now)
{
    const auto objection = Deliberation(*this).preflight(target(incident.component), incident, wish, now).objection;
    if (!objection || objection->reason != Reason::ChangedByOthers)
        m_othersSince.remove(incident.component);
    else if (!m_othersSince.contains(incident.component))
        m_othersSince.insert(incident.component, now.monotonicMs);
}

/// The question on the screen must be the one that a yes answers.
void Pipeline::askAnewWhenChanged(Incident &incident, PipelineOutput &out, const Now &now)
{
    if (incident.status != IncidentStatus::AwaitingApproval || !incident.approval)
        return;
    const auto *record = step::findAction(incident, incident.approval->actionId);
    const ActionRequest request = Deliberation(*this).requestFor(incident, record ? stepWish(wishedBy(*record)) : Wish{incident.approval->type}, now);
    if (planHash(incident.id, request.type, request.call) != incident.approval->planHash)
        apply(incident, step::PlanChanged{planChangedText(request)}, out, now);
}

bool Pipeline::isPaused(const QString &target) const
{
    return m_pauses.contains(target) || m_pauses.contains(QString());
}

} // namespace prunella
