// Which incident an event belongs to, and what becomes of those that belong together.
#include "core/engine/Pipeline.h"
#include "core/engine/StepMembers.h"
#include "core/engine/StepSupport.h"

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

QString Pipeline::failedNeed(const QString &component, qint64 sinceWallMs) const
{
    for (const auto &[id, incident] : m_open) {
        const auto path = incident.startedAt >= sinceWallMs ? m_graph.path(component, incident.component) : std::nullopt;
        if (path && path->isHard())
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
    if (const ServiceConfig *config = service(condition.component); config && condition.check >= 0 && condition.check < config->health.size())
        return eventMs + std::max(usual * (config->health[condition.check].intervalMs == 0), config->health[condition.check].intervalMs);
    return eventMs + usual;
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
        if (id != exceptId)
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

/// Symptoms of an earlier engine hold until the detectors say otherwise.
void Pipeline::restoreMembers(const Incident &incident, const Now &now)
{
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
    const auto joined = gather(incident, out, now);
    apply(incident, step::Opened{joined}, out, now);
}

/// Late evidence: what is open already and belongs to the new one.
QList<Symptom> Pipeline::gather(Incident &cause, PipelineOutput &out, const Now &now)
{
    QList<Symptom> joined;
    const CauseCandidate candidate = candidateOf(cause);
    for (auto &[id, part] : m_open) {
        if (id == cause.id || !isOpen(part) || step::isActing(part))
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
    lead.clearedAt = part.conditionHolds || part.status != IncidentStatus::Verifying ? 0 : now.wallMs;
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
    if (step::isActing(incident) || isHint(incident.condition.kind))
        return false;
    const auto link = linkOf(eventOf(incident), incident.id);
    if (!link)
        return false;
    Incident &cause = m_open[link->incidentId];
    for (const Symptom &symptom : merge(incident, cause, link->why, out, now))
        apply(cause, step::Joined{symptom}, out, now);
    return true;
}

void Pipeline::memberSeen(Incident &cause, const ErrorEvent &event, PipelineOutput &out, const Now &now)
{
    if (event.cleared)
        return apply(cause, step::SymptomCleared{event.condition, event.reason}, out, now);
    if (!event.opens)
        return;
    const auto link = weigh(event, factsOf(event.condition.component), slackMs(event.condition), candidateOf(cause), context());
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

/// After an incident's end: what is still wrong with its component, and each symptom that did not recover with it, gets
/// its own turn. Units that were not started because their dependency failed never start by themselves.
void Pipeline::raiseRemaining(Incident &resolved, PipelineOutput &out, const Now &now)
{
    m_active.removeIf([&](const ErrorEvent &active) { return active.condition == resolved.condition; });
    if (!m_config.enabled || !resolved.mergedInto.isEmpty())
        return;
    const auto active = m_active;
    for (const ErrorEvent &event : active) {
        if (step::foldKey(event.condition) != step::foldKey(resolved.condition) || incidentFor(event.condition))
            continue;
        place(event, out, now);
        break;
    }
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
            splitOff(resolved, *lead, QStringLiteral("it still fails although %1 is well again").arg(resolved.component), out, now);
    }
}

} // namespace prunella
