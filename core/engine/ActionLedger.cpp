#include "core/engine/ActionLedger.h"

namespace prunella {

void ActionLedger::begin(const ActionRequest &request, const Now &now)
{
    m_entries.append({request.id, request.incidentId, request.target, request.type, now.monotonicMs, 0, false, {}, !request.undoes.isEmpty()});
}

void ActionLedger::end(const QString &actionId, bool failed, const Now &now)
{
    for (auto &entry : m_entries) {
        if (entry.id == actionId && !entry.ended) {
            entry.ended = true;
            entry.endMs = now.monotonicMs;
            if (failed)
                entry.healed = false;
        }
    }
}

void ActionLedger::judge(const QString &actionId, std::optional<bool> healed)
{
    for (auto &entry : m_entries) {
        if (entry.id == actionId)
            entry.healed = healed;
    }
}

ActionLedger::Row ActionLedger::failuresInRow(const QString &target, ActionType type) const
{
    QList<const Entry *> judged;
    for (const auto &entry : m_entries) {
        if (entry.target == target && entry.type == type && !entry.undo && entry.ended && entry.healed)
            judged.append(&entry);
    }
    std::stable_sort(judged.begin(), judged.end(), [](const Entry *a, const Entry *b) { return a->startMs < b->startMs; });
    Row row;
    for (auto it = judged.crbegin(); it != judged.crend() && !*(*it)->healed; ++it) {
        ++row.failures;
        row.lastEndMs = std::max(row.failures == 1 ? (*it)->endMs : row.lastEndMs, (*it)->endMs);
    }
    return row;
}

void ActionLedger::restore(const Incident &incident, const Now &now)
{
    const auto monotonic = [&now](qint64 wallMs) { return now.monotonicMs - std::max<qint64>(now.wallMs - wallMs, 0); };
    for (const auto &action : incident.actions) {
        if (action.startedAt == 0)
            continue;
        const qint64 start = monotonic(action.startedAt);
        const qint64 end = action.completedAt == 0 ? now.monotonicMs : monotonic(action.completedAt);
        const bool failed = action.status == ActionStatus::Failed || action.status == ActionStatus::Cancelled;
        const bool looks = action.type == ActionType::HealthCheck || action.type == ActionType::EnableMonitoring;
        // As in life: what cannot be told counts for nothing, nor a look that healed nothing.
        const bool judged = action.verdict && *action.verdict != Verdict::Unknown && (action.verified || !looks);
        const std::optional<bool> healed = judged || failed ? std::optional(action.verified) : std::nullopt;
        m_entries.append({action.id, incident.id, action.target, action.type, start, end, true, healed, !action.undoes.isEmpty()});
    }
}

int ActionLedger::attempts(const QString &target, ActionType type, qint64 windowMs, const Now &now) const
{
    return int(std::count_if(m_entries.begin(), m_entries.end(), [&](const Entry &entry) {
        return entry.target == target && entry.type == type && !entry.undo && entry.startMs > now.monotonicMs - windowMs;
    }));
}

int ActionLedger::within(qint64 windowMs, const Now &now) const
{
    return int(std::count_if(m_entries.begin(), m_entries.end(), [&](const Entry &entry) {
        const bool repairs = entry.type != ActionType::HealthCheck && entry.type != ActionType::EnableMonitoring && !entry.undo;
        return entry.startMs > now.monotonicMs - windowMs && repairs;
    }));
}

int ActionLedger::running() const
{
    return int(std::count_if(m_entries.begin(), m_entries.end(), [](const Entry &entry) { return !entry.ended; }));
}

bool ActionLedger::isBusy(const QString &target) const
{
    return std::any_of(m_entries.begin(), m_entries.end(),
                       [&](const Entry &entry) { return !entry.ended && entry.target == target; });
}

std::optional<qint64> ActionLedger::lastEndOfOthers(const QString &target, const QString &incidentId) const
{
    std::optional<qint64> last;
    for (const auto &entry : m_entries) {
        if (entry.ended && entry.target == target && entry.incidentId != incidentId)
            last = std::max(last.value_or(entry.endMs), entry.endMs);
    }
    return last;
}

std::optional<qint64> ActionLedger::lastEndOf(const QString &incidentId) const
{
    std::optional<qint64> last;
    for (const auto &entry : m_entries) {
        if (entry.ended && entry.incidentId == incidentId)
            last = std::max(last.value_or(entry.endMs), entry.endMs);
    }
    return last;
}

void ActionLedger::forgetBefore(qint64 monotonicMs)
{
    m_entries.removeIf([monotonicMs](const Entry &entry) { return entry.ended && entry.startMs < monotonicMs; });
}

} // namespace prunella
