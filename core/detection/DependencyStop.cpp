#include "core/detection/DependencyStop.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 togetherMs = 2000; // systemd passes a failure on at once: what stops later was stopped by somebody
constexpr qint64 secondLookMs = 500;

ErrorEvent make(const RawEvent &event, const QString &reason)
{
    ErrorEvent error;
    error.condition.kind = ConditionKind::UnitFailed;
    error.condition.component = event.component;
    error.type = ErrorType::DependencyFailure;
    error.severity = Severity::High;
    error.reason = reason;
    error.wallMs = error.startedWallMs = event.wallMs;
    error.monotonicMs = event.monotonicMs;
    return error;
}

} // namespace

std::optional<ErrorEvent> DependencyStop::judge(Watched &watched)
{
    const QString need = m_failedNeed ? m_failedNeed(watched.stop.component, watched.stop.wallMs - togetherMs, watched.stop.wallMs + togetherMs) : QString();
    if (need.isEmpty())
        return {};
    watched.reported = true;
    watched.stoppedMs = 0;
    return make(watched.stop, u"%1 was stopped by systemd because %2, which it needs, failed"_s.arg(watched.stop.unit.unit, need));
}

std::vector<ErrorEvent> DependencyStop::feed(const RawEvent &event)
{
    if (event.kind != RawEventKind::UnitChanged || event.component.isEmpty())
        return {};
    Watched &watched = m_watched[event.component];
    const QString &state = event.unit.activeState;
    const bool up = state == u"active" || state == u"reloading";
    const bool wasUp = std::exchange(watched.up, up || (watched.up && state == u"deactivating"));
    if (up) {
        watched.stoppedMs = 0;
        if (!std::exchange(watched.reported, false))
            return {};
        ErrorEvent over = make(event, QString(event.unit.unit + u" is active"_s));
        over.cleared = true;
        return {over};
    }
    if (state != u"inactive" || !wasUp || watched.reported)
        return {};
    watched.stop = event; // looked at a moment later: it may be a restart, or told before the failure that led to it
    watched.stoppedMs = event.monotonicMs;
    return {};
}

std::vector<ErrorEvent> DependencyStop::tick(const Now &now)
{
    std::vector<ErrorEvent> events;
    for (Watched &watched : m_watched) {
        if (watched.stoppedMs == 0 || now.monotonicMs < watched.stoppedMs + secondLookMs)
            continue;
        if (auto found = judge(watched))
            events.push_back(std::move(*found));
        watched.stoppedMs = 0;
    }
    return events;
}

std::optional<qint64> DependencyStop::nextTickMs() const
{
    std::optional<qint64> next;
    for (const Watched &watched : m_watched) {
        if (watched.stoppedMs != 0)
            next = std::min(next.value_or(watched.stoppedMs + secondLookMs), watched.stoppedMs + secondLookMs);
    }
    return next;
}

} // namespace prunella
