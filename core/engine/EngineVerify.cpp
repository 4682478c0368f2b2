// Did it help? Looked at anew after the settling time, never judged by what was known before the action.
#include "core/engine/EngineWorker.h"

#include "core/recovery/Verifier.h"

namespace prunella {
namespace {

/// How the opening condition of kind CheckFailing stands by answers made just now; nothing when it was not asked.
std::optional<bool> failsNow(const Condition &condition, const QList<CheckResult> &checks, QString &text)
{
    for (const CheckResult &check : checks) {
        if (check.index != condition.check)
            continue;
        text = QStringLiteral("health check %1: %2").arg(check.index + 1).arg(check.text);
        return !check.ok;
    }
    return {};
}

/// Before the settling time is over only a death counts: a service that was just started may well not answer yet.
bool isEarly(const Incident &incident, const Now &now)
{
    return incident.verifyAtMonotonicMs > now.monotonicMs;
}

bool isDeath(ConditionKind kind)
{
    return kind == ConditionKind::UnitFailed || kind == ConditionKind::RestartLoop || kind == ConditionKind::ProcessExited;
}

qint64 lastActionAt(const Incident &incident)
{
    qint64 last = 0;
    for (const auto &action : incident.actions)
        last = std::max(last, action.completedAt);
    return last;
}

/// A limit counts only by a reading that is newer than what was done.
void lookAtSeries(const SeriesTable &table, const Incident &incident, VerifyInput &input)
{
    const SeriesKey &series = incident.condition.series;
    const QString name = toString(series);
    const qint64 measured = table.measuredAt(series);
    input.onlyConditionTells = true;
    if (measured == 0 && !table.holds(incident.condition)) {
        input.conditionHolds = false;
        input.conditionText = QStringLiteral("%1 is not measured any more").arg(name);
    } else if (measured <= lastActionAt(incident)) {
        input.conditionText = QStringLiteral("%1 was not measured since").arg(name);
    } else {
        input.conditionHolds = table.holds(incident.condition);
        input.conditionText = *input.conditionHolds ? QStringLiteral("%1 is still over its limit").arg(name)
                                                    : QStringLiteral("%1 is back within its limits").arg(name);
    }
}

} // namespace

void EngineWorker::verify(const QString &incidentId, bool late)
{
    const Incident *incident = m_pipeline.incident(incidentId);
    if (!incident)
        return;
    if (isEarly(*incident, m_clock->now()))
        return giveVerdict(incidentId, {});
    if (!late && incident->condition.kind == ConditionKind::Threshold
        && m_detectors.series().measuredAt(incident->condition.series) <= lastActionAt(*incident)) {
        // The newest reading is older than the action: it tells nothing of what the action did.
        constexpr int readings = 3;
        m_unmeasured.insert(incidentId, m_clock->now().monotonicMs + readings * m_loaded.config.detection.monitoringIntervalMs);
        return;
    }
    const QString component = incident->component;
    const ServiceConfig *service = m_pipeline.service(component);
    if (!service || service->health.isEmpty())
        return giveVerdict(incidentId, {});
    m_sources.checkNow(component, [this, incidentId](const QList<CheckResult> &checks) { giveVerdict(incidentId, checks); });
}

/// Those whose series has been measured since, or which nobody measured in time.
void EngineWorker::verifyWaiting()
{
    const qint64 now = m_clock->now().monotonicMs;
    for (auto it = m_unmeasured.begin(); it != m_unmeasured.end();) {
        const Incident *incident = m_pipeline.incident(it.key());
        const bool measured = incident && m_detectors.series().measuredAt(incident->condition.series) > lastActionAt(*incident);
        if (incident && !measured && now < it.value()) {
            ++it;
            continue;
        }
        const QString id = it.key();
        it = m_unmeasured.erase(it);
        if (incident)
            verify(id, true);
    }
}

void EngineWorker::giveVerdict(const QString &incidentId, const QList<CheckResult> &checks)
{
    const Incident *incident = m_pipeline.incident(incidentId);
    if (!incident)
        return;
    VerifyInput input;
    input.checks = checks;
    if (m_pipeline.service(incident->component)) {
        input.down = m_board.isDown(incident->component);
        input.downText = m_board.stateText(incident->component);
    }
    if (isDeath(incident->condition.kind) || !isEarly(*incident, m_clock->now()))
        lookAtCondition(*incident, input);
    const auto [verdict, text] = judge(input);
    handle(m_pipeline.verified(incidentId, verdict, text, m_clock->now()));
    for (const CheckResult &check : checks) { // real answers, for the detectors too
        RawEvent event;
        event.kind = RawEventKind::CheckDone;
        event.component = check.service;
        event.check = check;
        event.wallMs = check.wallMs;
        event.monotonicMs = check.monotonicMs;
        onEvent(event);
    }
}

void EngineWorker::lookAtCondition(const Incident &incident, VerifyInput &input) const
{
    const Condition &condition = incident.condition;
    const auto *entry = m_board.entry(incident.component);
    input.conditionText = m_board.stateText(incident.component);
    switch (condition.kind) {
    case ConditionKind::Threshold:
        return lookAtSeries(m_detectors.series(), incident, input);
    case ConditionKind::Anomaly:
    case ConditionKind::LogPattern:
        input.onlyConditionTells = true;
        input.conditionHolds = m_detectors.holds(condition);
        input.conditionText = *input.conditionHolds ? QStringLiteral("it is still unusual") : QStringLiteral("nothing unusual is seen any more");
        return;
    case ConditionKind::UnitFailed:
    case ConditionKind::RestartLoop:
        if (entry && entry->unit && entry->lost.isEmpty())
            input.conditionHolds = m_detectors.crash().holds(condition, *entry->unit, m_clock->now());
        return;
    case ConditionKind::ProcessExited:
        input.conditionHolds = input.down;
        return;
    case ConditionKind::CheckFailing:
        input.conditionHolds = failsNow(condition, input.checks, input.conditionText);
        return;
    }
}

} // namespace prunella
