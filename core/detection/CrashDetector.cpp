#include "core/detection/CrashDetector.h"

#include "core/detection/CrashSentences.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 loopWindowMs = 5 * 60'000;
constexpr quint32 manyRestarts = 3;

bool isUp(const UnitState &unit) { return unit.activeState == u"active"_s || unit.activeState == u"reloading"_s; }
/// It was to be started, and what it requires could not: systemd leaves it inactive and never says "failed".
bool lacksDependency(const UnitState &unit) { return unit.activeState == u"inactive"_s && unit.result == u"dependency"_s; }
bool isFailed(const UnitState &unit) { return unit.activeState == u"failed"_s || lacksDependency(unit); }
/// Stopped by somebody's will, or reset: there is nothing to heal.
bool isStopped(const UnitState &unit) { return unit.activeState == u"inactive"_s && !lacksDependency(unit); }

ErrorEvent make(ConditionKind kind, const RawEvent &event, const QString &reason)
{
    ErrorEvent error;
    error.condition.kind = kind;
    error.condition.component = event.component;
    error.type = ErrorType::ServiceCrash;
    error.severity = Severity::High;
    error.reason = reason;
    error.wallMs = error.startedWallMs = event.wallMs;
    error.monotonicMs = event.monotonicMs;
    return error;
}

ErrorEvent cleared(ConditionKind kind, const RawEvent &event, const QString &reason)
{
    ErrorEvent error = make(kind, event, reason);
    error.cleared = true;
    return error;
}

QString stateText(const UnitState &unit)
{
    return isStopped(unit) ? QString(unit.unit + u" was stopped"_s) : QString(unit.unit + u" is active"_s);
}

quint32 total(const auto &rises)
{
    quint32 sum = 0;
    for (const auto &rise : rises)
        sum += rise.count;
    return sum;
}

} // namespace

void CrashDetector::remember(const QString &component, const RememberedUnit &last)
{
    m_remembered.insert(component, last);
}

void CrashDetector::adopt(const Condition &open)
{
    Watched &watched = m_watched[open.component];
    if (open.kind == ConditionKind::UnitFailed)
        watched.reportedFailure = u"adopted"_s;
    else if (open.kind == ConditionKind::RestartLoop)
        watched.reportedRestarts = 1;
    else if (open.kind == ConditionKind::ProcessExited)
        watched.processDown = true;
}

std::vector<ErrorEvent> CrashDetector::feed(const RawEvent &event)
{
    if (event.component.isEmpty())
        return {};
    if (event.kind == RawEventKind::UnitChanged)
        return feedUnit(m_watched[event.component], event);
    if (event.kind == RawEventKind::ProcessChanged)
        return feedProcess(m_watched[event.component], event);
    return {};
}

/// One crash is reported as `failed` up to three times: a failure is known by its invocation and restart count.
bool CrashDetector::failsAnew(Watched &watched, const RawEvent &event, bool first) const
{
    const QString name = event.unit.invocationId + u'/' + QString::number(event.unit.restarts);
    if (first) {
        const auto last = m_remembered.constFind(event.component);
        const bool newSince = last != m_remembered.cend()
            && (last->activeState != u"failed"_s || last->invocationId != event.unit.invocationId);
        watched.failedBefore = !newSince;
    }
    if (watched.failedBefore && first) {
        watched.failedBefore = watched.reportedFailure.isEmpty(); // adopted: its incident lists it already
        watched.reportedFailure = name; // not an event, but known: its repeated signals are no new failure
        return false;
    }
    if (watched.reportedFailure == name)
        return false;
    watched.reportedFailure = name;
    watched.failedBefore = false;
    return true;
}

std::vector<ErrorEvent> CrashDetector::feedUnit(Watched &watched, const RawEvent &event)
{
    std::vector<ErrorEvent> events;
    const bool first = !watched.seen;
    const quint32 before = first ? event.unit.restarts : watched.unit.restarts;
    watched.seen = true;
    watched.unit = event.unit;
    if (auto loop = restartLoop(watched, event, before))
        events.push_back(std::move(*loop));
    if (isFailed(event.unit) && failsAnew(watched, event, first)) {
        ErrorEvent error = make(ConditionKind::UnitFailed, event, failureText(event.unit));
        const qint64 exit = event.unit.exitWallMs;
        error.startedWallMs = exit > 0 && exit <= event.wallMs ? exit : event.wallMs;
        if (lacksDependency(event.unit)) { // its last exit belongs to an earlier run
            error.type = ErrorType::DependencyFailure;
            error.startedWallMs = event.wallMs;
        }
        events.push_back(std::move(error));
    }
    if (!isUp(event.unit) && !isStopped(event.unit))
        return events;
    if (!watched.reportedFailure.isEmpty())
        events.push_back(cleared(ConditionKind::UnitFailed, event, stateText(event.unit)));
    watched.reportedFailure.clear();
    watched.failedBefore = false;
    if (isStopped(event.unit) && watched.reportedRestarts > 0) {
        watched.reportedRestarts = 0;
        events.push_back(cleared(ConditionKind::RestartLoop, event, stateText(event.unit)));
    }
    return events;
}

