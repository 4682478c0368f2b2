#include "core/recovery/RestartVerdict.h"

#include "core/recovery/RecoveryAction.h"

namespace prunella {
namespace {

QString stateText(const QString &job, const UnitFacts &facts)
{
    QString text = QStringLiteral("job ") + (job.isEmpty() ? QStringLiteral("over") : job) + QStringLiteral(", ") + facts.activeState + u'/'
        + facts.subState;
    if (!facts.result.isEmpty() && facts.result != QLatin1String("success"))
        text += QStringLiteral(", result ") + facts.result;
    if (facts.mainPid > 0)
        text += QStringLiteral(", pid ") + QString::number(facts.mainPid);
    if (!facts.invocationId.isEmpty())
        text += QStringLiteral(", invocation ") + facts.invocationId;
    return text;
}

/// systemd's word for why a job ended, as a sentence; empty when the unit's state says more.
QString jobSentence(const QString &job, const QString &unit)
{
    if (job == QLatin1String("dependency"))
        return QStringLiteral("a unit that ") + unit + QStringLiteral(" requires could not be started");
    if (job == QLatin1String("timeout"))
        return QStringLiteral("systemd's job for ") + unit + QStringLiteral(" ran out of time");
    if (job == QLatin1String("canceled"))
        return QStringLiteral("systemd's job for ") + unit + QStringLiteral(" was canceled by another one");
    if (job == QLatin1String("assert"))
        return QStringLiteral("an assertion of ") + unit + QStringLiteral(" does not hold");
    if (job == QLatin1String("failed") || job.isEmpty() || job == QLatin1String("done"))
        return {};
    return QStringLiteral("systemd did not start ") + unit + QStringLiteral(" (job ") + job + u')';
}

/// systemd refused to start it at all. Result keeps its older word when there was one, so the unchanged InvocationID
/// tells as well: only a real start draws a new one.
bool startLimitReached(const ActionRequest &request, const QString &job, const UnitFacts &facts)
{
    if (facts.activeState != QLatin1String("failed"))
        return false;
    if (facts.result == QLatin1String("start-limit-hit"))
        return true;
    const bool started = request.invocationBefore.isEmpty() || facts.invocationId != request.invocationBefore;
    return !started && facts.conditionsHeld && (job == QLatin1String("failed") || job == QLatin1String("done"));
}

QString startLimitText(const QString &unit)
{
    return QStringLiteral("systemd's start limit of ") + unit
        + QStringLiteral(" is reached; only a person resets it (systemctl reset-failed ") + unit + u')';
}

} // namespace

std::optional<ActionResult> refusalBeforeCall(const ActionRequest &request, const UnitRow &row)
{
    const QString &unit = request.unit;
    const auto refuse = [&](const QString &text) { return failed(request, FailureKind::Failed, text); };
    if (row.loadState == QLatin1String("not-found"))
        return refuse(QStringLiteral("there is no unit ") + unit + QStringLiteral(": install it or correct `unit`"));
    if (row.loadState == QLatin1String("masked"))
        return refuse(QStringLiteral("unit ") + unit + QStringLiteral(" is masked: allow it with systemctl unmask ") + unit);
    if (row.loadState == QLatin1String("bad-setting") || row.loadState == QLatin1String("error"))
        return refuse(QStringLiteral("unit ") + unit + QStringLiteral(" cannot be loaded (") + row.loadState
                      + QStringLiteral("): see systemctl status ") + unit);
    // Whoever goes past the start limit need not wait until systemd tries again by itself.
    const bool mayBeNow = row.subState == QLatin1String("auto-restart") && request.resetStartLimit;
    if (row.jobId != 0 || (row.activeState == QLatin1String("activating") && !mayBeNow))
        return refuse(QStringLiteral("systemd is already restarting ") + unit);
    return std::nullopt;
}

ActionResult judgeCallError(const ActionRequest &request, const QString &name, const QString &text)
{
    const QString &unit = request.unit;
    if (name == QLatin1String("org.freedesktop.DBus.Error.AccessDenied")
        || name == QLatin1String("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired"))
        return failed(request, FailureKind::NotAuthorised, QStringLiteral("not authorised by polkit for unit ") + unit);
    if (name == QLatin1String("org.freedesktop.systemd1.NoSuchUnit"))
        return failed(request, FailureKind::Failed, QStringLiteral("there is no unit ") + unit + QStringLiteral(": install it or correct `unit`"));
    if (name == QLatin1String("org.freedesktop.systemd1.UnitMasked"))
        return failed(request, FailureKind::Failed, QStringLiteral("unit ") + unit + QStringLiteral(" is masked: allow it with systemctl unmask ") + unit);
    if (name == QLatin1String("org.freedesktop.DBus.Error.ServiceUnknown")
        || name == QLatin1String("org.freedesktop.DBus.Error.NameHasNoOwner")
        || name == QLatin1String("org.freedesktop.DBus.Error.Disconnected")
        || name.startsWith(QLatin1String("org.freedesktop.DBus.Error.Spawn")))
        return failed(request, FailureKind::NoBus, QStringLiteral("systemd is not on the bus: ") + text);
    if (name == QLatin1String("org.freedesktop.DBus.Error.NoReply") || name == QLatin1String("org.freedesktop.DBus.Error.Timeout"))
        return failed(request, FailureKind::Timeout, QStringLiteral("systemd did not answer: ") + text);
    return failed(request, FailureKind::Failed, QStringLiteral("systemd refused to restart ") + unit + QStringLiteral(": ") + text);
}

bool stillStarting(const UnitFacts &facts)
{
    if (facts.subState == QLatin1String("auto-restart"))
        return false; // it was up and ended already
    return facts.activeState == QLatin1String("activating") || facts.activeState == QLatin1String("reloading");
}

ActionResult judgeRestart(const ActionRequest &request, const QString &job, const UnitFacts &facts)
{
    const QString state = stateText(job, facts);
    const auto fail = [&](const QString &text) { return failed(request, FailureKind::Failed, text + QStringLiteral(" (") + state + u')'); };
    if (startLimitReached(request, job, facts))
        return failed(request, FailureKind::StartLimit, startLimitText(request.unit));
    if (const QString sentence = jobSentence(job, request.unit); !sentence.isEmpty())
        return fail(sentence);
    if (!facts.conditionsHeld && facts.activeState != QLatin1String("active"))
        return fail(QStringLiteral("systemd skipped the start of ") + request.unit + QStringLiteral(": a condition of the unit does not hold"));
    if (facts.subState == QLatin1String("auto-restart"))
        return fail(request.unit + QStringLiteral(" ended right after its start, systemd restarts it by itself"));
    if (job != QLatin1String("failed") && facts.activeState == QLatin1String("active"))
        return completed(request, state, facts.mainPid);
    // A oneshot unit is over when its job is done: inactive with success is what was asked for.
    if (job == QLatin1String("done") && facts.activeState == QLatin1String("inactive") && facts.result == QLatin1String("success"))
        return completed(request, state);
    return fail(request.unit + QStringLiteral(" did not start"));
}

ActionResult judgeReload(const ActionRequest &request, const QString &job, const UnitFacts &facts)
{
    const QString state = stateText(job, facts);
    const auto fail = [&](const QString &text) { return failed(request, FailureKind::Failed, text + QStringLiteral(" (") + state + u')'); };
    if (const QString sentence = jobSentence(job, request.unit); !sentence.isEmpty())
        return fail(sentence);
    if (job != QLatin1String("failed") && facts.activeState == QLatin1String("active"))
        return completed(request, QStringLiteral("reloaded: ") + state, facts.mainPid);
    return fail(request.unit + QStringLiteral(" did not reload"));
}

ActionResult judgeStop(const ActionRequest &request, const QString &job, const UnitFacts &facts)
{
    const QString state = stateText(job, facts);
    if (facts.activeState == QLatin1String("inactive") || facts.activeState == QLatin1String("failed"))
        return completed(request, QStringLiteral("stopped: ") + state);
    const QString sentence = jobSentence(job, request.unit);
    return failed(request, FailureKind::Failed, (sentence.isEmpty() ? request.unit + QStringLiteral(" did not stop") : sentence)
                      + QStringLiteral(" (") + state + u')');
}

} // namespace prunella
