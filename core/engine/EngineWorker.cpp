#include "core/engine/EngineWorker.h"

#include "core/base/Failpoint.h"
#include "core/engine/ControlServer.h"
#include "core/recovery/Verifier.h"

namespace prunella {

void EngineWorker::onEvent(RawEvent event)
{
    if (event.kind == RawEventKind::SourceLost || event.kind == RawEventKind::SourceBack) {
        notice(QStringLiteral("source/") + event.text.section(u':', 0, 0), NoticeLevel::Warning,
               event.kind == RawEventKind::SourceLost ? event.text : QString());
    }
    if (event.kind == RawEventKind::OomKilled)
        event.oom = attributed(event.oom, event.component);
    m_board.note(event);
    if (event.kind == RawEventKind::CheckDone) {
        auto outcome = m_checks.feed(event.check);
        raise(outcome.events);
        onSamples(QList<Sample>(outcome.samples.begin(), outcome.samples.end()));
    } else {
        raise(m_crash.feed(event));
    }
    judgeHealth();
    arm();
}

void EngineWorker::onSamples(const QList<Sample> &samples)
{
    if (samples.isEmpty())
        return;
    auto fed = m_series.feed(samples);
    if (!m_sources.isFast() || samples.first().component != QStringLiteral("host"))
        m_store->append(fed.rows);
    raise(fed.events);
    if (!fed.events.empty() || m_board.overall() == Health::Unknown)
        judgeHealth();
    markDirty();
}

void EngineWorker::raise(const std::vector<ErrorEvent> &events)
{
    for (const ErrorEvent &event : events) {
        auto output = m_pipeline.feed(event, m_clock->now());
        output.transaction.events.append(event); // what a backtest tells again
        handle(std::move(output));
    }
}

/// Writes down first; what follows from it starts when that is durable.
void EngineWorker::handle(PipelineOutput output)
{
    if (!output.transaction.isEmpty()) {
        const quint64 token = m_nextToken++;
        AfterCommit after{std::move(output), false};
        after.hasOutcome = !after.output.transaction.outcomes.isEmpty();
        m_store->commit(after.output.transaction, [inbox = m_inbox, token](CommitResult result) {
            inbox->post(Committed{token, std::move(result)});
        });
        output = PipelineOutput(after.output);
        m_waiting.emplace(token, std::move(after));
    } else {
        for (const QString &id : std::as_const(output.verify))
            verify(id);
    }
    for (const QString &id : std::as_const(output.changed)) {
        if (const Incident *incident = m_pipeline.incident(id))
            Q_EMIT incidentChanged(*incident);
    }
    if (output.transaction.isEmpty())
        announce(output);
    if (!output.asked.isEmpty() && m_options.frames) // the picture that the question is about comes first
        Q_EMIT frameReady(buildFrame());
    for (const auto &request : std::as_const(output.asked))
        Q_EMIT approvalAsked(request);
    for (const auto &[id, reason] : std::as_const(output.withdrawn)) {
        m_escalator.closeOnDesktop(id);
        Q_EMIT approvalWithdrawn(id, reason);
    }
    if (!output.changed.isEmpty()) {
        judgeHealth();
        markDirty();
        readStatistics();
    }
    arm();
}

/// What others act upon: whoever reads the store after an event or an answer finds there what it says.
void EngineWorker::announce(const PipelineOutput &output)
{
    for (const EngineEvent &event : output.events)
        tell(event);
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
        } else if (const auto *found = std::get_if<Found>(&message)) {
            handle(m_pipeline.feedback(found->command, found->matches, m_clock->now()));
        } else {
            m_stats = std::get<Statistics>(message).stats;
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
        const ServiceConfig *service = m_pipeline.service(request.target);
        if (!service) {
            handle(m_pipeline.actionDone({request.id, ActionStatus::Failed, FailureKind::Failed,
                QStringLiteral("%1 is no longer in the configuration").arg(request.target), 0}, m_clock->now()));
        } else if (request.type == ActionType::HealthCheck) {
            m_sources.checkNow(request.target, [this, id = request.id](const QList<CheckResult> &results) {
                QStringList lines;
                for (const auto &result : results)
                    lines.append(QStringLiteral("check %1: %2 (%3 ms)").arg(result.index + 1).arg(result.text).arg(result.latencyMs, 0, 'f', 1));
                handle(m_pipeline.actionDone({id, ActionStatus::Completed, FailureKind::None, lines.join(u'\n'), 0}, m_clock->now()));
            });
        } else {
            if (service->manager == Manager::Process)
                m_sources.pids().markStopRequested(service->name);
            m_actions.start(request, *service, m_processes.process(service->name));
        }
    }
}

