#include "core/recovery/Policy.h"

#include <array>
#include <cmath>

namespace prunella {
namespace {

using Objection = std::optional<RecoveryDecision>;
constexpr qint64 retrySoonMs = 1000; // a busy target or a full pool is asked again this soon

QString seconds(qint64 ms)
{
    return QStringLiteral("%1 s").arg(QString::number(double(std::max<qint64>(ms, 0)) / 1000.0, 'g', 4));
}

RecoveryDecision refuse(Reason reason, const QString &detail) { return {Decision::Refuse, reason, detail, 0}; }
RecoveryDecision ask(Reason reason, const QString &detail) { return {Decision::Ask, reason, detail, 0}; }
RecoveryDecision wait(Reason reason, const QString &detail, qint64 until) { return {Decision::Wait, reason, detail, until}; }

Objection supported(const PolicyInput &in, const Now &)
{
    if (in.supported)
        return {};
    return refuse(Reason::NotSupported, QStringLiteral("%1 cannot be done for %2").arg(toString(in.action), in.target));
}

Objection observing(const PolicyInput &in, const Now &)
{
    if (in.mode != Mode::Observe && in.ceiling != Mode::Observe)
        return {};
    return refuse(Reason::ModeObserve, QStringLiteral("the mode is observe: nothing is done by itself"));
}

/// A person overrules a question, neither missing rights nor that there is nothing to do.
Objection preflight(const PolicyInput &in, const Now &)
{
    if (!in.preflight || (in.approved && in.preflight->decision == Decision::Ask))
        return {};
    return in.preflight;
}

Objection switchedOff(const PolicyInput &in, const Now &)
{
    if (in.switchedOffBy.isEmpty())
        return {};
    return refuse(Reason::SwitchedOff, QStringLiteral("%1 is not done for %2: %3 is false").arg(toString(in.action), in.target, in.switchedOffBy));
}

/// Two who work on one thing harm each other: waits, and after a while a person is asked.
Objection changedByOthers(const PolicyInput &in, const Now &now)
{
    constexpr qint64 patienceMs = 600'000, againMs = 5000;
    if (in.changedBy.isEmpty() || in.approved)
        return {};
    if (now.monotonicMs - in.changedSinceMs < patienceMs)
        return wait(Reason::ChangedByOthers, in.changedBy, now.monotonicMs + againMs);
    return ask(Reason::ChangedByOthers, QStringLiteral("%1, for more than %2").arg(in.changedBy, seconds(patienceMs)));
}

Objection breaker(const PolicyInput &in, const Now &now)
{
    if (in.approved || breakerOf(in, now) != Breaker::Open)
        return {};
    return wait(Reason::BreakerOpen, QStringLiteral("the circuit breaker is open: %1 failed %2 times in a row on %3; one trial in %4")
                                         .arg(toString(in.action)).arg(in.failuresInRow).arg(in.target, seconds(in.breakerUntilMs - now.monotonicMs)),
                in.breakerUntilMs);
}

Objection startLimit(const PolicyInput &in, const Now &)
{
    if (!in.startLimitHit || in.approved || in.action == ActionType::RollbackDeployment) // another release begins anew
        return {};
    return refuse(Reason::StartLimit,
                  QStringLiteral("systemd's start limit of %1 is reached; only a person resets it").arg(in.target));
}

Objection paused(const PolicyInput &in, const Now &now)
{
    if (!in.paused || in.approved)
        return {};
    const qint64 until = in.pausedUntilMs;
    const QString left = until > 0 ? QStringLiteral("for another %1").arg(seconds(until - now.monotonicMs))
                                   : QStringLiteral("until resumed");
    return wait(Reason::Paused, QStringLiteral("automation for %1 is paused %2").arg(in.target, left), until);
}

Objection maintenance(const PolicyInput &in, const Now &)
{
    if (in.maintenanceUntilMs == 0 || in.approved)
        return {};
    return wait(Reason::Maintenance, QStringLiteral("a maintenance window is open for %1").arg(in.target),
                in.maintenanceUntilMs);
}

Objection flapping(const PolicyInput &in, const Now &now)
{
    constexpr qint64 againMs = 60'000; // calms down, or a person looks
    if (!in.flapping || in.approved)
        return {};
    return wait(Reason::Flapping, QStringLiteral("%1 changes its state too often to act on").arg(in.target), now.monotonicMs + againMs);
}

Objection managerRestarting(const PolicyInput &in, const Now &now)
{
    if (!in.managerRestarting || in.action == ActionType::RollbackDeployment) // its loop is what the rollback ends
        return {};
    return wait(Reason::ManagerRestarting, QStringLiteral("systemd is already starting %1").arg(in.target),
                now.monotonicMs + retrySoonMs);
}

Objection attempts(const PolicyInput &in, const Now &)
{
    if (in.approved || in.attempts < in.maxAttempts)
        return {};
    return refuse(Reason::AttemptsExhausted, QStringLiteral("%1 of %2 attempts of %3 on %4 within %5")
                                                 .arg(in.attempts).arg(in.maxAttempts)
                                                 .arg(toString(in.action), in.target, seconds(in.attemptWindowMs)));
}

Objection targetBusy(const PolicyInput &in, const Now &now)
{
    if (!in.targetBusy)
        return {};
    return wait(Reason::TargetBusy, QStringLiteral("another action runs on %1").arg(in.target),
                now.monotonicMs + retrySoonMs);
}

Objection journal(const PolicyInput &in, const Now &)
{
    if (!in.journalLost || in.approved)
        return {};
    return ask(Reason::JournalLost, QStringLiteral("the action cannot be written down anywhere before it is done"));
}

Objection damaged(const PolicyInput &in, const Now &)
{
    if (!in.storeDamaged || in.approved)
        return {};
    return ask(Reason::StoreDamaged, QStringLiteral("the database was damaged and replaced; a person must acknowledge it first"));
}

/// The cause comes first: a restart changes nothing while what it needs is down.
Objection dependencyFirst(const PolicyInput &in, const Now &now)
{
    if (in.brokenNeed.isEmpty() || in.approved)
        return {};
    const QString text = QStringLiteral("%1, which %2 needs, %3 and comes first").arg(in.brokenNeed, in.target, in.needWhy);
    return in.needIsLeft ? ask(Reason::DependencyFirst, text) : wait(Reason::DependencyFirst, text, now.monotonicMs + in.needAgainMs);
}

Objection mode(const PolicyInput &in, const Now &)
{
    if (in.approved)
        return {};
    if (in.approvalsNeeded > 1)
        return ask(Reason::SecondPerson, QStringLiteral("two different people decide (approve: two)"));
    if (in.mode == Mode::Approve)
        return ask(Reason::ModeApprove, QStringLiteral("the mode is approve: a person decides"));
    if (in.ceiling == Mode::Approve)
        return ask(Reason::CeilingLower, QStringLiteral("the console's selector stands on approve"));
    return {};
}

Objection confidence(const PolicyInput &in, const Now &)
{
    if (in.approved || in.confidence >= in.confidenceThreshold)
        return {};
    return ask(Reason::LowConfidence, QStringLiteral("confidence %1 is under %2").arg(in.confidence, 0, 'f', 2)
                                          .arg(in.confidenceThreshold, 0, 'f', 2));
}

/// The best detectors are right in half to two thirds of their alarms: enough to look, not enough to act.
Objection hintAlone(const PolicyInput &in, const Now &)
{
    if (!in.hintAlone || in.approved)
        return {};
    return ask(Reason::HintAlone, QStringLiteral("an anomaly or a pattern alone never starts an action"));
}

Objection unhealthyFraction(const PolicyInput &in, const Now &)
{
    constexpr int smallestGroup = 4; // contracts: counts from four services on
    if (in.approved || in.services < smallestGroup || in.unhealthyServices <= in.maxUnhealthyFraction * in.services)
        return {};
    return ask(Reason::TooManyUnhealthy, QStringLiteral("%1 of %2 services are sick: the cause is probably elsewhere")
                                             .arg(in.unhealthyServices).arg(in.services));
}

Objection rate(const PolicyInput &in, const Now &)
{
    if (in.approved || in.actionsLastHour < in.maxActionsPerHour)
        return {};
    return ask(Reason::RateLimit, QStringLiteral("%1 actions in the last hour, %2 are allowed")
                                      .arg(in.actionsLastHour).arg(in.maxActionsPerHour));
}

Objection coolDown(const PolicyInput &in, const Now &now)
{
    if (in.approved || in.coolDownUntilMs <= now.monotonicMs)
        return {};
    return wait(Reason::CoolDown, QStringLiteral("%1 was acted on a moment ago; %2 of its cool-down are left")
                                      .arg(in.target, seconds(in.coolDownUntilMs - now.monotonicMs)), in.coolDownUntilMs);
}

Objection concurrent(const PolicyInput &in, const Now &now)
{
    if (in.running < in.maxConcurrent)
        return {};
    return wait(Reason::TooManyRunning, QStringLiteral("%1 actions are running, %2 may at once").arg(in.running)
                                            .arg(in.maxConcurrent), now.monotonicMs + retrySoonMs);
}

Objection backoff(const PolicyInput &in, const Now &now)
{
    if (in.approved || in.backoffUntilMs <= now.monotonicMs)
        return {};
    return wait(Reason::Backoff, QStringLiteral("waits %1 before attempt %2 of %3")
                                     .arg(seconds(in.backoffUntilMs - now.monotonicMs)).arg(in.attempts + 1)
                                     .arg(in.maxAttempts), in.backoffUntilMs);
}

// First what can never be, then what must wait whoever asks, then what a person may overrule.
constexpr std::array<Guard, 24> allGuards{supported, observing, switchedOff, preflight, paused, maintenance, flapping, startLimit, attempts,
                                          managerRestarting, targetBusy, changedByOthers, journal, damaged, dependencyFirst, breaker, mode,
                                          hintAlone, confidence, unhealthyFraction, rate, coolDown, concurrent, backoff};

/// What would be done or asked, were it not for the shadow.
RecoveryDecision shadowed(const RecoveryDecision &decision)
{
    const QString what = decision.decision == Decision::Run ? QStringLiteral("it would have been done") : QStringLiteral("a person would have been asked");
    return refuse(Reason::Shadow, QStringLiteral("shadow mode, nothing is done; otherwise %1: %2").arg(what, decision.detail));
}

RecoveryDecision judged(const PolicyInput &input, const Now &now)
{
    for (const Guard guard : allGuards) {
        if (auto objection = guard(input, now))
            return *objection;
    }
    if (input.approved)
        return {Decision::Run, Reason::Approved, QStringLiteral("a person approved it"), 0};
    const QString trial = breakerOf(input, now) == Breaker::HalfOpen ? QStringLiteral(", the one trial of the half-open circuit breaker") : QString();
    return {Decision::Run, Reason::Allowed,
            QStringLiteral("automatic, confidence %1, attempt %2 of %3%4").arg(input.confidence, 0, 'f', 2)
                .arg(input.attempts + 1).arg(input.maxAttempts).arg(trial), 0};
}

} // namespace

std::span<const Guard> guards()
{
    return allGuards;
}

std::optional<RecoveryDecision> heldBack(const PolicyInput &input, const Now &now)
{
    for (const Guard guard : {paused, maintenance, flapping}) {
        if (auto objection = guard(input, now))
            return objection;
    }
    return {};
}

Breaker breakerOf(const PolicyInput &input, const Now &now)
{
    if (!input.breakerEnabled || input.failuresInRow < input.breakerFailures)
        return Breaker::Closed;
    return now.monotonicMs < input.breakerUntilMs ? Breaker::Open : Breaker::HalfOpen;
}

RecoveryDecision decide(const PolicyInput &input, const Now &now)
{
    const RecoveryDecision decision = judged(input, now);
    const bool acts = decision.decision == Decision::Run || decision.decision == Decision::Ask;
    return input.shadow && !input.approved && acts ? shadowed(decision) : decision;
}

qint64 backoffMs(int attempt, qint64 initialMs, double factor, qint64 maxMs)
{
    if (attempt <= 1)
        return 0;
    const double pause = double(initialMs) * std::pow(factor, attempt - 2);
    return qint64(std::min(pause, double(maxMs)));
}

} // namespace prunella
