// The policy's words: decisions, reasons and failures.
#include "ui/text/Words.h"

#include <QCoreApplication>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Words)
};

/// Reasons why a person is asked or why something may run.
QString permission(Reason reason)
{
    switch (reason) {
    case Reason::Allowed: return Text::tr("every guard agreed");
    case Reason::Approved: return Text::tr("a person approved it");
    case Reason::ModeObserve: return Text::tr("the mode is Observe: nothing is done");
    case Reason::ModeApprove: return Text::tr("the mode asks a person first");
    case Reason::CeilingLower: return Text::tr("the selector in the header is stricter than the configuration");
    case Reason::LowConfidence: return Text::tr("the diagnosis is not certain enough");
    case Reason::Rejected: return Text::tr("a person said no");
    case Reason::Withdrawn: return Text::tr("the condition cleared by itself");
    case Reason::NotAnswered: return Text::tr("nobody answered in time");
    case Reason::HintAlone: return Text::tr("an anomaly or a pattern alone never starts an action");
    case Reason::NotAuthorised: return Text::tr("no right to do it");
    case Reason::SecondPerson: return Text::tr("a second person must say yes");
    case Reason::Shadow: return Text::tr("shadow mode: decided and recorded, not done");
    case Reason::SwitchedOff: return Text::tr("it is switched off in the configuration");
    case Reason::StoreDamaged: return Text::tr("the database was damaged and nobody has acknowledged it");
    case Reason::JournalLost: return Text::tr("the journal cannot be written, so nothing acts by itself");
    default: return {};
    }
}

/// Reasons that lie in time, load or the target.
QString circumstance(Reason reason)
{
    switch (reason) {
    case Reason::CoolDown: return Text::tr("too soon after the last action on this target");
    case Reason::RateLimit: return Text::tr("the limit of actions an hour is reached");
    case Reason::TargetBusy: return Text::tr("another action is running on this target");
    case Reason::TooManyRunning: return Text::tr("too many actions are running at once");
    case Reason::AttemptsExhausted: return Text::tr("all attempts are used up");
    case Reason::Backoff: return Text::tr("waiting before the next attempt");
    case Reason::Paused: return Text::tr("automation is paused");
    case Reason::ManagerRestarting: return Text::tr("systemd is already restarting it");
    case Reason::StartLimit: return Text::tr("systemd's start limit was hit; only a person resets it");
    case Reason::NoAction: return Text::tr("no action is known for this cause");
    case Reason::NotSupported: return Text::tr("this kind of service does not support the action");
    case Reason::TooManyUnhealthy: return Text::tr("too many services are unhealthy; the cause lies elsewhere");
    case Reason::Maintenance: return Text::tr("a maintenance window is open");
    case Reason::DependencyFirst: return Text::tr("something that it needs is broken and comes first");
    case Reason::Flapping: return Text::tr("its state changes too often to act on");
    case Reason::BreakerOpen: return Text::tr("the circuit breaker is open: it failed too often in a row, and one trial follows later");
    case Reason::ChangedByOthers: return Text::tr("somebody else is working on it");
    case Reason::AtMaximum: return Text::tr("the configured maximum is reached");
    case Reason::NoRoom: return Text::tr("the host has not that much free");
    case Reason::NoGoodRelease: return Text::tr("no earlier release is known to have been healthy");
    case Reason::UndoFailed: return Text::tr("what did not help could not be taken back");
    default: return {};
    }
}

/// Of these the detail is a whole sentence that says the reason itself, with its values.
bool detailSaysIt(Reason reason)
{
    switch (reason) {
    case Reason::ModeApprove: // names the mode that asks
    case Reason::ModeObserve:
    case Reason::HintAlone:
    case Reason::SwitchedOff:
    case Reason::StartLimit:
    case Reason::Paused:
    case Reason::Maintenance:
    case Reason::Flapping:
    case Reason::TargetBusy:
    case Reason::ManagerRestarting:
    case Reason::BreakerOpen:
    case Reason::Shadow:
    case Reason::SecondPerson:
    case Reason::AtMaximum:
    case Reason::NoRoom:
    case Reason::NoGoodRelease: return true;
    default: return false;
    }
}

} // namespace

QString words(Reason reason)
{
    const QString text = permission(reason);
    return text.isEmpty() ? circumstance(reason) : text;
}

QString words(const RecoveryDecision &decision)
{
    if (detailSaysIt(decision.reason) && !decision.detail.isEmpty())
        return decision.detail;
    const QString reason = words(decision.reason);
    return decision.detail.isEmpty() ? reason : Text::tr("%1: %2", "reason: detail").arg(reason, decision.detail);
}

QString words(Decision decision)
{
    switch (decision) {
    case Decision::Run: return Text::tr("Run");
    case Decision::Ask: return Text::tr("Ask a person");
    case Decision::Wait: return Text::tr("Wait");
    case Decision::Refuse: break;
    }
    return Text::tr("Refuse");
}

QString words(FailureKind kind)
{
    switch (kind) {
    case FailureKind::None: return {};
    case FailureKind::Failed: return Text::tr("failed");
    case FailureKind::Timeout: return Text::tr("took too long");
    case FailureKind::NotAuthorised: return Text::tr("not authorised");
    case FailureKind::StartLimit: return Text::tr("systemd's start limit was hit");
    case FailureKind::Cancelled: return Text::tr("cancelled");
    case FailureKind::NoBus: break;
    }
    return Text::tr("no system bus");
}

} // namespace prunella
