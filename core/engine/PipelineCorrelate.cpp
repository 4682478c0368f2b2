// Which incident an event belongs to, and what becomes of those that belong together.
#include "core/engine/Pipeline.h"
#include "core/engine/StepMembers.h"
#include "core/engine/StepSupport.h"
#include "core/recovery/Planner.h"

namespace prunella {
namespace {

Symptom symptomOf(const ErrorEvent &event, const QString &why)
{
    Symptom symptom;
    symptom.condition = event.condition;
    symptom.type = event.type;
    symptom.severity = event.severity;
    symptom.reason = event.reason;
    symptom.why = why;
    symptom.at = event.startedWallMs != 0 ? std::min(event.startedWallMs, event.wallMs) : event.wallMs;
    return symptom;
}

/// An incident as the event that it would be today.
ErrorEvent eventOf(const Incident &incident)
{
    ErrorEvent event;
    event.condition = incident.condition;
    event.type = incident.type;
    event.severity = incident.severity;
    event.reason = incident.summary;
    event.startedWallMs = incident.startedAt;
    event.wallMs = incident.detectedAt;
    return event;
}

} // namespace

void Pipeline::setTopology(const Topology &seen)
{
    m_seen = seen;
    m_graph = DependencyGraph(m_config.services, m_seen);
}

/// What was seen of dependencies now: incidents that turn out to belong together join.
PipelineOutput Pipeline::topologySeen(const Topology &seen, const Now &now)
{
    PipelineOutput out;
    setTopology(seen);
    regroup(out, now);
    finish(out, now);
    return out;
}

void Pipeline::regroup(PipelineOutput &out, const Now &now)
{
    for (auto &[id, incident] : m_open) {
        if (isOpen(incident) && mayMerge(incident))
            static_cast<void>(mergeIntoCause(incident, out, now));
    }
}

/// What a person said no to stays theirs; an action on its way is not taken back.
bool Pipeline::mayMerge(const Incident &incident)
{
    const bool rejected = incident.finalHalt && incident.haltReason == Reason::Rejected;
    return !rejected && !step::isActing(incident) && !isHint(incident.condition.kind);
}

QString Pipeline::failedNeed(const QString &component, qint64 fromWallMs, qint64 toWallMs) const
{
    for (const auto &[id, incident] : m_open) {
        const ConditionKind kind = incident.condition.kind;
        const bool died = kind == ConditionKind::UnitFailed || kind == ConditionKind::ProcessExited;
        if (died && incident.startedAt >= fromWallMs && incident.startedAt <= toWallMs && m_graph.hardPath(component, incident.component))
            return incident.component;
    }
    return {};
}

SymptomFacts Pipeline::factsOf(const QString &component) const
{
    return m_hooks.symptom ? m_hooks.symptom(component) : SymptomFacts{};
}

/// How much earlier a condition may have begun than it was seen to.
qint64 Pipeline::slackMs(const Condition &condition) const
{
    constexpr qint64 eventMs = 2000; // states are told at once, but two sources have two ways
    const qint64 usual = m_config.detection.monitoringIntervalMs;
    if (condition.kind == ConditionKind::UnitFailed || condition.kind == ConditionKind::RestartLoop || condition.kind == ConditionKind::ProcessExited)
        return eventMs;
    const ServiceConfig *config = service(condition.component);
    if (!config || condition.check < 0 || condition.check >= config->health.size())
        return eventMs + usual;
    const HealthCheckConfig &check = config->health[condition.check]; // the scheduler's rule; one that hangs is seen later by its timeout
    const qint64 interval = check.intervalMs ? check.intervalMs : config->intervalMs ? config->intervalMs : usual;
    return eventMs + interval + check.timeoutMs;
}

/// What is only observed is healed by nobody: whatever is healed by itself must not wait for that in silence.
bool Pipeline::mayCause(const Incident &cause, const ErrorEvent &event) const
{
    const ServiceConfig *config = service(event.condition.component);
    const bool observed = cause.status == IncidentStatus::Observed && config;
    return !observed || m_ceiling == Mode::Observe || effectiveMode(m_config, config, ActionType::RestartService) == Mode::Observe;
}

CauseCandidate Pipeline::candidateOf(const Incident &incident) const
{
    return {&incident, factsOf(incident.component), slackMs(incident.condition)};
}

CorrelationContext Pipeline::context() const
{
    CorrelationContext context = m_context;
    context.graph = &m_graph;
    if (m_hooks.changes)
        context.changes = m_hooks.changes();
    return context;
}

std::optional<Link> Pipeline::linkOf(const ErrorEvent &event, const QString &exceptId) const
{
    std::vector<CauseCandidate> candidates;
    for (const auto &[id, incident] : m_open) {
        if (id != exceptId && mayCause(incident, event))
            candidates.push_back(candidateOf(incident));
    }
    if (candidates.empty())
        return {};
    return causeOf(event, factsOf(event.condition.component), slackMs(event.condition), candidates, context());
}

Incident *Pipeline::causeOfMember(const Condition &condition)
{
    const QString key = step::foldKey(condition);
    for (auto &[id, incident] : m_open) {
        const bool isMember = std::any_of(incident.members.cbegin(), incident.members.cend(), [&](const Symptom &member) {
            return step::foldKey(member.condition) == key && holds(member);
        });
        if (isMember && isOpen(incident))
            return &incident;
    }
    return nullptr;
}

/// What an earlier engine's incidents are about holds until the detectors say otherwise: they were told of it, too.
void Pipeline::restoreActive(const Incident &incident, const Now &now)
{
    m_active.append(eventOf(incident));
    for (const Symptom &member : incident.members) {
        if (!holds(member))
            continue;
        ErrorEvent event;
        event.condition = member.condition;
        event.type = member.type;
        event.severity = member.severity;
        event.reason = member.reason;
        event.startedWallMs = member.at;
        event.wallMs = now.wallMs;
        event.monotonicMs = now.monotonicMs;
        m_active.append(event);
    }
}

/// A new event: a symptom of what is open, or an incident of its own, which others may turn out to be symptoms of.
void Pipeline::place(const ErrorEvent &event, PipelineOutput &out, const Now &now)
{
    if (const auto link = linkOf(event))
        return apply(m_open[link->incidentId], step::Joined{symptomOf(event, link->why)}, out, now);
    Incident &incident = openIncident(event);
    noteRelapse(incident, out, now);
    const auto joined = gather(incident, out, now);
    apply(incident, step::Opened{joined}, out, now);
}

/// Late evidence: what is open already and belongs to the new one.
QList<Symptom> Pipeline::gather(Incident &cause, PipelineOutput &out, const Now &now)
{
    QList<Symptom> joined;
    const CauseCandidate candidate = candidateOf(cause);
    for (auto &[id, part] : m_open) {
        if (id == cause.id || !isOpen(part) || !mayMerge(part))
            continue;
        const auto link = weigh(eventOf(part), factsOf(part.component), slackMs(part.condition), candidate, context());
        if (link && link->weight > 0)
            joined << merge(part, cause, link->why, out, now);
    }
    std::stable_sort(joined.begin(), joined.end(), [](const Symptom &a, const Symptom &b) { return a.at < b.at; });
    return joined;
}

/// Everything that was known of the part is a symptom of the cause from now on.
QList<Symptom> Pipeline::merge(Incident &part, const Incident &cause, const QString &why, PipelineOutput &out, const Now &now)
{
    Symptom lead = symptomOf(eventOf(part), why);
    lead.mergedFrom = part.id;
    const bool stillHolds = std::any_of(m_active.cbegin(), m_active.cend(), [&](const ErrorEvent &event) { return event.condition == part.condition; });
    lead.clearedAt = stillHolds ? 0 : now.wallMs;
    QList<Symptom> symptoms{lead};
    for (const ErrorEvent &active : std::as_const(m_active)) {
        if (active.condition.component == part.component && active.condition != part.condition && incidentFor(active.condition) == &part)
            symptoms << symptomOf(active, why);
    }
    for (const Symptom &member : std::as_const(part.members)) {
        if (holds(member))
            symptoms << member;
    }
    apply(part, step::MergedInto{cause.id, why}, out, now);
    return symptoms;
}

/// At the start of another turn: does it belong to what has been seen since?
bool Pipeline::mergeIntoCause(Incident &incident, PipelineOutput &out, const Now &now)
{
    if (m_restoring || !mayMerge(incident)) // an earlier engine knew more of what happened than this one yet
        return false;
    const auto link = linkOf(eventOf(incident), incident.id);
    if (!link)
        return false;
    Incident &cause = m_open[link->incidentId];
    joinAll(cause, merge(incident, cause, link->why, out, now), out, now);
    return true;
}

void Pipeline::joinAll(Incident &cause, const QList<Symptom> &symptoms, PipelineOutput &out, const Now &now)
{
    for (const Symptom &symptom : symptoms)
        apply(cause, step::Joined{symptom}, out, now);
}

void Pipeline::memberSeen(Incident &cause, const ErrorEvent &event, PipelineOutput &out, const Now &now)
{
    if (event.cleared)
        return apply(cause, step::SymptomCleared{event.condition, event.reason}, out, now);
    if (!event.opens)
        return;
    ErrorEvent asMember = event; // its fault is as old as its first symptom
    for (const Symptom &member : std::as_const(cause.members)) {
        if (holds(member) && step::foldKey(member.condition) == step::foldKey(event.condition))
            asMember.startedWallMs = std::min(asMember.startedWallMs != 0 ? asMember.startedWallMs : event.wallMs, member.at);
    }
    const auto link = weigh(asMember, factsOf(event.condition.component), slackMs(event.condition), candidateOf(cause), context());
    if (link && link->weight > 0)
        return apply(cause, step::Joined{symptomOf(event, link->why)}, out, now);
    splitOff(cause, event, QStringLiteral("%1, which does not come from there").arg(event.reason), out, now);
}

/// Of what holds on the component the gravest; nothing when all is well again.
std::optional<ErrorEvent> Pipeline::gravest(const Condition &of) const
{
    const QString key = step::foldKey(of);
    const auto gravity = [](const ErrorEvent &event) { return std::pair(step::weight(event.condition), event.severity); };
    std::optional<ErrorEvent> found;
    for (const ErrorEvent &active : m_active) {
        if (step::foldKey(active.condition) == key && (!found || gravity(active) > gravity(*found)))
            found = active;
    }
    return found;
}

/// The component gets an incident of its own, about this event, or belongs to another one.
void Pipeline::splitOff(Incident &cause, const ErrorEvent &lead, const QString &why, PipelineOutput &out, const Now &now)
{
    const QString key = step::foldKey(lead.condition);
    if (const auto link = linkOf(lead, cause.id)) {
        apply(cause, step::SplitOff{key, link->incidentId, why}, out, now);
        return apply(m_open[link->incidentId], step::Joined{symptomOf(lead, link->why)}, out, now);
    }
    Incident &incident = openIncident(lead);
    apply(cause, step::SplitOff{key, incident.id, why}, out, now);
    incident.timeline.append({now.wallMs, IncidentStatus::Detected, QStringLiteral("was a symptom of incident %1: %2").arg(cause.id.left(8), why)});
    const auto joined = gather(incident, out, now);
    apply(incident, step::Opened{joined}, out, now);
}

/// After a reload or a start: what is no longer in the configuration is nobody's business any more.
void Pipeline::dropUnknown(PipelineOutput &out, const Now &now)
{
    const auto unknown = [this](const QString &component) { return component != QStringLiteral("host") && !service(component); };
    m_active.removeIf([&](const ErrorEvent &event) { return unknown(event.condition.component); });
    const QString why = QStringLiteral("it is no longer in the configuration");
    for (auto &[id, incident] : m_open) {
        const auto members = incident.members;
        for (const Symptom &member : members) {
            if (holds(member) && unknown(member.condition.component))
                apply(incident, step::SymptomCleared{member.condition, why}, out, now);
            else if (holds(member) && incidentFor(member.condition)) // it was over, and came again as one, before the restart
                apply(incident, step::SymptomCleared{member.condition, QStringLiteral("it has an incident of its own")}, out, now);
        }
        if (isOpen(incident) && unknown(incident.component) && !step::isActing(incident))
            apply(incident, step::Gone{QStringLiteral("%1: %2").arg(incident.component, why)}, out, now);
    }
}

/// Symptoms whose tie to the cause is gone, for example a depends_on that was removed, get their own turn.
void Pipeline::releaseUntied(PipelineOutput &out, const Now &now)
{
    for (auto &[id, incident] : m_open) {
        const auto members = incident.members;
        for (const Symptom &member : members) {
            const auto lead = holds(member) && isOpen(incident) ? gravest(member.condition) : std::nullopt;
            if (!lead || causeOfMember(member.condition) != &incident)
                continue;
            ErrorEvent asMember = *lead;
            asMember.startedWallMs = member.at;
            const auto link = weigh(asMember, factsOf(member.condition.component), slackMs(member.condition), candidateOf(incident), context());
            if (!link || link->weight <= 0)
                splitOff(incident, *lead, QStringLiteral("nothing ties it to %1 any more").arg(incident.component), out, now);
        }
    }
}

/// After an incident's end: what is still wrong with its component, and each symptom that did not recover with it, gets
/// its own turn. Units that were not started because their dependency failed never start by themselves.
void Pipeline::raiseRemaining(Incident &resolved, PipelineOutput &out, const Now &now)
{
    if (!resolved.mergedInto.isEmpty()) // its conditions are the cause's symptoms now
        return;
    m_active.removeIf([&](const ErrorEvent &active) { return active.condition == resolved.condition; });
    if (!m_config.enabled)
        return;
    const auto active = m_active;
    for (const ErrorEvent &event : active) {
        if (step::foldKey(event.condition) != step::foldKey(resolved.condition) || incidentFor(event.condition))
            continue;
        place(event, out, now);
        break;
    }
    const bool byHand = !resolved.timeline.isEmpty() && resolved.timeline.last().reason.startsWith(QStringLiteral("resolved by "));
    QList<Condition> left;
    for (const Symptom &member : std::as_const(resolved.members)) {
        if (holds(member))
            left << member.condition;
    }
    std::stable_sort(left.begin(), left.end(), [this](const Condition &a, const Condition &b) { // the needed before those that need
        return m_graph.dependenciesOf(a.component).size() < m_graph.dependenciesOf(b.component).size();
    });
    for (const Condition &condition : std::as_const(left)) {
        const bool still = std::any_of(resolved.members.cbegin(), resolved.members.cend(),
                                       [&](const Symptom &member) { return member.condition == condition && holds(member); });
        if (const auto lead = still ? gravest(condition) : std::nullopt)
            splitOff(resolved, *lead, byHand ? QStringLiteral("it still fails, and the incident of %1 was closed by hand").arg(resolved.component)
                                             : QStringLiteral("it still fails although %1 is well again").arg(resolved.component), out, now);
    }
}

} // namespace prunella
