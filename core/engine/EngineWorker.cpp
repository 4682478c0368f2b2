#include "core/engine/EngineWorker.h"

#include "core/base/Failpoint.h"
#include "core/engine/Audits.h"
#include "core/engine/ControlServer.h"
#include "core/engine/Person.h"
#include "core/engine/ReleaseKeeper.h"
#include "core/engine/TopologyKeeper.h"

#include <unistd.h>

namespace prunella {
namespace {

/// The journal's steps that are durable with this transaction.
void stepsCommitted(const PipelineOutput &output)
{
    const auto noted = [&output](JournalNote::Kind kind) {
        const auto &notes = output.transaction.notes;
        return std::any_of(notes.cbegin(), notes.cend(), [kind](const JournalNote &note) { return note.kind == kind; });
    };
    if (noted(JournalNote::Kind::Verified))
        failpoint("verified_committed");
    if (noted(JournalNote::Kind::Undone))
        failpoint("undone_committed");
    if (std::any_of(output.run.cbegin(), output.run.cend(), [](const ActionRequest &request) { return !request.undoes.isEmpty(); }))
        failpoint("undo_committed");
}

} // namespace

void EngineWorker::onEvent(RawEvent event)
{
    if (event.kind == RawEventKind::SourceLost || event.kind == RawEventKind::SourceBack) {
        notice(QStringLiteral("source/") + event.source, NoticeLevel::Warning,
               event.kind == RawEventKind::SourceLost ? event.text : QString());
    }
    if (event.kind == RawEventKind::OomKilled)
        event.component = m_board.victimOf(event.oom);
    m_board.note(event);
    m_topology->note(event);
    m_releases->note(event);
    if (event.kind == RawEventKind::ProcessChanged)
        m_logKeeper.follow(m_processes.process(event.component));
    take(m_detectors.feed(event));
    judgeHealth();
    arm();
}

void EngineWorker::onSamples(const QList<Sample> &samples)
{
    if (samples.isEmpty())
        return;
    const bool chartsOnly = m_sources.isFast() && samples.first().component == QStringLiteral("host");
    take(m_detectors.feed(samples, chartsOnly ? m_loaded.config.detection.monitoringIntervalMs : 0));
    verifyWaiting();
}

/// Lines of all log sources, in the order of each source.
void EngineWorker::onLines(const QList<LogLine> &lines)
{
    m_examiner.note(lines);
    take(m_detectors.feed(lines, m_clock->now()));
}

void EngineWorker::take(const Detectors::Found &found)
{
    m_store->append(found.rows);
    raise(found.events);
    if (!found.events.empty() || m_board.overall() == Health::Unknown)
        judgeHealth();
    if (!found.rows.isEmpty())
        markDirty();
}

void EngineWorker::raise(const std::vector<ErrorEvent> &events)
{
    for (const ErrorEvent &event : events) {
        m_examiner.note(event);
        auto output = m_pipeline.feed(event, m_clock->now());
        if (event.opens)
            output.transaction.events.append(event); // what a backtest tells again
        handle(std::move(output));
    }
}

/// Writes down first; what follows from it starts when that is durable.
void EngineWorker::handle(PipelineOutput output)
{
    if (!output.transaction.isEmpty()) {
        const quint64 token = m_nextToken++;
        output.transaction.audits += actionAudits(output.transaction);
        AfterCommit after{withRollbacks(std::move(output)), false};
        after.hasOutcome = !after.output.transaction.outcomes.isEmpty();
        m_store->commit(after.output.transaction,
                        [inbox = m_inbox, token](CommitResult result) { inbox->post(Committed{token, std::move(result)}); });
        output = after.output;
        m_waiting.emplace(token, std::move(after));
    } else {
        for (const QString &id : std::as_const(output.verify))
            verify(id);
    }
    for (const QString &id : std::as_const(output.changed)) {
        if (const Incident *incident = m_pipeline.incident(id)) {
            m_examiner.note(*incident);
            Q_EMIT incidentChanged(*incident);
        }
    }
    m_probes.run(output.probes); // they only look: nothing has to be written down first
    if (output.transaction.isEmpty())
        announce(output);
    for (const auto &[id, reason] : std::as_const(output.withdrawn)) { // before what is asked anew in its place
        m_escalator.closeOnDesktop(id);
        Q_EMIT approvalWithdrawn(id, reason);
    }
    if (!output.asked.isEmpty() && m_options.frames) // the picture that the question is about comes first
        Q_EMIT frameReady(buildFrame());
    for (const auto &request : std::as_const(output.asked))
        Q_EMIT approvalAsked(request);
    if (!output.changed.isEmpty()) {
        m_detectors.setBroken(m_pipeline.broken());
        judgeHealth();
        markDirty();
        readStatistics();
    }
    arm();
}

/// What others act upon: whoever reads the store after an event or an answer finds there what it says.
void EngineWorker::announce(const PipelineOutput &output)
{
    for (const EngineEvent &event : output.events) {
        tell(event);
        if (event.event == toString(IncidentStatus::Detected) || event.event == toString(IncidentStatus::Resolved)
            || (event.event == changeEvent && !event.component.isEmpty()))
            m_patterns.incidentsChanged();
    }
    if (output.answer)
        Q_EMIT commandAnswered(*output.answer);
}

void EngineWorker::drainInbox()
{
    for (auto &message : m_inbox->takeAll()) {
        if (const auto *done = std::get_if<Committed>(&message)) {
            committed(*done);
        } else if (const auto *health = std::get_if<StoreHealth>(&message)) {
            storeHealthChanged(*health);
        } else if (const auto *found = std::get_if<Looked>(&message)) {
            handle(m_pipeline.feedback(found->command, found->matches, m_clock->now()));
        } else {
            m_stats = std::get<RecoveryStats>(message);
            m_statisticsRunning = false;
            markDirty();
        }
    }
}

void EngineWorker::committed(const Committed &message)
{
    const auto it = m_waiting.find(message.token);
    if (it == m_waiting.end())
        return;
    const AfterCommit after = std::move(it->second);
    m_waiting.erase(it);
    const bool lost = message.result.state == CommitState::Lost;
    announce(after.output);
    m_pipeline.setJournalLost(lost);
    stepsCommitted(after.output);
    if (after.hasOutcome) {
        failpoint("outcome_committed");
        QTimer::singleShot(int(m_loaded.config.recovery.settleMs / 2), this, [] { failpoint("settling"); });
    }
    if (lost) {
        for (const ActionRequest &request : after.output.run) {
            handle(m_pipeline.actionDone({request.id, ActionStatus::Cancelled, FailureKind::Failed,
                QStringLiteral("not done: it could not be written down first (%1)").arg(message.result.error), 0}, m_clock->now()));
        }
    } else {
        startActions(after.output);
    }
    for (const QString &id : after.output.verify)
        verify(id);
    m_escalator.note(after.output.transaction.incidents);
    m_escalator.deliver(after.output.transaction.outbox);
    for (const Told &told : after.output.desktop) {
        if (const Incident *incident = m_pipeline.incident(told.incidentId))
            m_escalator.showOnDesktop(told.event, *incident);
    }
}

void EngineWorker::startActions(const PipelineOutput &output)
{
    for (const ActionRequest &request : output.run) {
        failpoint("intent_committed");
        noteBefore(request);
        Transaction begun;
        begun.notes.append({request.id, JournalNote::Kind::Started, {}, m_clock->now().wallMs});
        m_store->commit(begun, [](const CommitResult &) { failpoint("started_committed"); }); // before its outcome in the same queue
        const ServiceConfig *service = m_pipeline.target(request.target);
        if (!service) {
            handle(m_pipeline.actionDone({request.id, ActionStatus::Failed, FailureKind::Failed,
                QStringLiteral("%1 is no longer in the configuration").arg(request.target), 0}, m_clock->now()));
        } else {
            const bool restarts = request.type == ActionType::RestartService || request.type == ActionType::AdjustTimeout
                || request.type == ActionType::RollbackDeployment;
            const ActionCenter::StartInput input = startInput(*service);
            for (const ServiceConfig &one : QList<ServiceConfig>{*service} + input.related) {
                const bool inGroup = request.type == ActionType::RestartService && service->restart.group.contains(one.name);
                if (one.manager == Manager::Process && restarts && (one.name == service->name || inGroup))
                    m_sources.pids().markStopRequested(one.name);
            }
            if (service->manager == Manager::Container) // restart, rollback and scaling end it or one of its copies
                m_sources.markContainerStopRequested(service->name);
            m_actions.start(request, input);
        }
    }
}

/// What belongs to it beside itself: what it depends on, near ones first, and what is restarted with it.
ActionCenter::StartInput EngineWorker::startInput(const ServiceConfig &service) const
{
    ActionCenter::StartInput input{service, m_pipeline.relatedTo(service), {}};
    for (const ServiceConfig &one : QList<ServiceConfig>{service} + input.related)
        if (const auto process = m_processes.process(one.name))
            input.processes.insert(one.name, *process);
    return input;
}

void EngineWorker::timeCame()
{
    const Now now = m_clock->now();
    take(m_detectors.tick(now));
    verifyWaiting();
    handle(m_pipeline.timeCame(now));
}

/// One timer for everything that has a time.
void EngineWorker::arm()
{
    qint64 next = m_pipeline.nextTime();
    if (const auto crash = m_detectors.nextTickMs(); crash && (next == 0 || *crash < next))
        next = *crash;
    if (next == 0 || !m_live)
        return m_timer.stop();
    constexpr qint64 longestMs = 60'000; // looked at anew each minute: the machine may have slept
    m_timer.start(int(std::clamp<qint64>(next - m_clock->now().monotonicMs, 0, longestMs)));
}

void EngineWorker::command(Command command)
{
    if (command.actor == QStringLiteral("console")) // the person at the desk, as a terminal of the same user would be named
        std::tie(command.actor, command.origin) = std::pair(personOf(::getpid(), ::getuid()).name, QStringLiteral("console"));
    switch (command.kind) {
    case CommandKind::Reload: {
        const bool taken = reload();
        Transaction transaction;
        transaction.audits.append(reloadAudit(command, taken, m_clock->now().wallMs));
        m_store->commit(transaction, [](const CommitResult &) {});
        Q_EMIT commandAnswered({command.id, taken, ErrorCode::Invalid,
                                taken ? QStringLiteral("reloaded") : QStringLiteral("the configuration has errors; the old one stays")});
        return;
    }
    case CommandKind::SampleFast:
        m_sources.setFast(command.on);
        Q_EMIT commandAnswered({command.id, true, ErrorCode::Invalid, {}});
        return;
    case CommandKind::AcknowledgeStore: {
        m_store->acknowledgeDamage();
        Transaction transaction;
        transaction.audits.append({m_clock->now().wallMs, command.actor, QStringLiteral("acknowledge"), QStringLiteral("store"), {}});
        m_store->commit(transaction, [](const CommitResult &) {});
        m_storeHealth.damagedAndReplaced = false;
        storeHealthChanged(m_storeHealth);
        Q_EMIT commandAnswered({command.id, true, ErrorCode::Invalid, QStringLiteral("the fresh database is accepted")});
        return;
    }
    case CommandKind::Feedback:
        return findIncident(command);
    case CommandKind::AnnounceDeployment:
        return handle(m_changes.announce(command, m_clock->now()));
    default:
        handle(m_pipeline.command(command, m_clock->now()));
    }
}

} // namespace prunella
