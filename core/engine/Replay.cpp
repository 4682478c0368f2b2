#include "core/engine/Replay.h"

#include "core/diagnosis/Diagnose.h"
#include "core/diagnosis/EvidenceBuilder.h"
#include "core/engine/ActionCenter.h"

#include <limits>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 never = std::numeric_limits<qint64>::max();
constexpr qint64 tickMs = 60'000;

void replaceIn(QList<ErrorEvent> &held, const ErrorEvent &event)
{
    held.removeIf([&](const ErrorEvent &known) { return known.condition == event.condition; });
    if (!event.cleared)
        held.append(event);
}

} // namespace

Replay::Replay(const Config &config, QList<DecisionTree> trees, const ReplayHistory &history, qint64 start)
    : m_history(history)
    , m_trees(std::move(trees))
    , m_hindsight(history)
    , m_clock(start)
    , m_offset(start - m_clock.now().monotonicMs)
    , m_series(config.thresholds)
    , m_pipeline(config, hooks())
    , m_held(history.holding)
    , m_due(history.from)
{
    for (const Incident &real : history.incidents) {
        if (Hindsight::closedByHand(real) && real.resolvedAt >= history.from)
            m_closed << real;
    }
    static_cast<void>(m_series.findAnomalies(config.detection.anomalyDetectionEnabled, {})); // none is found yet
    std::sort(m_closed.begin(), m_closed.end(), [](const auto &a, const auto &b) { return a.resolvedAt < b.resolvedAt; });
}

PipelineHooks Replay::hooks()
{
    PipelineHooks hooks;
    hooks.diagnose = [this](const Incident &incident) { return diagnose(incident); };
    hooks.facts = [this](const ServiceConfig &service) {
        TargetFacts facts; // what the unit was like is not stored; that its start limit was reached is
        for (const Incident &open : m_pipeline.open()) {
            const Incident *real = open.component == service.name ? m_hindsight.counterpart(open, m_clock.now().wallMs) : nullptr;
            facts.startLimitHit = facts.startLimitHit || (real && real->haltReason == Reason::StartLimit);
        }
        return facts;
    };
    hooks.describe = [this](const ActionRequest &request) { return ActionCenter::describe(request, m_pipeline.service(request.target)); };
    hooks.flapping = [this](const Condition &condition) { return !isTold(condition.kind) && m_series.isFlapping(condition.series); };
    hooks.newId = [this] { return u"would-%1"_s.arg(++m_ids, 5, 10, QLatin1Char('0')); };
    return hooks;
}

void Replay::setClock(qint64 wallMs)
{
    m_clock.advance(std::max<qint64>(0, wallMs - m_clock.now().wallMs));
}

void Replay::rearm()
{
    if (!m_begun) {
        m_due = m_history.from;
        return;
    }
    const qint64 timer = m_pipeline.nextTime();
    m_due = timer == 0 ? never : timer + m_offset;
    m_due = std::min(m_due, m_nextTick);
    if (m_nextEvent < m_history.events.size())
        m_due = std::min(m_due, m_history.events[m_nextEvent].wallMs);
    if (m_nextClosed < m_closed.size())
        m_due = std::min(m_due, m_closed[m_nextClosed].resolvedAt);
    for (const Running &running : m_running)
        m_due = std::min(m_due, running.doneAt);
    for (const Waiting &word : m_words)
        m_due = std::min(m_due, word.at);
}

void Replay::runUntil(qint64 wallMs)
{
    while (m_due <= wallMs && runNext(m_due))
        rearm();
}

