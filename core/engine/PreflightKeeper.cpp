#include "core/engine/PreflightKeeper.h"

#include "core/recovery/AdjustTimeout.h"
#include "core/recovery/DiskPlan.h"
#include "core/recovery/RunCommand.h"

#include <QElapsedTimer>
#include <QThreadPool>

namespace prunella {
namespace {

constexpr qint64 againMs = 1000;

RecoveryDecision refusal(const Error &error)
{
    const bool rights = error.code == ErrorCode::NotAuthorised;
    return {Decision::Refuse, rights ? Reason::NotAuthorised : Reason::NoAction, error.message, 0};
}

Preflight timeoutLook(const ServiceConfig &target)
{
    Preflight look;
    const auto plan = AdjustTimeout::planFirst(target.timeouts);
    if (!plan) {
        look.objection = refusal(plan.error());
        return look;
    }
    look.subject = plan->first;
    look.valueBefore = plan->second.valueBefore;
    look.valueTarget = plan->second.valueTarget;
    look.fingerprint = plan->second.fingerprint;
    return look;
}

Preflight commandLook(const ServiceConfig &target, const QString &causeId)
{
    Preflight look;
    const CommandConfig *command = RunCommand::commandFor(target.commands, causeId);
    if (!command) {
        look.objection = refusal({ErrorCode::NotFound, QStringLiteral("no command of %1 is for %2").arg(target.name, causeId)});
        return look;
    }
    look.subject = command->name;
    look.repeatable = command->idempotent;
    if (const auto ready = RunCommand::prepare(*command); !ready)
        look.objection = refusal(ready.error());
    return look;
}

Preflight diskLook(const ServiceConfig &target, qint64 nowWallMs)
{
    Preflight look;
    const auto plan = planDisk(target.diskRules, nowWallMs);
    if (plan)
        look.plan = toJson(*plan);
    else
        look.objection = refusal(plan.error());
    return look;
}

bool isLookedAt(ActionType type)
{
    return type == ActionType::AdjustTimeout || type == ActionType::RunCommand || type == ActionType::FreeDiskSpace;
}

} // namespace

Preflight preflightOf(const ServiceConfig &target, ActionType type, const QString &causeId, qint64 nowWallMs)
{
    if (type == ActionType::AdjustTimeout)
        return timeoutLook(target);
    if (type == ActionType::RunCommand)
        return commandLook(target, causeId);
    return type == ActionType::FreeDiskSpace ? diskLook(target, nowWallMs) : Preflight();
}

PreflightKeeper::PreflightKeeper() : PreflightKeeper(preflightOf, {}) {}

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

void PreflightKeeper::ask(Entry &entry, const QString &key, const ServiceConfig &target, ActionType type, const QString &causeId, const Now &now)
{
    entry.asked = ++m_round;
    entry.askedAtMs = now.monotonicMs;
    QThreadPool::globalInstance()->start([inbox = m_inbox, look = m_look, target, type, causeId, key, round = m_round, wall = now.wallMs] {
        inbox->post({key, round, look(target, type, causeId, wall)});
    });
}

Preflight PreflightKeeper::look(const ServiceConfig &target, ActionType type, const QString &causeId, const Now &now)
{
    if (!isLookedAt(type))
        return {};
    for (Answer &late : m_inbox->takeAll())
        take(std::move(late));
    const QString key = QStringList{target.name, toString(type), causeId}.join(u'\n');
    Entry &entry = m_entries[key];
    entry.target = target.name;
    if (!isFresh(entry, type, now) && entry.asked == 0)
        ask(entry, key, target, type, causeId, now);
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
