#include "PipelineFixture.h"

#include "core/model/Json.h"

namespace prunella::test {

using namespace Qt::StringLiterals;

World::World(Config config, qint64 wallMs)
    : clock(wallMs)
    , pipeline(std::move(config), hooks())
    , m_startedAt(wallMs)
{
    diagnosis.tree = u"service_crash"_s;
    diagnosis.causeId = u"killed_by_signal"_s;
    diagnosis.rootCause = u"killed by signal 9"_s;
    diagnosis.confidence = 0.9;
    diagnosis.actions = {ActionType::RestartService};
    answer = [](const ActionRequest &request) {
        return ActionResult{request.id, ActionStatus::Completed, FailureKind::None, u"active"_s, 4712};
    };
}

Config automatic(const QStringList &services)
{
    Config config;
    config.mode = Mode::Automatic;
    config.escalation = {{0, {u"hook"_s}}};
    for (const QString &name : services) {
        ServiceConfig service;
        service.name = name;
        service.unit = QString(name + u".service"_s);
        config.services.append(service);
    }
    return config;
}

Config withNeeds(const QStringList &services)
{
    QStringList names;
    for (const QString &text : services)
        names << text.section(u'>', 0, 0);
    Config config = automatic(names);
    for (qsizetype i = 0; i < services.size(); ++i)
        config.services[i].dependsOn = services[i].section(u'>', 1).split(u',', Qt::SkipEmptyParts);
    return config;
}

Config withTimeout()
{
    Config config = automatic();
    TimeoutConfig timeout;
    timeout.name = u"upstream"_s;
    timeout.file = u"/etc/web.yaml"_s;
    config.services[0].timeouts = {timeout};
    return config;
}

void raisesTheTimeoutFirst(World &world)
{
    world.diagnosis.actions = {ActionType::AdjustTimeout, ActionType::RestartService};
    world.preflight = [](const LookInput &input) {
        Preflight look;
        if (input.type == ActionType::AdjustTimeout)
            look = {u"upstream"_s, u"30"_s, u"45"_s, {}, {}, true, {}, true};
        return look;
    };
}

ErrorEvent World::failure(ConditionKind kind, const QString &component, Severity severity)
{
    ErrorEvent event;
    event.condition = {kind, component, {}, kind == ConditionKind::CheckFailing ? 0 : -1};
    event.type = kind == ConditionKind::CheckFailing ? ErrorType::ApiFailure : ErrorType::ServiceCrash;
    event.severity = severity;
    switch (kind) {
    case ConditionKind::UnitFailed: event.reason = u"%1 failed"_s.arg(component); break;
    case ConditionKind::RestartLoop: event.reason = u"%1 restarts again and again"_s.arg(component); break;
    case ConditionKind::CheckFailing: event.reason = u"check of %1 fails"_s.arg(component); break;
    case ConditionKind::ProcessExited: event.reason = u"%1 exited"_s.arg(component); break;
    case ConditionKind::Anomaly: event.reason = u"%1 is unusual"_s.arg(component); break;
    case ConditionKind::LogPattern: event.reason = u"%1 writes many errors"_s.arg(component); break;
    case ConditionKind::Threshold: event.reason = u"%1 is over its limit"_s.arg(component); break;
    }
    return event;
}

Command World::command(CommandKind kind, const QString &text)
{
    Command command;
    command.kind = kind;
    command.text = text;
    command.actor = u"anna"_s;
    return command;
}

void World::feed(ErrorEvent event)
{
    const Now now = clock.now();
    event.wallMs = now.wallMs;
    event.monotonicMs = now.monotonicMs;
    take(pipeline.feed(event, now));
}

void World::clear(ErrorEvent event)
{
    event.cleared = true;
    event.reason = u"%1 runs again"_s.arg(event.condition.component);
    feed(event);
}

CommandAnswer World::say(Command command, const QString &service)
{
    const bool pausing = command.kind == CommandKind::Pause || command.kind == CommandKind::Resume;
    if (command.incidentId.isEmpty() && !pausing && command.kind != CommandKind::SetCeiling)
        command.incidentId = incident(service).id;
    const auto out = pipeline.command(command, clock.now());
    take(out);
    return out.answer.value_or(CommandAnswer());
}

void World::pass(qint64 ms)
{
    const qint64 end = clock.now().monotonicMs + ms;
    while (true) {
        const qint64 now = clock.now().monotonicMs;
        const qint64 timer = pipeline.nextTime();
        qint64 next = timer == 0 ? end : std::min(end, timer);
        if (const qint64 done = nextAnswer(); done != 0)
            next = std::min(next, done);
        clock.advance(std::max<qint64>(next - now, 0));
        const qint64 here = clock.now().monotonicMs;
        const auto due = std::find_if(m_running.begin(), m_running.end(), [here](const Running &r) { return r.doneAt <= here; });
        if (answering && due != m_running.end()) {
            const ActionRequest request = due->request;
            m_running.erase(due);
            take(pipeline.actionDone(answer(request), clock.now()));
        } else if (timer != 0 && timer <= here) {
            ++turns;
            take(pipeline.timeCame(clock.now()));
        } else if (here >= end) {
            return;
        }
    }
}

void World::answerNow(const QString &output)
{
    const ActionRequest request = m_running.front().request;
    m_running.erase(m_running.begin());
    ActionResult result = answer(request);
    result.output = output;
    take(pipeline.actionDone(result, clock.now()));
}

void World::restartEngine(qint64 downMs, bool reboot)
{
    m_running.clear();
    clock.advance(downMs);
    if (reboot) // the machine's monotonic clock begins anew, the wall clock goes on
        clock = ManualClock(clock.now().wallMs);
    disk.openIncidents.clear();
    disk.recentIncidents.clear();
    for (const auto &[id, incident] : m_incidents)
        (isOpen(incident) ? disk.openIncidents : disk.recentIncidents).append(incident);
    const Config config = pipeline.config();
    pipeline = Pipeline(config, hooks());
    note(u"the engine starts"_s);
    take(pipeline.restore(disk, clock.now()));
}

Incident World::incident(const QString &service) const
{
    for (const Incident &incident : pipeline.open()) {
        if (incident.component == service)
            return incident;
    }
    const auto &recent = pipeline.recent();
    const auto it = std::find_if(recent.crbegin(), recent.crend(), [&](const Incident &i) { return i.component == service; });
    return it == recent.crend() ? Incident() : *it;
}

int World::count(const QString &part) const
{
    return int(std::count_if(m_story.begin(), m_story.end(), [&](const QString &line) { return line.contains(part); }));
}

QString World::takeStory()
{
    const QString story = m_story.join(u'\n');
    m_story.clear();
    return story;
}

void World::take(const PipelineOutput &out)
{
    remember(out.transaction);
    for (const EngineEvent &event : out.events)
        note(u"%1 %2: %3"_s.arg(event.component, event.event, event.reason));
    for (const OutboxItem &item : out.transaction.outbox)
        note(u"-> %1 told: %2"_s.arg(item.channel, item.event));
    for (const Told &told : out.desktop)
        note(u"-> desktop told: %1"_s.arg(told.event));
    for (const ApprovalRequest &request : out.asked)
        note(u"-> asked: %1 %2?"_s.arg(toString(request.type), request.target));
    for (const auto &[id, reason] : out.withdrawn)
        note(u"-> withdrawn: %1"_s.arg(reason));
    for (const ActionRequest &request : out.run) {
        note(u"-> run: %1 %2, attempt %3"_s.arg(toString(request.type), request.target).arg(request.attempt));
        asked.push_back(request);
        if (started)
            started(request);
        m_running.push_back({request, clock.now().monotonicMs + actionMs});
    }
    for (const QString &id : out.verify) {
        const Incident *incident = pipeline.incident(id);
        const bool sick = incident && broken.contains(incident->component);
        const Verdict seen = verdict.value_or(sick ? Verdict::Unchanged : Verdict::Healed);
        note(u"-> verified: %1"_s.arg(toString(seen)));
        take(pipeline.verified(id, seen, seen == Verdict::Healed ? u"it runs"_s : u"it does not run"_s, clock.now()));
    }
}

void World::remember(const Transaction &transaction)
{
    for (const Incident &incident : transaction.incidents) {
        ++writes;
        m_incidents[incident.id] = incidentFromJson(toJson(incident)); // as the store hands it back
    }
    disk.unfinished.append(transaction.intents);
    for (const JournalOutcome &outcome : transaction.outcomes)
        disk.unfinished.removeIf([&](const JournalIntent &intent) { return intent.request.id == outcome.result.actionId; });
    for (auto it = transaction.state.cbegin(); it != transaction.state.cend(); ++it) {
        if (it.value().isEmpty())
            disk.state.remove(it.key());
        else
            disk.state.insert(it.key(), it.value());
    }
}

/// "00:30 web resolved: it runs"; hours and days only once there are any.
void World::note(const QString &text)
{
    const qint64 s = (clock.now().wallMs - m_startedAt) / second;
    QString at = u"%1:%2"_s.arg(s / 60 % 60, 2, 10, QLatin1Char('0')).arg(s % 60, 2, 10, QLatin1Char('0'));
    if (s >= 3600)
        at = u"%1:%2"_s.arg(s / 3600).arg(at);
    m_story.append(u"%1 %2"_s.arg(at, text));
}

std::optional<ProcedureWord> World::procedureWord(const Incident &incident) const
{
    if (steps.isEmpty())
        return {};
    for (const ProcedureStep &step : steps) {
        const bool done = std::any_of(incident.actions.cbegin(), incident.actions.cend(), [&](const auto &action) { return action.step == step.id; });
        if (!done)
            return ProcedureWord{ProcedureWord::Kind::Run, {step.action, {}, u"p"_s, step.id, {}, 0}, {}};
    }
    return ProcedureWord{ProcedureWord::Kind::Ended, {}, u"no step is left"_s};
}

PipelineHooks World::hooks()
{
    PipelineHooks hooks;
    hooks.diagnose = [this](const Incident &) { return diagnosis; };
    hooks.facts = [this](const ServiceConfig &service) { return facts.value(service.name); };
    hooks.describe = [](const ActionRequest &request) { return u"RestartUnit(%1)"_s.arg(request.unit); };
    hooks.symptom = [this](const QString &component) { return symptoms.value(component); };
    hooks.preflight = [this](const LookInput &input, const Now &) { return preflight ? preflight(input) : Preflight(); };
    hooks.procedure = [this](const Incident &incident, const auto &possible) { return procedure ? procedure(incident, possible) : procedureWord(incident); };
    hooks.step = [this](const QString &name, const QString &id) -> std::optional<ProcedureStep> {
        if (procedureStep)
            return procedureStep(name, id);
        const auto it = std::find_if(steps.cbegin(), steps.cend(), [&](const ProcedureStep &step) { return step.id == id; });
        return it == steps.cend() ? std::nullopt : std::optional(*it);
    };
    hooks.stepApprovals = [this](const Incident &, ActionType) { return stepApprovals; };
    hooks.newId = [this] { return u"id-%1"_s.arg(++m_ids, 4, 10, QLatin1Char('0')); };
    return hooks;
}

qint64 World::nextAnswer() const
{
    qint64 next = 0;
    for (const Running &running : m_running)
        next = next == 0 ? running.doneAt : std::min(next, running.doneAt);
    return answering ? next : 0;
}

} // namespace prunella::test
