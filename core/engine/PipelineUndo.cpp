// What did not help, did not last, or was meant for a while only.
#include "core/engine/Deliberation.h"
#include "core/engine/StepSupport.h"
#include "core/recovery/ActionKind.h"
#include "core/recovery/ClosePeek.h"
#include "core/recovery/Maintenance.h"
#include "core/recovery/Planner.h"

namespace prunella {
namespace {

/// The action as it was done, as far as its inverse must know.
ActionRequest doneRequest(const RecoveryActionRecord &record, const ServiceConfig &target, const QString &incidentId, int timeoutMs)
{
    ActionRequest done;
    done.id = record.id;
    done.incidentId = incidentId;
    done.type = record.type;
    done.target = record.target;
    done.manager = target.manager;
    done.unit = target.unit;
    done.timeoutMs = timeoutMs;
    done.subject = record.subject;
    done.valueBefore = record.valueBefore;
    done.valueTarget = record.valueTarget;
    done.plan = record.plan;
    done.procedure = record.procedure;
    done.step = record.step;
    done.parameters = record.parameters;
    return done;
}

/// Nothing is done for it by itself now, whatever was decided before.
bool isHeld(const Config &config, const ServiceConfig &service, ActionType type, const Now &now)
{
    const bool watched = effectiveMode(config, &service, type) == Mode::Observe || service.recovery.shadow.value_or(config.recovery.shadow);
    return watched || maintenanceEnd(config.maintenance, service.name, now.wallMs) != 0;
}

} // namespace

/// The request that takes an action back; nothing when nothing does.
std::optional<ActionRequest> Pipeline::inverseOf(const RecoveryActionRecord &record, const QString &incidentId) const
{
    const ServiceConfig *known = target(record.target);
    const auto inverse = actionKind(record.type).inverse;
    if (!known || !inverse)
        return {};
    const auto timeoutMs = int(known->recovery.recoveryTimeoutMs.value_or(m_config.recovery.recoveryTimeoutMs));
    ActionRequest request = inverse(doneRequest(record, *known, incidentId, timeoutMs));
    request.id = m_hooks.newId();
    request.undoes = record.id;
    request.idempotent = true; // an absolute value: twice is the same as once
    request.call = m_hooks.describe(request);
    return request;
}

void Pipeline::takeBack(Incident &incident, const QString &actionId, PipelineOutput &out, const Now &now)
{
    const auto *record = step::findAction(incident, actionId);
    const auto request = record ? inverseOf(*record, incident.id) : std::nullopt;
    if (!request)
        return apply(incident, step::NotUndone{}, out, now);
    if (m_journalLost)
        return apply(incident, step::NotUndone{QStringLiteral("%1 did not help, and is not taken back: that cannot be written down anywhere. By hand: %2")
                                                   .arg(toString(record->type), request->call)}, out, now);
    m_reversions.remove(actionId, out.transaction);
    apply(incident, step::Undoing{*request}, out, now);
}

/// The same absolute request under another id: it finishes what an engine left half done.
void Pipeline::doAgain(Incident &incident, const QString &actionId, PipelineOutput &out, const Now &now)
{
    const auto *record = step::findAction(incident, actionId);
    const ServiceConfig *known = record ? target(record->target) : nullptr;
    const bool held = !known || m_ceiling == Mode::Observe || isPaused(known->name) || isHeld(m_config, *known, record->type, now);
    if (held || m_journalLost) // the policy has its say then
        return apply(incident, step::NotUndone{}, out, now);
    if (record->type == ActionType::RollbackDeployment && known->deployment && known->deployment->type == DeploymentType::Command)
        return apply(incident, step::NotUndone{QStringLiteral("whether %1 was done is not known, and a command of your own is not done twice by itself; "
                                                              "a person must look: %2").arg(toString(record->type), record->call)}, out, now);
    const auto timeoutMs = int(known->recovery.recoveryTimeoutMs.value_or(m_config.recovery.recoveryTimeoutMs));
    ActionRequest request = doneRequest(*record, *known, incident.id, timeoutMs);
    request.id = m_hooks.newId();
    request.idempotent = true;
    request.attempt = record->attempt + 1;
    request.call = m_hooks.describe(request);
    m_reversions.remove(actionId, out.transaction); // what is done now has one of its own
    apply(incident, step::Undoing{request, actionId}, out, now);
}

/// The actions that an earlier engine did not see the end of, by incident. What was meant for a while only comes due again by itself,
/// and what belongs to an incident that is over is only told there.
QHash<QString, QString> Pipeline::unfinishedOf(const StoredState &state, PipelineOutput &out, const Now &now)
{
    QHash<QString, QString> unfinished;
    for (const JournalIntent &intent : state.unfinished) {
        const ActionRequest &request = intent.request;
        const QString text = QStringLiteral("the engine ended before the outcome was known");
        out.transaction.outcomes.append({{request.id, ActionStatus::Unknown, FailureKind::None, text, 0}, now.wallMs});
        const auto &all = m_reversions.all();
        const bool comesAgain = std::any_of(all.cbegin(), all.cend(), [&](const Reversion &one) { return one.actionId == request.undoes; });
        const QString then = comesAgain ? QStringLiteral("it is done again") : QStringLiteral("the incident was over");
        Incident *incident = anyIncident(request.incidentId);
        if (!comesAgain && m_open.contains(request.incidentId))
            unfinished.insert(request.incidentId, request.id);
        else if (incident && step::leaveUnknown(*incident, request.id, then, now))
            touch(*incident, out);
    }
    return unfinished;
}

Incident *Pipeline::anyIncident(const QString &id)
{
    if (const auto it = m_open.find(id); it != m_open.end())
        return &it->second;
    const auto old = std::find_if(m_recent.begin(), m_recent.end(), [&id](const Incident &one) { return one.id == id; });
    return old == m_recent.end() ? nullptr : &*old;
}

/// An incident that is over is written again, because something more is known of it.
void Pipeline::touch(const Incident &incident, PipelineOutput &out) const
{
    if (!out.changed.contains(incident.id))
        out.changed.append(incident.id);
    if (!m_open.contains(incident.id))
        out.transaction.incidents.append(incident);
}

/// A closer look ends by itself, and what was scaled up comes down when the load is low; also where nobody knows whether it was done.
void Pipeline::planReversion(const Incident &incident, const RecoveryActionRecord &record, PipelineOutput &out, const Now &now)
{
    const bool look = record.type == ActionType::EnableMonitoring;
    const bool grown = record.type == ActionType::ScaleResources && record.valueTarget.toDouble() > record.valueBefore.toDouble();
    const bool mayStand = record.status == ActionStatus::Completed || record.status == ActionStatus::Unknown;
    if (!mayStand || !record.undoes.isEmpty() || (!look && !grown))
        return;
    const ServiceConfig *known = target(record.target);
    const auto inverse = inverseOf(record, incident.id);
    if (!known || !inverse)
        return;
    const auto plan = closePeekPlanFromJson(record.plan);
    Reversion reversion{record.id, incident.id, *inverse, 0, 0, {}};
    if (look)
        reversion.dueAt = now.wallMs + (plan ? plan->forMs : known->closePeek.durationMs);
    m_reversions.add(reversion, out.transaction);
}

void Pipeline::revert(Reversion reversion, PipelineOutput &out, const Now &now)
{
    if (m_journalLost || m_ledger.isBusy(reversion.inverse.target))
        return; // asked again with the next second
    ActionRequest &request = reversion.inverse;
    request.id = m_hooks.newId();
    m_reversions.begun(reversion.actionId, request.id);
    m_ledger.begin(request, now);
    out.transaction.intents.append({request, m_epoch, now.wallMs});
    out.run.push_back(request);
    Incident *incident = anyIncident(reversion.incidentId);
    if (!incident)
        return;
    auto record = step::recordFor(request, {Decision::Run, Reason::Allowed, QStringLiteral("it was meant for a while only"), 0});
    record.status = ActionStatus::InProgress;
    record.startedAt = now.wallMs;
    incident->actions.append(record);
    touch(*incident, out);
}

void Pipeline::reverted(const Reversion &reversion, const ActionResult &result, PipelineOutput &out, const Now &now)
{
    const bool good = result.status == ActionStatus::Completed;
    const bool again = !good && m_reversions.failed(reversion.actionId, now.wallMs, out.transaction);
    if (good)
        m_reversions.remove(reversion.actionId, out.transaction);
    Incident *incident = anyIncident(reversion.incidentId);
    if (!incident)
        return;
    const QString text = good ? QStringLiteral("%1 is over: %2").arg(toString(reversion.inverse.type), step::firstLine(result.output))
                              : QStringLiteral("%1 could not be taken back (%2): %3").arg(toString(reversion.inverse.type),
                                    again ? QStringLiteral("tried again later") : QStringLiteral("given up; by hand: %1").arg(reversion.inverse.call),
                                    step::firstLine(result.output));
    if (auto *record = step::findAction(*incident, result.actionId)) {
        record->status = result.status;
        record->failure = result.failure;
        record->output = result.output;
        record->completedAt = now.wallMs;
    }
    if (auto *first = step::findAction(*incident, reversion.actionId); first && good)
        first->undoneBy = result.actionId;
    incident->timeline.append({now.wallMs, incident->status, text});
    out.events.append({now.wallMs, QStringLiteral("reverted"), incident->id, incident->component, text});
    out.transaction.notes.append({reversion.actionId, JournalNote::Kind::Undone, text, now.wallMs});
    if (!good && !again)
        tell(*incident, {QStringLiteral("escalated"), 0, 0}, out, now);
    if (m_open.contains(incident->id) && (!incident->conditionHolds || !isActive(incident->condition))) { // it cleared while that ran
        ErrorEvent event;
        event.condition = incident->condition;
        event.reason = QStringLiteral("seen while %1 was taken back").arg(toString(reversion.inverse.type));
        apply(*incident, step::ConditionSeen{false, true, event}, out, now);
    }
    touch(*incident, out);
}

bool Pipeline::isActive(const Condition &condition) const
{
    return std::any_of(m_active.cbegin(), m_active.cend(), [&](const ErrorEvent &event) { return event.condition == condition; });
}

void Pipeline::revertDue(PipelineOutput &out, const Now &now)
{
    for (const Reversion &reversion : m_reversions.due(now.wallMs))
        revert(reversion, out, now);
}

PipelineOutput Pipeline::loadIsLow(const QString &service, const Now &now)
{
    PipelineOutput out;
    const auto reversion = m_reversions.whenLow(service);
    const ServiceConfig *known = target(service);
    const bool held = isPaused(service) || m_ceiling == Mode::Observe || !known || isHeld(m_config, *known, ActionType::ScaleResources, now);
    if (reversion && !held && !Deliberation(*this).brokenIncident(service))
        revert(*reversion, out, now);
    finish(out, now);
    return out;
}

/// The same again soon after a repair: it did not heal, it only seemed so.
void Pipeline::noteRelapse(Incident &fresh, PipelineOutput &out, const Now &now)
{
    constexpr qint64 lasting = 10; // times the settling time
    const ServiceConfig *known = service(fresh.component);
    const qint64 window = lasting * step::rulesFor(m_config, known).settleMs;
    for (auto it = m_recent.rbegin(); it != m_recent.rend(); ++it) {
        const qint64 held = fresh.detectedAt - it->resolvedAt;
        if (step::foldKey(it->condition) != step::foldKey(fresh.condition) || held < 0 || held > window)
            continue;
        const auto healer = std::find_if(it->actions.rbegin(), it->actions.rend(), [](const auto &action) { return action.verified; });
        if (healer == it->actions.rend())
            continue;
        const QString text = QStringLiteral("held for %1 s only: incident %2").arg(held / 1000).arg(fresh.id.left(8));
        healer->verified = false;
        healer->verdict = Verdict::Unchanged;
        healer->verifyText = healer->verifyText.isEmpty() ? text : healer->verifyText + QStringLiteral("; ") + text;
        const bool looks = step::onlyLooks(healer->type) || rulesOf(*it, step::Verified{}).keepsStep; // nobody expected it to heal
        m_ledger.judge(healer->id, looks ? std::nullopt : std::optional(false));
        it->timeline.append({now.wallMs, it->status, QStringLiteral("%1 %2").arg(toString(healer->type), text)});
        out.transaction.notes.append({healer->id, JournalNote::Kind::Verified, text, now.wallMs});
        touch(*it, out);
        fresh.timeline.append({now.wallMs, fresh.status, QStringLiteral("again %1 s after %2 seemed to heal it").arg(held / 1000).arg(toString(healer->type))});
        return;
    }
}

} // namespace prunella
