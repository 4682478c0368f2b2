// Did it help? Looked at anew after the settling time, never judged by what was known before the action.
#include "core/engine/EngineWorker.h"

#include "core/detection/ThresholdDetector.h"
#include "core/recovery/ActionKind.h"
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

/// Is there a reading of each of its limits that is newer than what was done? Symptoms count as well: what they say
/// decides whether they recovered with the cause.
bool isMeasured(const SeriesTable &table, const Incident &incident)
{
    const qint64 acted = lastActionAt(incident);
    const auto old = [&](const Condition &condition) {
        return condition.kind == ConditionKind::Threshold && table.measuredAt(condition.series) <= acted;
    };
    return !old(incident.condition) && std::none_of(incident.members.cbegin(), incident.members.cend(),
                                                    [&](const Symptom &member) { return holds(member) && old(member.condition); });
}

/// The last action, which the verification is about.
const RecoveryActionRecord *lastDone(const Incident &incident)
{
    const auto it = std::find_if(incident.actions.crbegin(), incident.actions.crend(), [](const auto &action) {
        return action.undoes.isEmpty() && (action.status == ActionStatus::Completed || action.status == ActionStatus::Unknown);
    });
    return it == incident.actions.crend() || it->verdict ? nullptr : &*it;
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
        input.valueNow = table.valueOf(series);
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
    if (!late && !isMeasured(m_detectors.series(), *incident)) {
        // The newest reading is older than the action: it tells nothing of what the action did.
        constexpr int readings = 3;
        m_unmeasured.insert(incidentId, m_clock->now().monotonicMs + readings * m_loaded.config.detection.monitoringIntervalMs);
        return;
    }
    checkAll(*incident);
}

/// Before its first call: what "worse" is measured by.
void EngineWorker::noteBefore(const ActionRequest &request)
{
    const Incident *incident = m_pipeline.incident(request.incidentId);
    if (!incident || !request.undoes.isEmpty())
        return;
    BeforeAction before;
    if (incident->condition.kind == ConditionKind::Threshold)
        before.value = m_detectors.series().valueOf(incident->condition.series);
    if (const auto *entry = m_board.entry(request.target))
        before.failedChecks = int(std::count_if(entry->checks.cbegin(), entry->checks.cend(), [](const CheckResult &check) { return !check.ok; }));
    const QSet<QString> broken = m_pipeline.broken();
    // What cannot be taken back is no worse for it: whoever lost a connection by a restart has a turn of its own.
    const bool mayBeUndone = actionKind(request.type).inverse != nullptr;
    for (const QString &name : mayBeUndone ? m_pipeline.graph().dependentsOf(request.target) : QStringList()) {
        const ServiceConfig *service = m_pipeline.service(name);
        if (service && !service->health.isEmpty() && !broken.contains(name))
            before.wellDependents.append(name);
    }
    m_before.insert(incident->id, before);
}

/// Itself, what fails because of it, and who needs it and was well before; those that have health checks.
QStringList EngineWorker::askedWith(const Incident &incident) const
{
    QStringList names{incident.component};
    for (const Symptom &member : incident.members) {
        if (holds(member) && !names.contains(member.condition.component))
            names.append(member.condition.component);
    }
    for (const QString &name : m_before.value(incident.id).wellDependents) {
        if (!names.contains(name))
            names.append(name);
    }
    names.removeIf([this](const QString &name) {
        const ServiceConfig *service = m_pipeline.service(name);
        return !service || service->health.isEmpty();
    });
    return names;
}

/// The component's health checks decide; those of its symptoms and of its dependents are asked at the same time and told to
/// the detectors first.
void EngineWorker::checkAll(const Incident &incident)
{
    struct Answers { int waiting = 0; QList<CheckResult> own, others; };
    const QStringList names = askedWith(incident);
    if (names.isEmpty())
        return giveVerdict(incident.id, {});
    auto answers = std::make_shared<Answers>();
    answers->waiting = int(names.size());
    for (const QString &name : names) {
        m_sources.checkNow(name, [this, answers, own = name == incident.component, id = incident.id](const QList<CheckResult> &checks) {
            (own ? answers->own : answers->others).append(checks);
            if (--answers->waiting > 0)
                return;
            tellDetectors(answers->others);
            giveVerdict(id, answers->own);
        });
    }
}

/// A dependency that a probe found failing is looked at by its own checks before the diagnosis goes on: then it has its incident,
/// and who needs it is a symptom of that, before anybody is called for it.
void EngineWorker::probed(const ProbeAnswers &answers)
{
    const auto goOn = [this, answers] { handle(m_pipeline.probed(answers, m_clock->now())); };
    const Incident *incident = m_pipeline.incident(answers.incidentId);
    const bool failing = answers.facts.value(QStringLiteral("probe.dependency_check")).value == QStringLiteral("failing");
    QStringList needs = incident && failing ? m_pipeline.graph().dependenciesOf(incident->component) : QStringList();
    needs.removeIf([this](const QString &name) {
        const ServiceConfig *service = m_pipeline.service(name);
        return !service || service->health.isEmpty();
    });
    if (needs.isEmpty())
        return goOn();
    auto waiting = std::make_shared<qsizetype>(needs.size());
    for (const QString &name : std::as_const(needs)) {
        m_sources.checkNow(name, [this, waiting, goOn](const QList<CheckResult> &checks) {
            tellDetectors(checks);
            if (--*waiting == 0)
                goOn();
        });
    }
}

/// Those whose series has been measured since, or which nobody measured in time.
void EngineWorker::verifyWaiting()
{
    const qint64 now = m_clock->now().monotonicMs;
    for (auto it = m_unmeasured.begin(); it != m_unmeasured.end();) {
        const Incident *incident = m_pipeline.incident(it.key());
        const bool measured = incident && isMeasured(m_detectors.series(), *incident);
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
    const BeforeAction before = m_before.value(incidentId);
    input.failedBefore = before.failedChecks;
    input.valueBefore = before.value;
    const QSet<QString> broken = m_pipeline.broken();
    for (const QString &name : before.wellDependents) {
        if (broken.contains(name))
            input.dependentsBroken.append(QStringLiteral("%1 (%2)").arg(name, m_board.stateText(name)));
    }
    if (m_pipeline.service(incident->component)) {
        input.down = m_board.isDown(incident->component);
        input.downText = m_board.stateText(incident->component);
    }
    if (isDeath(incident->condition.kind) || !isEarly(*incident, m_clock->now()))
        lookAtCondition(*incident, input);
    const RecoveryActionRecord *done = lastDone(*incident);
    if (const auto step = done ? m_guide.step(done->procedure, done->step) : std::nullopt)
        narrowTo(step->verify, input);
    const auto [verdict, text] = judge(input);
    handle(m_pipeline.verified(incidentId, verdict, text, m_clock->now()));
    tellDetectors(checks);
}

/// Real answers, for the detectors too.
void EngineWorker::tellDetectors(const QList<CheckResult> &checks)
{
    for (const CheckResult &check : checks) {
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
        if (const auto limit = ThresholdDetector(m_loaded.config.thresholds).limitsOf(condition.series))
            input.above = limit->direction == Direction::Above;
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