void EngineWorker::verify(const QString &incidentId)
{
    const Incident *incident = m_pipeline.incident(incidentId);
    if (!incident)
        return;
    const ServiceConfig *service = m_pipeline.service(incident->component);
    if (!service || service->health.isEmpty())
        return giveVerdict(incidentId, {});
    m_sources.checkNow(incident->component, [this, incidentId](const QList<CheckResult> &checks) { giveVerdict(incidentId, checks); });
}

void EngineWorker::giveVerdict(const QString &incidentId, const QList<CheckResult> &checks)
{
    const Incident *incident = m_pipeline.incident(incidentId);
    if (!incident)
        return;
    const Now now = m_clock->now();
    const auto *entry = m_board.entry(incident->component);
    VerifyInput input;
    input.checks = checks;
    input.conditionText = entry ? entry->reason : QString();
    input.down = m_pipeline.service(incident->component) ? m_board.isDown(incident->component) : std::nullopt;
    input.downText = input.conditionText;
    switch (incident->condition.kind) {
    case ConditionKind::Threshold: {
        input.conditionHolds = m_series.holds(incident->condition);
        const QString name = toString(incident->condition.series);
        input.conditionText = *input.conditionHolds ? QStringLiteral("%1 is still over its limit").arg(name)
                                                    : QStringLiteral("%1 is back within its limits").arg(name);
        break;
    }
    case ConditionKind::UnitFailed:
    case ConditionKind::RestartLoop:
        if (entry && entry->unit && entry->lost.isEmpty()) {
            input.conditionHolds = m_crash.holds(incident->condition, *entry->unit, now);
            input.conditionText = QStringLiteral("%1 is %2 (%3)").arg(entry->unit->unit, entry->unit->activeState, entry->unit->subState);
        }
        break;
    case ConditionKind::ProcessExited:
        input.conditionHolds = input.down;
        if (entry && entry->process)
            input.conditionText = QStringLiteral("pid %1 %2").arg(entry->process->pid).arg(entry->process->running ? QStringLiteral("runs") : QStringLiteral("ended"));
        break;
    case ConditionKind::CheckFailing:
        input.conditionHolds = m_checks.holds(incident->condition);
        break;
    }
    const auto [verdict, text] = judge(input);
    handle(m_pipeline.verified(incidentId, verdict, text, now));
}

void EngineWorker::timeCame()
{
    const Now now = m_clock->now();
    raise(m_crash.tick(now));
    handle(m_pipeline.timeCame(now));
}

/// One timer for everything that has a time.
void EngineWorker::arm()
{
    qint64 next = m_pipeline.nextTime();
    if (const auto crash = m_crash.nextTickMs(); crash && (next == 0 || *crash < next))
        next = *crash;
    if (next == 0 || !m_live)
        return m_timer.stop();
    constexpr qint64 longestMs = 60'000; // looked at anew each minute: the machine may have slept
    m_timer.start(int(std::clamp<qint64>(next - m_clock->now().monotonicMs, 0, longestMs)));
}

void EngineWorker::command(Command command)
{
    switch (command.kind) {
    case CommandKind::Reload:
        reload();
        Q_EMIT commandAnswered({command.id, !m_loaded.hasErrors(), ErrorCode::Invalid,
                                m_loaded.hasErrors() ? QStringLiteral("the configuration has errors; the old one stays") : QStringLiteral("reloaded")});
        return;
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
    default:
        handle(m_pipeline.command(command, m_clock->now()));
    }
}

} // namespace prunella