/// systemd restarts by itself and never says "failed": only NRestarts tells. Told at the first restart, at the third,
/// and then at each doubling, so that the sentence stays true and hundreds of restarts make a handful of events.
std::optional<ErrorEvent> CrashDetector::restartLoop(Watched &watched, const RawEvent &event, quint32 before)
{
    while (!watched.rises.empty() && event.monotonicMs - watched.rises.front().monotonicMs > loopWindowMs)
        watched.rises.pop_front();
    const quint32 count = event.unit.restarts > before ? event.unit.restarts - before : 0; // lower: reset by a manual start
    if (!isUp(event.unit))
        watched.calmSince = -1;
    else if (count > 0 || watched.calmSince < 0)
        watched.calmSince = event.monotonicMs;
    if (count == 0)
        return std::nullopt;
    if (!watched.rises.empty() && event.monotonicMs - watched.rises.back().monotonicMs < 1000)
        watched.rises.back().count += count;
    else
        watched.rises.push_back({event.monotonicMs, count});
    const quint32 restarts = total(watched.rises);
    const quint32 told = watched.reportedRestarts;
    const bool tell = told == 0 || (told < manyRestarts && restarts >= manyRestarts) || (told >= manyRestarts && restarts >= 2 * told);
    if (!tell)
        return std::nullopt;
    const qint64 within = event.monotonicMs - watched.rises.front().monotonicMs;
    if (told == 0) {
        const qint64 exit = event.unit.exitWallMs;
        watched.loopStartWall = exit > 0 && exit <= event.wallMs ? exit : event.wallMs;
    }
    watched.reportedRestarts = restarts;
    ErrorEvent error = make(ConditionKind::RestartLoop, event, restartLoopText(event.unit, restarts, within));
    error.severity = restarts >= manyRestarts ? Severity::High : Severity::Low;
    error.startedWallMs = watched.loopStartWall;
    return error;
}

std::vector<ErrorEvent> CrashDetector::feedProcess(Watched &watched, const RawEvent &event)
{
    const ProcessState &process = event.process;
    const bool over = process.running || process.stopRequested;
    if (over && watched.processDown) {
        watched.processDown = false;
        const QString how = process.running ? QStringLiteral(" runs, pid %1").arg(process.pid) : u" was stopped"_s;
        return {cleared(ConditionKind::ProcessExited, event, QString(event.component + how))};
    }
    // pid 0: never started, nothing can have crashed
    if (over || process.pid == 0 || (watched.processDown && watched.endedPid == process.pid))
        return {};
    watched.processDown = true;
    watched.endedPid = process.pid;
    return {make(ConditionKind::ProcessExited, event, failureText(process))};
}

std::vector<ErrorEvent> CrashDetector::tick(const Now &now)
{
    std::vector<ErrorEvent> events;
    for (auto it = m_watched.begin(); it != m_watched.end(); ++it) {
        if (it->reportedRestarts == 0 || it->calmSince < 0 || now.monotonicMs - it->calmSince < settleOf(it.key()))
            continue;
        it->reportedRestarts = 0;
        RawEvent event;
        event.component = it.key();
        event.wallMs = now.wallMs;
        event.monotonicMs = now.monotonicMs;
        events.push_back(cleared(ConditionKind::RestartLoop, event,
                                 QString(it->unit.unit + u" stays active, systemd restarts it no more"_s)));
    }
    return events;
}

std::optional<qint64> CrashDetector::nextTickMs() const
{
    std::optional<qint64> next;
    for (auto it = m_watched.cbegin(); it != m_watched.cend(); ++it) {
        const qint64 calm = it->calmSince + settleOf(it.key());
        if (it->reportedRestarts > 0 && it->calmSince >= 0)
            next = std::min(next.value_or(calm), calm);
    }
    return next;
}

bool CrashDetector::holds(const Condition &condition, const UnitState &unit, const Now &now) const
{
    if (isStopped(unit))
        return false;
    if (condition.kind == ConditionKind::UnitFailed)
        return !isUp(unit);
    if (condition.kind != ConditionKind::RestartLoop)
        return false;
    const auto it = m_watched.constFind(condition.component);
    const bool risen = it != m_watched.cend() && unit.restarts > it->unit.restarts; // newer than what was fed
    return !isUp(unit) || risen || it == m_watched.cend() || it->calmSince < 0 || now.monotonicMs - it->calmSince < settleOf(condition.component);
}

QStringList CrashDetector::failedBefore() const
{
    QStringList names;
    for (auto it = m_watched.cbegin(); it != m_watched.cend(); ++it) {
        if (it->failedBefore)
            names << it.key();
    }
    return names;
}

QMap<QString, RememberedUnit> CrashDetector::toRemember() const
{
    QMap<QString, RememberedUnit> result;
    for (auto it = m_watched.cbegin(); it != m_watched.cend(); ++it) {
        if (it->seen)
            result.insert(it.key(), {it->unit.invocationId, it->unit.activeState});
    }
    return result;
}

} // namespace prunella
