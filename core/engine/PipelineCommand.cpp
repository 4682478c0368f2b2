// What people say, and what an earlier engine left behind.
#include "core/engine/Pipeline.h"
#include "core/engine/StepSupport.h"
#include "core/recovery/Planner.h"

namespace prunella {
namespace {

CommandAnswer refusal(ErrorCode code, const QString &text) { return {0, false, code, text}; }
CommandAnswer done(const QString &text) { return {0, true, ErrorCode::Invalid, text}; }

QString nameOf(const QString &target)
{
    return target.isEmpty() ? QStringLiteral("everything") : target;
}

/// As the ledger was told in life: a step that is not verified has not failed when it healed nothing.
Incident asJudged(Incident incident, const PipelineHooks &hooks)
{
    for (RecoveryActionRecord &action : incident.actions) {
        const auto known = hooks.step && !action.procedure.isEmpty() ? hooks.step(action.procedure, action.step) : std::nullopt;
        if (known && known->verify == StepVerify::None && !action.verified)
            action.verdict.reset();
    }
    return incident;
}

} // namespace

PipelineOutput Pipeline::command(const Command &command, const Now &now)
{
    PipelineOutput out;
    switch (command.kind) {
    case CommandKind::Pause:
    case CommandKind::Resume:
        pauseOrResume(command, out, now);
        break;
    case CommandKind::SetCeiling:
        m_ceiling = command.mode;
        out.transaction.state.insert(QStringLiteral("ceiling"), toString(command.mode));
        out.transaction.audits.append({now.wallMs, command.actor, QStringLiteral("mode"), toString(command.mode), {}});
        out.answer = done(QStringLiteral("nothing goes beyond %1 now").arg(toString(command.mode)));
        break;
    default:
        tellIncident(command, out, now);
    }
    if (out.answer)
        out.answer->id = command.id;
    finish(out, now);
    return out;
}

void Pipeline::tellIncident(const Command &command, PipelineOutput &out, const Now &now)
{
    static const QMap<CommandKind, QString> verbs{
        {CommandKind::Approve, QStringLiteral("approve")}, {CommandKind::Reject, QStringLiteral("reject")},
        {CommandKind::Acknowledge, QStringLiteral("acknowledge")}, {CommandKind::Resolve, QStringLiteral("resolve")},
        {CommandKind::RecoverNow, QStringLiteral("recover")}, {CommandKind::TakeOver, QStringLiteral("take_over")}};
    const QString &wanted = command.incidentId;
    QStringList matches;
    for (const auto &[id, incident] : m_open) {
        if (!wanted.isEmpty() && id.startsWith(wanted))
            matches.append(id);
    }
    if (matches.isEmpty()) {
        out.answer = refusal(ErrorCode::NotFound, incident(wanted) ? QStringLiteral("incident %1 is resolved already").arg(wanted)
                                                                   : QStringLiteral("no open incident has the id %1").arg(wanted));
        return;
    }
    if (matches.size() > 1) {
        out.answer = refusal(ErrorCode::Invalid, QStringLiteral("%1 open incidents begin with %2; give more of the id").arg(matches.size()).arg(wanted));
        return;
    }
    Incident &incident = m_open[matches.first()];
    askAnewWhenChanged(incident, out, now);
    const bool changed = !out.withdrawn.isEmpty();
    if (changed && command.kind == CommandKind::Approve)
        out.answer = refusal(ErrorCode::Invalid, out.withdrawn.first().second + QStringLiteral("; look at it again"));
    else
        apply(incident, step::PersonSaid{command}, out, now);
    out.transaction.audits.append({now.wallMs, command.actor, verbs.value(command.kind), matches.first(),
                                   out.answer->ok ? command.text : QStringLiteral("refused: ") + out.answer->text});
}

void Pipeline::pauseOrResume(const Command &command, PipelineOutput &out, const Now &now)
{
    const bool pause = command.kind == CommandKind::Pause;
    if (!command.target.isEmpty() && !service(command.target) && command.target != QStringLiteral("host")) {
        out.answer = refusal(ErrorCode::NotFound, QStringLiteral("no service is called %1").arg(command.target));
        return;
    }
    const QString key = QStringLiteral("pause/") + command.target;
    if (pause) {
        const qint64 until = command.durationMs > 0 ? now.wallMs + command.durationMs : 0;
        m_pauses.insert(command.target, {command.target, until, command.actor});
        m_pauseEnds.insert(command.target, command.durationMs > 0 ? now.monotonicMs + command.durationMs : 0);
        out.transaction.state.insert(key, QStringLiteral("%1 %2").arg(until).arg(command.actor));
        out.answer = done(QStringLiteral("automation for %1 is paused").arg(nameOf(command.target)));
    } else {
        const bool was = m_pauses.remove(command.target) > 0;
        m_pauseEnds.remove(command.target);
        out.transaction.state.insert(key, {});
        out.answer = was ? done(QStringLiteral("automation for %1 goes on").arg(nameOf(command.target)))
                         : refusal(ErrorCode::NotFound, QStringLiteral("%1 was not paused").arg(nameOf(command.target)));
        for (auto &[id, incident] : m_open) {
            if (incident.status == IncidentStatus::Suppressed && incident.haltReason == Reason::Paused && !isPaused(incident.component))
                follow(incident, step::Diagnose{}, out, now);
        }
    }
    out.transaction.audits.append({now.wallMs, command.actor, pause ? QStringLiteral("pause") : QStringLiteral("resume"),
                                   nameOf(command.target), {}});
}

PipelineOutput Pipeline::reconfigure(Config config, const Now &now)
{
    PipelineOutput out;
    const bool enabledNow = config.enabled && !m_config.enabled;
    m_config = std::move(config);
    m_host = hostTarget(m_config);
    setTopology(m_seen);
    dropUnknown(out, now);
    releaseUntied(out, now);
    for (auto &[id, incident] : m_open)
        askAnewWhenChanged(incident, out, now);
    regroup(out, now);
    const auto active = enabledNow ? m_active : QList<ErrorEvent>();
    for (const ErrorEvent &event : active) {
        if (!incidentFor(event.condition) && !causeOfMember(event.condition))
            place(event, out, now);
    }
    finish(out, now);
    return out;
}

PipelineOutput Pipeline::feedback(const Command &command, const QList<Incident> &matches, const Now &now)
{
    PipelineOutput out;
    IncidentMark mark{{}, command.target, command.at, {command.mark, command.actor, now.wallMs, command.text}};
    if (command.mark == Mark::Missed) {
        if (!service(command.target) && command.target != QStringLiteral("host"))
            out.answer = refusal(ErrorCode::NotFound, QStringLiteral("no service is called %1").arg(command.target));
        else if (command.at <= 0 || command.at > now.wallMs)
            out.answer = refusal(ErrorCode::Invalid, QStringLiteral("a missed incident needs a time in the past"));
        else
            out.answer = done(QStringLiteral("noted: an incident of %1 was missed at %2").arg(command.target, isoTime(command.at)));
    } else if (matches.size() != 1) {
        out.answer = matches.isEmpty() ? refusal(ErrorCode::NotFound, QStringLiteral("no incident has the id %1").arg(command.incidentId))
                                       : refusal(ErrorCode::Invalid, QStringLiteral("%1 incidents begin with %2; give more of the id").arg(matches.size()).arg(command.incidentId));
    } else {
        mark.incidentId = matches.first().id;
        mark.component = matches.first().component;
        mark.at = matches.first().detectedAt;
        if (const auto open = m_open.find(mark.incidentId); open != m_open.end())
            open->second.feedback = mark.feedback;
        for (Incident &recent : m_recent) {
            if (recent.id == mark.incidentId)
                recent.feedback = mark.feedback;
        }
        out.answer = done(QStringLiteral("noted: %1 (%2 on %3) is marked %4").arg(mark.incidentId.left(8), toString(matches.first().type), mark.component, toString(command.mark)));
    }
    out.answer->id = command.id;
    if (!out.answer->ok)
        return out;
    const QString subject = mark.incidentId.isEmpty() ? QStringLiteral("%1 at %2").arg(mark.component, isoTime(mark.at)) : mark.incidentId;
    out.transaction.marks.append(mark);
    out.transaction.audits.append({now.wallMs, command.actor, QStringLiteral("feedback"), subject, QStringLiteral("%1 %2").arg(toString(command.mark), command.text).trimmed()});
    if (!mark.incidentId.isEmpty() && incident(mark.incidentId))
        out.changed.append(mark.incidentId);
    return out;
}

void Pipeline::restorePauses(const QMap<QString, QString> &state, const Now &now)
{
    for (auto it = state.cbegin(); it != state.cend(); ++it) {
        if (it.key() == QStringLiteral("ceiling"))
            m_ceiling = fromString<Mode>(it.value()).value_or(m_ceiling);
        if (!it.key().startsWith(QStringLiteral("pause/")))
            continue;
        const QString target = it.key().mid(6);
        const qint64 until = it.value().section(u' ', 0, 0).toLongLong();
        if (until != 0 && until <= now.wallMs)
            continue;
        m_pauses.insert(target, {target, until, it.value().section(u' ', 1)});
        m_pauseEnds.insert(target, until == 0 ? 0 : now.monotonicMs + (until - now.wallMs));
    }
}

PipelineOutput Pipeline::restore(const StoredState &state, const Now &now)
{
    PipelineOutput out;
    restorePauses(state.state, now);
    m_lastLook = now;
    m_reversions.restore(state.state);
    for (const auto &incident : state.recentIncidents) {
        m_ledger.restore(asJudged(incident, m_hooks), now);
        if (incident.mergedInto.isEmpty()) // others were part of one; what was done for them counts
            m_recent.append(incident);
    }
    for (const auto &incident : state.openIncidents) {
        m_ledger.restore(asJudged(incident, m_hooks), now);
        m_open[incident.id] = incident;
        restoreActive(incident, now);
    }
    const QHash<QString, QString> unfinished = unfinishedOf(state, out, now);
    m_restoring = true;
    for (auto &[id, incident] : m_open) {
        apply(incident, step::Restored{unfinished.value(id)}, out, now);
        if (const auto *record = step::findAction(incident, unfinished.value(id)))
            planReversion(incident, *record, out, now);
    }
    m_restoring = false;
    dropUnknown(out, now);
    finish(out, now);
    return out;
}

} // namespace prunella