/// The first of what is due at that time; false when there was nothing.
bool Replay::runNext(qint64 wallMs)
{
    setClock(wallMs);
    if (!m_begun) {
        begin();
        return true;
    }
    if (m_nextEvent < m_history.events.size() && m_history.events[m_nextEvent].wallMs <= wallMs) {
        tell(m_history.events[m_nextEvent++]);
        return true;
    }
    if (m_nextTick <= wallMs) {
        tick(wallMs);
        return true;
    }
    const auto done = std::find_if(m_running.begin(), m_running.end(), [&](const Running &r) { return r.doneAt <= wallMs; });
    if (done != m_running.end()) {
        const ActionRequest request = done->request;
        m_running.erase(done);
        if (const Incident *incident = m_pipeline.incident(request.incidentId))
            take(m_pipeline.actionDone(m_hindsight.resultOf(*incident, request, wallMs), m_clock.now()));
        return true;
    }
    const auto word = std::find_if(m_words.begin(), m_words.end(), [&](const Waiting &w) { return w.at <= wallMs; });
    if (word != m_words.end()) {
        const Command command = word->command;
        m_words.erase(word);
        take(m_pipeline.command(command, m_clock.now()));
        return true;
    }
    if (m_nextClosed < m_closed.size() && m_closed[m_nextClosed].resolvedAt <= wallMs) {
        closeByHand(m_closed[m_nextClosed++]);
        return true;
    }
    take(m_pipeline.timeCame(m_clock.now()));
    return true;
}

void Replay::tick(qint64 wallMs)
{
    m_nextTick = wallMs + tickMs;
    const auto over = m_series.tick(m_clock.now());
    m_found.insert(m_found.end(), over.begin(), over.end());
    for (const ErrorEvent &event : std::exchange(m_found, {}))
        raise(event);
}

/// The replayed time begins: what held before is told now.
void Replay::begin()
{
    m_begun = true;
    m_nextTick = m_clock.now().wallMs + tickMs;
    StoredState before;
    before.recentIncidents = m_history.before;
    take(m_pipeline.restore(before, m_clock.now()));
    const auto raised = std::exchange(m_raised, {});
    for (const ErrorEvent &event : m_history.holding + raised)
        raise(event);
}

void Replay::raiseFound(qint64 wallMs)
{
    setClock(wallMs);
    const auto found = std::exchange(m_found, {});
    for (const ErrorEvent &event : found)
        raise(event);
    rearm();
}

void Replay::tell(const ErrorEvent &event)
{
    replaceIn(m_held, event);
    raise(event);
}

void Replay::raise(const ErrorEvent &event)
{
    const Now now = m_clock.now();
    if (!event.cleared && now.wallMs < m_curedUntil.value(event.condition.component))
        return;
    replaceIn(m_raised, event);
    if (m_begun)
        take(m_pipeline.feed(event, now));
}

void Replay::take(PipelineOutput output)
{
    for (const Incident &incident : std::as_const(output.transaction.incidents)) {
        const Incident &before = m_incidents[incident.id];
        if (incident.retryAtMonotonicMs != 0 && (before.retryAtMonotonicMs == 0 || before.haltReason != incident.haltReason))
            ++m_waits[incident.haltReason];
        m_incidents[incident.id] = incident;
        if (!incident.mergedInto.isEmpty()) // no incident of its own, as in the store
            m_incidents.erase(incident.id);
    }
    if (!output.changed.isEmpty())
        m_series.setBroken(m_pipeline.broken());
    for (const ActionRequest &request : output.run)
        start(request);
    for (const ApprovalRequest &request : std::as_const(output.asked))
        ask(request);
    for (const QString &id : std::as_const(output.verify))
        verify(id);
}

void Replay::start(const ActionRequest &request)
{
    const qint64 wallMs = m_clock.now().wallMs;
    const Incident *incident = m_pipeline.incident(request.incidentId);
    m_running.push_back({request, wallMs + (incident ? m_hindsight.durationOf(*incident, request, wallMs) : 0)});
}

void Replay::ask(const ApprovalRequest &request)
{
    const qint64 wallMs = m_clock.now().wallMs;
    const Incident *incident = m_pipeline.incident(request.incidentId);
    if (!incident || m_askedAbout.contains(request.actionId)) // asked again of the next in the chain
        return;
    m_askedAbout.insert(request.actionId);
    const auto answer = m_hindsight.answerOf(*incident, m_questions[request.incidentId]++, wallMs);
    if (!answer)
        return;
    Command command;
    command.kind = answer->kind;
    command.incidentId = request.incidentId;
    command.actionId = request.actionId;
    command.text = answer->text;
    command.actor = answer->by;
    m_words.push_back({command, wallMs + answer->afterMs});
}

