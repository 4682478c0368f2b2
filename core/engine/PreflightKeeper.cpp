#include "core/engine/PreflightKeeper.h"

#include "core/recovery/ActionKind.h"

#include <QElapsedTimer>
#include <QThreadPool>

namespace prunella {
namespace {

constexpr qint64 againMs = 1000;

/// Looking harms nobody who works on it.
bool changes(ActionType type) { return type != ActionType::HealthCheck && type != ActionType::EnableMonitoring; }

bool needsLook(const LookInput &input)
{
    const bool unit = input.target.manager == Manager::Systemd || input.target.manager == Manager::SystemdUser;
    const ActionKind &kind = actionKind(input.type);
    return (kind.look && (!kind.looks || kind.looks(input))) || (unit && changes(input.type));
}

} // namespace

Preflight preflightOf(const LookInput &input, WorkInProgress &others)
{
    const auto look = actionKind(input.type).look;
    Preflight found = look ? look(input) : Preflight();
    if (!found.objection && changes(input.type))
        found.objection = others.look(input.target);
    return found;
}

PreflightKeeper::PreflightKeeper()
    : PreflightKeeper([others = std::make_shared<WorkInProgress>()](const LookInput &input) { return preflightOf(input, *others); }, {})
{
}

PreflightKeeper::PreflightKeeper(Look look, Times times) : m_look(std::move(look)), m_times(times) {}

void PreflightKeeper::take(Answer answer)
{
    const auto it = m_entries.find(answer.key);
    if (it == m_entries.end() || it->asked != answer.round)
        return; // asked before something was done there
    it->found = std::move(answer.found);
    it->usedAtMs.reset();
    it->asked = 0;
}

bool PreflightKeeper::isFresh(const Entry &entry, ActionType type, const Now &now) const
{
    if (!entry.found)
        return false;
    if (!entry.usedAtMs)
        return now.monotonicMs - entry.askedAtMs <= m_times.lateMs;
    const qint64 kept = type == ActionType::FreeDiskSpace ? m_times.planKeptMs : 0;
    return now.monotonicMs - *entry.usedAtMs <= kept;
}

void PreflightKeeper::ask(Entry &entry, const QString &key, LookInput input, const Now &now)
{
    entry.asked = ++m_round;
    entry.askedAtMs = now.monotonicMs;
    input.nowWallMs = now.wallMs;
    QThreadPool::globalInstance()->start([inbox = m_inbox, look = m_look, input = std::move(input), key, round = m_round] {
        inbox->post({key, round, look(input)});
    });
}

/// All that makes one look differ from another.
QString PreflightKeeper::keyOf(const LookInput &input)
{
    QStringList parts{input.target.name, toString(input.type), input.causeId};
    for (auto it = input.parameters.cbegin(); it != input.parameters.cend(); ++it)
        parts << it.key() << it.value();
    return parts.join(u'\n');
}

Preflight PreflightKeeper::look(const LookInput &input, const Now &now)
{
    if (!needsLook(input))
        return {};
    for (Answer &late : m_inbox->takeAll())
        take(std::move(late));
    const QString key = keyOf(input);
    Entry &entry = m_entries[key];
    entry.target = input.target.name;
    if (!isFresh(entry, input.type, now) && entry.asked == 0)
        ask(entry, key, input, now);
    QElapsedTimer timer;
    timer.start();
    for (qint64 left = m_times.waitMs; entry.asked != 0 && left > 0; left = m_times.waitMs - timer.elapsed())
        if (auto answer = m_inbox->waitOne(std::chrono::milliseconds(left)))
            take(std::move(*answer));
    if (!entry.found) { // what was found before stands until it is known better
        Preflight waits;
        waits.objection = RecoveryDecision{Decision::Wait, Reason::TargetBusy, QStringLiteral("still looking at what would be done"), now.monotonicMs + againMs};
        return waits;
    }
    if (!entry.usedAtMs)
        entry.usedAtMs = now.monotonicMs;
    return *entry.found;
}

void PreflightKeeper::forget(const QString &target)
{
    m_entries.removeIf([&](const QMap<QString, Entry>::iterator &it) { return it->target == target; });
}

} // namespace prunella
