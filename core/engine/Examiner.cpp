#include "core/engine/Examiner.h"

#include "core/diagnosis/CauseRanking.h"
#include "core/diagnosis/Diagnose.h"
#include "core/diagnosis/EvidenceParts.h"
#include "core/diagnosis/Probing.h"
#include "core/engine/CauseInputs.h"
#include "core/engine/PoolRead.h"
#include "core/model/Pattern.h"
#include "core/store/StoreReader.h"

namespace prunella {
namespace {

constexpr std::size_t keptLines = 200;           // of each service
constexpr qint64 keptLinesMs = 15 * 60'000;
constexpr qsizetype keptBytes = 1024;            // of a line: what is searched for stands at its beginning
constexpr std::size_t keptEvents = 2000;
constexpr qint64 keptEventsMs = 3'600'000;
constexpr qint64 dayMs = 86'400'000;
constexpr qint64 historyMs = 30 * dayMs;
constexpr int mostHistory = 5000;

/// Healed within the last day by an action that changes something.
bool cameBack(const Incident &earlier, const Now &now)
{
    const auto changes = [](const RecoveryActionRecord &action) {
        return action.verified && action.type != ActionType::HealthCheck && action.type != ActionType::EnableMonitoring;
    };
    return !isOpen(earlier) && earlier.mergedInto.isEmpty() && earlier.resolvedAt > now.wallMs - dayMs
        && std::any_of(earlier.actions.begin(), earlier.actions.end(), changes);
}

bool wasTried(const RecoveryActionRecord &action)
{
    return action.status == ActionStatus::Completed || action.status == ActionStatus::Failed
        || action.status == ActionStatus::Unknown || action.status == ActionStatus::RolledBack;
}

} // namespace

void Examiner::setProcedures(const QList<Procedure> &procedures)
{
    m_queries.clear();
    for (const Procedure &procedure : procedures) {
        for (const ErrorType type : procedure.appliesTo) {
            QList<TreeQuery> &known = m_queries[type];
            for (const TreeQuery &query : procedure.queries) {
                if (std::none_of(known.begin(), known.end(), [&](const TreeQuery &other) { return other.key == query.key; }))
                    known.append(query);
            }
        }
    }
}

void Examiner::note(const QList<LogLine> &lines)
{
    for (LogLine line : lines) {
        line.text.truncate(keptBytes);
        auto ring = m_lines.find(line.component);
        if (ring == m_lines.end())
            ring = m_lines.insert(line.component, RingBuffer<LogLine>(keptLines));
        ring->push(std::move(line));
    }
}

void Examiner::note(const ErrorEvent &event)
{
    if (event.cleared)
        return;
    m_events.push_back(event);
    while (m_events.size() > keptEvents || m_events.front().wallMs < event.wallMs - keptEventsMs)
        m_events.pop_front();
}

Examiner::Past Examiner::pastOf(const Incident &incident)
{
    Past past{incident.id, incident.component, incident.type, {incident.startedAt, {}, {}}};
    for (const auto &action : incident.actions) {
        if (wasTried(action))
            past.facts.tried.insert(action.type);
        if (action.verified)
            past.facts.healedBy.insert(action.type);
    }
    return past;
}

void Examiner::note(const Incident &incident)
{
    if (!m_history || isOpen(incident))
        return;
    m_history->removeIf([&](const Past &past) { return past.id == incident.id || past.facts.at < incident.resolvedAt - historyMs; });
    m_history->append(pastOf(incident));
}

void Examiner::readHistory(QObject *context, const QString &stateDir, qint64 wallMs)
{
    const auto read = [stateDir, since = wallMs - historyMs]() -> std::optional<QList<Past>> {
        IncidentQuery query;
        query.since = since;
        query.limit = mostHistory;
        auto reader = StoreReader::open(stateDir);
        const auto found = reader ? (*reader)->incidents(query) : tl::unexpected(reader.error());
        if (!found)
            return std::nullopt;
        QList<Past> past;
        for (const Incident &incident : *found) {
            if (!isOpen(incident))
                past.append(pastOf(incident));
        }
        return past;
    };
    inPool<std::optional<QList<Past>>>(read).then(context, [this](const std::optional<QList<Past>> &found) { m_history = found; });
}

QList<ProbeOrder> Examiner::probes(const Incident &incident, const Now &now) const
{
    const DecisionTree *tree = treeFor(m_trees, incident.type);
    if (!tree || !hasProbes(*tree))
        return {};
    QList<ProbeOrder> orders = neededProbes(*tree, incident.component, evidence(incident, tree, now));
    for (ProbeOrder &order : orders)
        order.subject = subject(incident);
    return orders;
}

Diagnosis Examiner::diagnose(const Incident &incident, const Now &now) const
{
    const DecisionTree *tree = treeFor(m_trees, incident.type);
    Diagnosis diagnosis = prunella::diagnose(m_trees, incident.type, incident.component, evidence(incident, tree, now), now);
    diagnosis.affected = affectedBy(incident);
    addSuspect(diagnosis, incident, now);
    for (const QString &text : m_world.detectors.logs().notable(incident.component, now.wallMs))
        diagnosis.correlated.append(logEventPrefix + text);
    return diagnosis;
}

std::optional<TypeReason> Examiner::trueType(const ErrorEvent &event, const Now &now) const
{
    std::optional<ProcessEnd> end;
    if (const auto *entry = m_world.board.entry(event.condition.component))
        end = entry->unit ? processEnd(*entry->unit) : entry->process ? processEnd(*entry->process) : std::nullopt;
    const ServiceConfig *service = m_world.pipeline.service(event.condition.component);
    if (!service)
        return {};
    return typeByChange(event, m_world.changes(), linesOf(*service, now).value_or(QList<LogLine>()), end);
}

/// Slow or failing answers may come from further down: the recorded series of all that it needs are ranked.
void Examiner::addSuspect(Diagnosis &diagnosis, const Incident &incident, const Now &now) const
{
    const bool answersBadly = incident.condition.kind == ConditionKind::CheckFailing || incident.condition.kind == ConditionKind::Threshold;
    if (!answersBadly)
        return;
    const auto input = causeInput(incident, m_world.pipeline.config().services, m_world.pipeline.graph(), m_world.detectors.series(), now);
    const auto suspect = input ? suspectOf(rankCauses(*input), incident.component) : std::nullopt;
    if (!suspect)
        return;
    diagnosis.component = suspect->node;
    diagnosis.rootCause += QStringLiteral(" The recorded values point to %1, which it needs.").arg(suspect->node);
    diagnosis.correlated.prepend(QStringLiteral("cause ranking: %1 (score %2); %3").arg(suspect->node).arg(suspect->score, 0, 'f', 2).arg(suspect->evidence.value(0)));
}

/// With the answers of the probes that ran for it.
Evidence Examiner::evidence(const Incident &incident, const DecisionTree *tree, const Now &now) const
{
    const EvidenceInput known = input(incident, tree, now);
    Evidence evidence = buildEvidence(known, tree);
    evidence::addQueries(evidence, known, m_queries.value(incident.type));
    evidence.insert(m_world.pipeline.probedFacts(incident.id));
    if (tree)
        settleUnaskable(evidence, *tree, incident.component);
    return evidence;
}

EvidenceInput Examiner::input(const Incident &incident, const DecisionTree *tree, const Now &now) const
{
    EvidenceInput input;
    input.condition = incident.condition;
    input.reason = incident.summary;
    input.kernelLogReadable = m_world.kernelLogReadable();
    input.series = m_world.detectors.series().factsFor(incident.component, now);
    input.now = now;
    input.startedAt = incident.startedAt;
    const QList<TreeQuery> queries = m_queries.value(incident.type) + (tree ? tree->queries : QList<TreeQuery>());
    if (std::any_of(queries.begin(), queries.end(), [](const TreeQuery &q) { return q.kind == TreeQuery::Kind::Events; }))
        input.events = QList<ErrorEvent>(m_events.begin(), m_events.end());
    input.changes = m_world.changes();
    input.topology = topology();
    if (const auto *entry = m_world.board.entry(incident.component)) {
        input.unit = entry->unit;
        input.process = entry->process;
        input.oomKills = entry->oomKills;
        input.lastChecks = entry->checks.values();
    }
    const ServiceConfig *service = m_world.pipeline.service(incident.component);
    const QSet<QString> broken = m_world.pipeline.broken(); // symptoms of others among them
    for (const auto &component : m_world.board.components()) {
        if (component.health != Health::Critical && !broken.contains(component.name))
            continue;
        input.failing.insert(component.name);
        if (service && service->dependsOn.contains(component.name))
            input.failedDependencies.append(component.name);
    }
    if (service) {
        input.dependencies = int(service->dependsOn.size());
        input.health = service->health;
        input.lines = linesOf(*service, now);
    }
    addEarlier(input, incident, now);
    return input;
}

void Examiner::addEarlier(EvidenceInput &input, const Incident &incident, const Now &now) const
{
    for (const Incident &earlier : m_world.pipeline.recent()) {
        if (earlier.component != incident.component || earlier.type != incident.type)
            continue;
        ++input.earlierIncidents;
        input.earlierHealed += std::any_of(earlier.actions.begin(), earlier.actions.end(), [](const auto &a) { return a.verified; });
        input.recurrence += cameBack(earlier, now);
    }
    if (!m_history)
        return;
    input.earlier.emplace();
    for (const Past &past : *m_history) {
        if (past.component == incident.component && past.type == incident.type && past.id != incident.id)
            input.earlier->append(past.facts);
    }
}

std::optional<QList<LogLine>> Examiner::linesOf(const ServiceConfig &service, const Now &now) const
{
    const auto ring = m_lines.constFind(service.name);
    if (ring == m_lines.cend() && service.logs.isEmpty() && service.manager != Manager::Process)
        return std::nullopt;
    QList<LogLine> lines;
    for (std::size_t i = 0; ring != m_lines.cend() && i < ring->size(); ++i) {
        if ((*ring)[i].monotonicMs >= now.monotonicMs - keptLinesMs)
            lines.append((*ring)[i]);
    }
    return lines;
}

/// What was seen, and what the configuration declares.
Topology Examiner::topology() const
{
    Topology all = m_world.topology();
    for (const ServiceConfig &service : m_world.pipeline.config().services) {
        for (const QString &name : service.dependsOn)
            all.edges.append({service.name, name, TieKind::Declared, QStringLiteral("depends_on"), 0, 0});
    }
    return all;
}

/// Those that failed with it, and those that need it and fail now.
QStringList Examiner::affectedBy(const Incident &incident) const
{
    QStringList names;
    for (const Symptom &member : incident.members) {
        if (member.splitInto.isEmpty())
            names.append(member.condition.component);
    }
    const QStringList dependents = m_world.pipeline.graph().dependentsOf(incident.component);
    for (const auto &component : m_world.board.components()) {
        if (component.health == Health::Critical && dependents.contains(component.name))
            names.append(component.name);
    }
    names.removeAll(incident.component);
    names.sort();
    names.removeDuplicates();
    return names;
}

ProbeSubject Examiner::subject(const Incident &incident) const
{
    ProbeSubject subject;
    subject.component = incident.component;
    const Config &config = m_world.pipeline.config();
    for (const MonitorConfig &monitor : config.monitors) {
        const bool isDatabase = monitor.type == QStringLiteral("postgresql") || monitor.type == QStringLiteral("redis");
        const QString owner = monitor.service.isEmpty() ? QStringLiteral("host") : monitor.service;
        if (isDatabase && owner == incident.component)
            subject.database = monitor;
    }
    if (const auto *entry = m_world.board.entry(incident.component)) {
        const UnitState unit = entry->unit.value_or(UnitState{});
        subject.unit = unit.unit;
        subject.controlGroup = unit.controlGroup;
        subject.binary = unit.binary;
        subject.user = !unit.user.isEmpty() || unit.userBus || unit.unit.isEmpty() ? unit.user : QStringLiteral("root");
        subject.pid = entry->unit ? qint64(entry->unit->mainPid) : entry->process && entry->process->running ? entry->process->pid : 0;
    }
    const ServiceConfig *service = m_world.pipeline.service(incident.component);
    for (const ServiceConfig &other : config.services) {
        if (service && service->dependsOn.contains(other.name))
            subject.dependencies.append(other);
    }
    return subject;
}

} // namespace prunella