void Replay::closeByHand(const Incident &real)
{
    const qint64 wallMs = m_clock.now().wallMs;
    for (const Incident &open : m_pipeline.open()) {
        const Incident *counterpart = m_hindsight.counterpart(open, wallMs);
        if (!counterpart || counterpart->id != real.id)
            continue;
        Command command;
        command.kind = CommandKind::Resolve;
        command.incidentId = open.id;
        command.actor = Hindsight::closedByHand(real)->by;
        take(m_pipeline.command(command, m_clock.now()));
    }
}

/// What still holds of the component in the record: the incident's own condition first.
std::optional<ErrorEvent> Replay::stillWrong(const Incident &incident) const
{
    if (!isTold(incident.condition.kind) && m_series.holds(incident.condition)) {
        ErrorEvent event;
        event.reason = u"%1 is still over its limit"_s.arg(toString(incident.condition.series));
        return event;
    }
    for (const ErrorEvent &held : m_held) {
        if (held.condition.component == incident.component && incident.component != u"host")
            return held;
    }
    return {};
}

void Replay::verify(const QString &incidentId)
{
    const Incident *incident = m_pipeline.incident(incidentId);
    if (!incident)
        return;
    const Now now = m_clock.now();
    const auto wrong = stillWrong(*incident);
    const auto healed = wrong ? m_hindsight.healedLater(*incident, now.wallMs) : std::nullopt;
    if (wrong && !healed)
        return take(m_pipeline.verified(incidentId, Verdict::Unchanged, u"in the record: %1"_s.arg(wrong->reason), now));
    if (!wrong)
        return take(m_pipeline.verified(incidentId, Verdict::Healed, u"the condition is gone in the record"_s, now));
    ++m_assumedHealed;
    cure(incident->component, *healed);
    take(m_pipeline.verified(incidentId, Verdict::Healed, u"assumed: the same action healed it later in reality"_s, now));
}

/// The record goes on with a fault that would have been healed: nothing more of it is told until it really was.
void Replay::cure(const QString &component, qint64 untilMs)
{
    m_curedUntil[component] = untilMs;
    const auto raised = m_raised;
    for (ErrorEvent event : raised) {
        if (event.condition.component != component)
            continue;
        event.cleared = true;
        event.reason = u"assumed to be healed"_s;
        event.wallMs = m_clock.now().wallMs;
        raise(event);
    }
}

Diagnosis Replay::diagnose(const Incident &incident) const
{
    const Now now = m_clock.now();
    const Incident *real = m_hindsight.counterpart(incident, now.wallMs);
    if (real && real->diagnosis && real->type == incident.type && real->condition.kind == incident.condition.kind)
        return *real->diagnosis; // what was known then: more than samples tell
    EvidenceInput input;
    input.condition = incident.condition;
    input.reason = incident.summary;
    input.series = m_series.factsFor(incident.component, now);
    input.now = now;
    if (const ServiceConfig *service = m_pipeline.service(incident.component)) {
        input.dependencies = int(service->dependsOn.size());
        for (const Incident &open : m_pipeline.open()) {
            if (service->dependsOn.contains(open.component) && open.conditionHolds && open.severity >= Severity::High)
                input.failedDependencies.append(open.component);
        }
    }
    for (const Incident &earlier : m_pipeline.recent()) {
        if (earlier.component != incident.component || earlier.type != incident.type)
            continue;
        ++input.earlierIncidents;
        input.earlierHealed += std::any_of(earlier.actions.begin(), earlier.actions.end(), [](const auto &a) { return a.verified; });
    }
    return prunella::diagnose(m_trees, incident.type, incident.component, buildEvidence(input), now);
}

QList<Incident> Replay::incidents() const
{
    QList<Incident> list;
    for (const auto &[id, incident] : m_incidents)
        list.append(incident);
    return list; // their ids count upwards
}

} // namespace prunella
