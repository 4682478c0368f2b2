#include "core/recovery/RollbackDeployment.h"

#include "core/base/Failpoint.h"
#include "core/recovery/ReleaseChoice.h"

#include <chrono>

namespace prunella {
using namespace Qt::StringLiterals;

namespace {

using std::chrono::milliseconds;

const QString releaseSubject = u"release"_s;
constexpr int mostCandidates = 5; ///< looked at; each may cost a second (apt)

/// Now and not at a time of the wall: what the policy waits by.
qint64 monotonicIn(milliseconds time)
{
    const auto at = std::chrono::steady_clock::now().time_since_epoch() + time;
    return std::chrono::duration_cast<milliseconds>(at).count();
}

RecoveryDecision objectionOf(const Error &error)
{
    constexpr milliseconds again(10'000);
    if (error.code == ErrorCode::Busy)
        return {Decision::Wait, Reason::ChangedByOthers, error.message, monotonicIn(again)};
    if (error.code == ErrorCode::Unavailable)
        return {Decision::Refuse, Reason::ChangedByOthers, error.message, 0};
    return refusalOf(error);
}

/// systemd is between two starts of its own: a moment later it can be asked.
bool isBetweenStarts(const ActionResult &result)
{
    return result.status == ActionStatus::Failed && result.output.startsWith(u"systemd is already restarting"_s);
}

} // namespace

Preflight RollbackDeployment::look(ReleaseSwitch &deployment, const LookInput &input)
{
    Preflight look;
    look.subject = releaseSubject;
    const qint64 goodAfterMs = input.target.deployment ? input.target.deployment->goodAfterMs : 0;
    const CancelToken token;
    const Result<QString> current = deployment.current(token);
    if (!current) {
        look.objection = objectionOf(current.error());
        return look;
    }
    look.valueBefore = *current;
    QList<ReleaseRecord> left = input.releases;
    QStringList why;
    for (int looked = 0; looked < mostCandidates; ++looked) {
        const std::optional<QString> best = lastGood(left, *current, goodAfterMs);
        if (!best)
            break;
        const Status may = deployment.mayGo(*best, token);
        if (may) {
            look.valueTarget = *best;
            if (const auto failed = cameBackFrom(input.releases, *current))
                look.objection = RecoveryDecision{Decision::Ask, Reason::NoGoodRelease,
                    u"%1 was brought back from %2 to %3 already, and it fails again: the release is hardly the cause"_s.arg(input.target.name, *failed, *current), 0};
            return look;
        }
        if (may.error().code != ErrorCode::NotFound && may.error().code != ErrorCode::Invalid) {
            look.objection = objectionOf(may.error());
            return look;
        }
        why.append(may.error().message);
        left.removeIf([&](const ReleaseRecord &record) { return record.release == *best; });
    }
    why.append(whatIsKnown(input.releases, *current, goodAfterMs));
    look.objection = RecoveryDecision{Decision::Refuse, Reason::NoGoodRelease,
        u"no earlier release of %1 is known to be good and can be had: "_s.arg(input.target.name) + why.join(u"; "_s), 0};
    return look;
}

ActionResult RollbackDeployment::run(const ActionRequest &request, CancelToken &token)
{
    const Result<QString> current = m_deployment->current(token);
    const auto refused = [&](const Error &error) {
        const Switched nothing = notSwitched(error);
        return failed(request, nothing.failure, nothing.text);
    };
    if (!current)
        return refused(current.error());
    QString text = u"%1 is in place already"_s.arg(request.valueTarget);
    if (*current != request.valueTarget) {
        if (*current != request.valueBefore)
            return refused({ErrorCode::Busy, u"the release is %1 by now and not %2: nothing was done"_s.arg(*current, request.valueBefore)});
        if (const Status may = m_deployment->mayGo(request.valueTarget, token); !may)
            return refused(may.error());
        if (token.isCancelled())
            return cancelled(request, u"cancelled before the release was changed"_s);
        const Switched done = m_deployment->go(request.valueBefore, request.valueTarget, token);
        if (done.status != ActionStatus::Completed)
            return {request.id, done.status, done.failure, done.text, 0};
        text = done.text;
        failpoint("release_switched");
    }
    return restart(request, text, token);
}

/// systemd's start limit was reached by the other release, so that it says nothing of this one: it is reset.
ActionResult RollbackDeployment::restart(const ActionRequest &request, const QString &before, CancelToken &token)
{
    constexpr int mostTries = 40;
    constexpr milliseconds pause(250);
    if (!m_restart)
        return completed(request, before + u"; nothing restarts %1 here"_s.arg(request.target));
    ActionRequest asked = request;
    asked.resetStartLimit = true;
    ActionResult result = m_restart->run(asked, token);
    for (int tries = 1; tries < mostTries && isBetweenStarts(result) && !token.wait(pause); ++tries)
        result = m_restart->run(asked, token);
    result.output = before + u"; "_s + result.output;
    return result;
}

} // namespace prunella
