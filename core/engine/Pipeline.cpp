#include "core/engine/Deliberation.h"

#include "core/engine/StepSupport.h"
#include "core/model/Json.h"
#include "core/recovery/Maintenance.h"
#include "core/recovery/Planner.h"

namespace prunella {
namespace {

constexpr qint64 hourMs = 3'600'000;
constexpr qint64 dayMs = 24 * hourMs;

/// How an entry of the timeline is told: by its status, unless it is about what fails elsewhere.
QString eventName(const step::Event &event, const TimelineEntry &entry, bool first)
{
    if (std::holds_alternative<step::MergedInto>(event))
        return QStringLiteral("merged");
    if (std::holds_alternative<step::SplitOff>(event))
        return QStringLiteral("split");
    if (std::holds_alternative<step::SymptomCleared>(event))
        return QStringLiteral("symptom_over");
    if (std::holds_alternative<step::Joined>(event) || (std::holds_alternative<step::Opened>(event) && !first))
        return QStringLiteral("symptom");
    return toString(entry.status);
}

/// Asked anew after a pause, and told to wait for the same reason: nothing that is worth a durable write.
bool isWaitingOn(const Incident &before, const Incident &after, const step::Event &event)
{
    const bool aboutOthers = std::holds_alternative<step::Joined>(event) || std::holds_alternative<step::SymptomCleared>(event);
    const bool aboutTime = std::holds_alternative<step::TimeCame>(event) || std::holds_alternative<step::Decided>(event);
    const auto holding = [](const Incident &incident) { return std::count_if(incident.members.cbegin(), incident.members.cend(), holds); };
    if (aboutOthers) // one that is over and comes again is written down, or a restart of the engine would forget it
        return before.timeline.size() == after.timeline.size() && holding(after) <= holding(before);
    return aboutTime && before.status == after.status && before.timeline.size() == after.timeline.size() && before.haltReason == after.haltReason
        && before.actions.size() == after.actions.size() && before.approval.has_value() == after.approval.has_value()
        && before.verifyAtMonotonicMs == after.verifyAtMonotonicMs && before.escalation.stepsTaken == after.escalation.stepsTaken
        && before.escalation.nextMonotonicMs == after.escalation.nextMonotonicMs;
}

} // namespace

qint64 longestAttemptWindow(const Config &config)
{
    qint64 longest = std::max(dayMs, config.recovery.attemptWindowMs);
    for (const auto &service : config.services)
        longest = std::max(longest, service.recovery.attemptWindowMs.value_or(0));
    return longest;
}

Pipeline::Pipeline(Config config, PipelineHooks hooks)
    : m_config(std::move(config))
    , m_host(hostTarget(m_config))
    , m_hooks(std::move(hooks))
    , m_graph(m_config.services, {})
{
}

PipelineOutput Pipeline::feed(ErrorEvent event, const Now &now)
{
    PipelineOutput out;
    const auto known = !event.cleared && m_hooks.trueType ? m_hooks.trueType(event) : std::nullopt;
    if (known) {
        event.type = known->type;
        event.reason = QStringLiteral("%1; %2").arg(event.reason, known->sentence);
    }
    m_active.removeIf([&](const ErrorEvent &active) { return active.condition == event.condition; });
    if (!event.cleared && event.opens)
        m_active.append(event);
    Incident *incident = incidentFor(event.condition);
    if (incident) {
        const bool wasHint = isHint(incident->condition.kind);
        if (!event.cleared || incident->condition == event.condition)
            apply(*incident, step::ConditionSeen{!event.cleared, true, event}, out, now);
        if (wasHint && !isHint(incident->condition.kind)) // known to be wrong from now on: others may be its symptoms
            joinAll(*incident, gather(*incident, out, now), out, now);
    } else if (Incident *cause = causeOfMember(event.condition)) {
        memberSeen(*cause, event, out, now);
    } else if (!event.cleared && event.opens && m_config.enabled) {
        place(event, out, now);
    }
    finish(out, now);
    return out;
}

PipelineOutput Pipeline::actionDone(const ActionResult &result, const Now &now)
{
    PipelineOutput out;
    m_ledger.end(result.actionId, result.status == ActionStatus::Failed || result.status == ActionStatus::Cancelled, now);
    out.transaction.outcomes.append({result, now.wallMs});
    if (const auto reversion = m_reversions.runningAs(result.actionId)) {
        reverted(*reversion, result, out, now);
        finish(out, now);
        return out;
    }
    for (auto &[id, incident] : m_open) {
        if (step::findAction(incident, result.actionId)) {
            apply(incident, step::ActionDone{result, !isActive(incident.condition)}, out, now);
            if (const auto *record = step::findAction(incident, result.actionId))
                ended(incident, *record, out, now);
            break;
        }
    }
    dropUnknown(out, now); // what was removed from the configuration while it was acted upon
    finish(out, now);
    return out;
}

PipelineOutput Pipeline::verified(const QString &incidentId, Verdict verdict, const QString &text, const Now &now)
{
    PipelineOutput out;
    const auto it = m_open.find(incidentId);
    if (it != m_open.end() && m_ledger.isBusy(it->second.component)) { // something else is changed there: judged afterwards
        it->second.verifyAtMonotonicMs = std::max(it->second.verifyAtMonotonicMs, now.monotonicMs + 1000);
    } else if (it != m_open.end()) {
        const auto *record = step::lastFinished(it->second);
        const QString judged = record && !record->verdict ? record->id : QString();
        if (!judged.isEmpty() && verdict != Verdict::Unknown && (verdict != Verdict::Healed || it->second.verifyAtMonotonicMs <= now.monotonicMs)) {
            const bool healed = verdict == Verdict::Healed;
            if (healed || (!rulesOf(it->second, step::Verified{}).keepsStep && !step::onlyLooks(record->type))) // what nobody expected to heal it has not failed
                m_ledger.judge(judged, healed); // before the next action is chosen
            out.transaction.notes.append({judged, JournalNote::Kind::Verified, QStringLiteral("%1: %2").arg(toString(verdict), text), now.wallMs});
        }
        apply(it->second, step::Verified{verdict, text}, out, now);
    }
    finish(out, now);
    return out;
}

/// What follows from an action's end beside the incident's own life.
void Pipeline::ended(const Incident &incident, const RecoveryActionRecord &record, PipelineOutput &out, const Now &now)
{
    if (!record.undoes.isEmpty() && record.status == ActionStatus::Completed)
        out.transaction.notes.append({record.undoes, JournalNote::Kind::Undone, record.id, now.wallMs});
    planReversion(incident, record, out, now);
}

PipelineOutput Pipeline::timeCame(const Now &now)
{
    PipelineOutput out;
    m_lastLook = now;
    for (auto it = m_pauseEnds.begin(); it != m_pauseEnds.end();) {
        if (it.value() != 0 && it.value() <= now.monotonicMs) {
            out.transaction.state.insert(QStringLiteral("pause/") + it.key(), {});
            m_pauses.remove(it.key());
            it = m_pauseEnds.erase(it);
        } else {
            ++it;
        }
    }
    for (auto &[id, incident] : m_open) {
        const qint64 due = step::nextTime(incident);
        if (due == 0 || due > now.monotonicMs)
            continue;
        if (const auto probing = m_probing.find(id); probing != m_probing.end() && probing->round != 0)
            *probing = {0, mostProbeRounds + 1, probing->facts}; // not answered in time
        apply(incident, step::TimeCame{}, out, now);
    }
    revertDue(out, now);
    m_ledger.forgetBefore(now.monotonicMs - longestAttemptWindow(m_config));
    finish(out, now);
    return out;
}

qint64 Pipeline::nextTime() const
{
    qint64 next = 0;
    for (const auto &[id, incident] : m_open) {
        const qint64 due = step::nextTime(incident);
        next = due != 0 && (next == 0 || due < next) ? due : next;
    }
    if (const qint64 at = m_reversions.nextAt(); at != 0) { // wall time: looked at again at least each minute
        const qint64 due = m_lastLook.monotonicMs + std::clamp<qint64>(at - m_lastLook.wallMs, 1000, 60'000);
        next = next == 0 || due < next ? due : next;
    }
    for (const qint64 due : m_pauseEnds)
        next = due != 0 && (next == 0 || due < next) ? due : next;
    return next;
}

const Incident *Pipeline::incident(const QString &id) const
{
    const auto it = m_open.find(id);
    if (it != m_open.end())
        return &it->second;
    const auto old = std::find_if(m_recent.begin(), m_recent.end(), [&id](const Incident &i) { return i.id == id; });
    return old == m_recent.end() ? nullptr : &*old;
}

QList<Incident> Pipeline::open() const
{
    QList<Incident> list;
    for (const auto &[id, incident] : m_open)
        list.append(incident);
    std::sort(list.begin(), list.end(), [](const auto &a, const auto &b) {
        return std::pair(a.detectedAt, a.id) < std::pair(b.detectedAt, b.id);
    });
    return list;
}

QSet<QString> Pipeline::broken() const
{
    QSet<QString> components;
    for (const auto &[id, incident] : m_open) {
        if (incident.conditionHolds && !isHint(incident.condition.kind))
            components.insert(incident.component);
        for (const Symptom &member : incident.members) {
            if (holds(member))
                components.insert(member.condition.component);
        }
    }
    return components;
}

const ServiceConfig *Pipeline::service(const QString &name) const
{
    const auto it = std::find_if(m_config.services.cbegin(), m_config.services.cend(),
                                 [&name](const ServiceConfig &service) { return service.name == name; });
    return it == m_config.services.cend() ? nullptr : &*it;
}

const ServiceConfig *Pipeline::target(const QString &name) const
{
    const ServiceConfig *known = service(name);
    return !known && name == m_host.name && !m_host.diskRules.isEmpty() ? &m_host : known;
}

Incident &Pipeline::openIncident(const ErrorEvent &event)
{
    Incident incident;
    incident.id = m_hooks.newId();
    incident.type = event.type;
    incident.severity = event.severity;
    incident.component = event.condition.component;
    incident.summary = event.reason;
    incident.condition = event.condition;
    incident.startedAt = event.startedWallMs != 0 ? std::min(event.startedWallMs, event.wallMs) : event.wallMs;
    incident.detectedAt = event.wallMs;
    return m_open[incident.id] = incident;
}

Incident *Pipeline::incidentFor(const Condition &condition)
{
    const QString key = step::foldKey(condition);
    for (auto &[id, incident] : m_open) {
        if (step::foldKey(incident.condition) == key && isOpen(incident))
            return &incident;
    }
    return nullptr;
}

void Pipeline::apply(Incident &incident, const step::Event &event, PipelineOutput &out, const Now &now)
{
    const auto entriesBefore = incident.timeline.size();
    const Incident before = incident;
    auto result = step::step(incident, event, rulesOf(incident, event), now);
    incident = std::move(result.incident);
    for (auto i = entriesBefore; i < incident.timeline.size(); ++i) {
        const auto &entry = incident.timeline[i];
        out.events.append({entry.at, eventName(event, entry, i == entriesBefore), incident.id, incident.component, entry.reason});
    }
    if (std::holds_alternative<step::PersonSaid>(event))
        out.answer = result.answer;
    if (!out.changed.contains(incident.id) && !isWaitingOn(before, incident, event))
        out.changed.append(incident.id);
    for (const auto &effect : result.effects)
        follow(incident, effect, out, now);
}

/// The service's rules, and those of the procedure's step that the event is about.
step::Rules Pipeline::rulesOf(const Incident &incident, const step::Event &event) const
{
    step::Rules rules = step::rulesFor(m_config, service(incident.component));
    const auto *decided = std::get_if<step::Decided>(&event);
    if (decided && decided->request)
        rules.approvalsNeeded = Deliberation(*this).approvalsNeeded(incident.component, stepWish(*decided->request));
    const auto *done = std::get_if<step::ActionDone>(&event);
    const bool judged = std::holds_alternative<step::Verified>(event);
    const auto it = std::find_if(incident.actions.crbegin(), incident.actions.crend(), [&](const auto &action) {
        return done ? action.id == done->result.actionId : judged && step::isFinished(action);
    });
    if (!m_hooks.step || it == incident.actions.crend() || it->procedure.isEmpty())
        return rules;
    if (const auto known = m_hooks.step(it->procedure, it->step)) {
        rules.stepSettleMs = known->settleMs;
        rules.keepsStep = known->verify == StepVerify::None;
    }
    return rules;
}

/// The wish that a request came from, with what its step demands.
Wish Pipeline::stepWish(const ActionRequest &request) const
{
    Wish wish{request.type, request.parameters, request.procedure, request.step, {}, 0};
    if (const auto known = m_hooks.step && !wish.procedure.isEmpty() ? m_hooks.step(wish.procedure, wish.step) : std::nullopt)
        std::tie(wish.approvals, wish.timeoutMs) = std::pair(known->approvals, known->timeoutMs);
    return wish;
}

void Pipeline::follow(Incident &incident, const step::Effect &effect, PipelineOutput &out, const Now &now)
{
    if (std::holds_alternative<step::Diagnose>(effect)) {
        if (mergeIntoCause(incident, out, now))
            return;
        if (!askedInVain(incident) && askProbes(incident, out, now))
            return;
        Diagnosis diagnosis = m_hooks.diagnose(incident);
        diagnosis.correlated = correlatedWith(incident) + diagnosis.correlated;
        apply(incident, step::Diagnosed{diagnosis}, out, now);
    } else if (const auto *wish = std::get_if<step::Decide>(&effect)) {
        decideNext(incident, *wish, out, now);
    } else if (const auto *run = std::get_if<step::RunAction>(&effect)) {
        m_ledger.begin(run->request, now);
        out.transaction.intents.append({run->request, m_epoch, now.wallMs});
        out.run.push_back(run->request);
    } else if (const auto *vain = std::get_if<step::TakeBack>(&effect)) {
        takeBack(incident, vain->actionId, out, now);
    } else if (const auto *unsure = std::get_if<step::DoAgain>(&effect)) {
        doAgain(incident, unsure->actionId, out, now);
    } else if (std::holds_alternative<step::Verify>(effect)) {
        out.verify.append(incident.id);
    } else if (const auto *ask = std::get_if<step::AskPerson>(&effect)) {
        out.asked.append(ask->request);
    } else if (const auto *back = std::get_if<step::WithdrawApproval>(&effect)) {
        out.withdrawn.append({incident.id, back->reason});
    } else if (const auto *message = std::get_if<step::Tell>(&effect)) {
        tell(incident, *message, out, now);
    }
}

/// What else holds now: on the component itself, and with those it depends on.
QStringList Pipeline::correlatedWith(const Incident &incident) const
{
    QStringList events;
    for (const ErrorEvent &active : m_active) {
        if (active.condition != incident.condition && step::foldKey(active.condition) == step::foldKey(incident.condition))
            events.append(active.reason);
    }
    const ServiceConfig *config = service(incident.component);
    for (const auto &[id, other] : m_open) {
        if (config && config->dependsOn.contains(other.component))
            events.append(QStringLiteral("dependency %1: %2").arg(other.component, other.summary));
    }
    return events;
}

void Pipeline::tell(const Incident &incident, const step::Tell &tell, PipelineOutput &out, const Now &now)
{
    auto chain = m_config.escalation;
    if (chain.isEmpty())
        chain.append({0, {QStringLiteral("desktop")}});
    QSet<QString> told;
    for (int i = tell.fromStep; i <= tell.toStep && i < chain.size(); ++i) {
        for (const QString &channel : chain[i].channels) {
            if (std::exchange(told, told + QSet<QString>{channel}).contains(channel))
                continue;
            // All others would hear of it as of one more message to read.
            if (tell.event == QStringLiteral("acknowledged") && m_config.channels.value(channel).type != QStringLiteral("pagerduty"))
                continue;
            if (channel == QStringLiteral("desktop")) {
                out.desktop.append({tell.event, incident.id});
                continue;
            }
            OutboxItem item{m_hooks.newId(), incident.id, channel, tell.event, {}, now.wallMs, 0};
            item.body = {{QStringLiteral("schema"), 1},
                         {QStringLiteral("delivery_id"), item.deliveryId},
                         {QStringLiteral("event"), tell.event},
                         {QStringLiteral("incident"), toJson(incident)}};
            out.transaction.outbox.append(item);
        }
    }
}

/// Resolved incidents leave the open ones; what else is wrong with the component gets its own turn.
void Pipeline::finish(PipelineOutput &out, const Now &now)
{
    for (qsizetype i = 0; i < out.changed.size(); ++i) { // it grows: what remains opens others
        const auto it = m_open.find(out.changed[i]);
        if (it != m_open.end() && !isOpen(it->second))
            raiseRemaining(it->second, out, now);
    }
    for (const QString &id : std::as_const(out.changed)) {
        const auto it = m_open.find(id);
        if (it == m_open.end())
            continue;
        out.transaction.incidents.append(it->second);
        if (isOpen(it->second))
            continue;
        if (it->second.mergedInto.isEmpty())
            m_recent.append(it->second);
        m_open.erase(it);
    }
    m_recent.removeIf([&now](const Incident &incident) { return incident.resolvedAt < now.wallMs - dayMs; });
    forgetProbes();
}

} // namespace prunella
