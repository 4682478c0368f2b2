#include "core/recovery/IncreaseResources.h"

#include "core/recovery/UnitLimits.h"

using namespace Qt::StringLiterals;

namespace prunella {

IncreaseResources::IncreaseResources(bool userManager, std::shared_ptr<RecoveryAction> restart)
    : m_userManager(userManager), m_restart(std::move(restart))
{
}

ActionResult IncreaseResources::run(const ActionRequest &request, CancelToken &token)
{
    const std::optional<LimitPlan> plan = limitPlanFromJson(request.plan);
    if (!plan)
        return failed(request, FailureKind::Failed, u"the intent names no values; nothing was done"_s);
    const auto calls = UnitCalls::open(m_userManager, token, request.timeoutMs, request.interactive);
    if (!calls)
        return endedBy(calls.error(), request, token);
    const Result<QString> done = applyLimits(**calls, token, m_userManager, *plan);
    if (!done)
        return endedBy(done.error(), request, token);
    if (plan->restores || !m_restart)
        return completed(request, *done);
    const Result<UnitRow> row = (*calls)->unit(request.unit);
    if (!row || (row->activeState != u"inactive" && row->activeState != u"failed"))
        return completed(request, *done);
    ActionResult started = m_restart->run(request, token);
    const bool refused = started.failure == FailureKind::Failed || started.failure == FailureKind::StartLimit; // a late one may still come
    if (started.status == ActionStatus::Failed && refused && !token.isCancelled()) {
        const Result<QString> back = applyLimits(**calls, token, m_userManager, inverseOf(*plan));
        started.output += back ? u"; the old values are back: "_s + *back : u"; the old values could not be put back: "_s + back.error().message;
        return started;
    }
    started.output = *done + u"; "_s + started.output;
    return started;
}

} // namespace prunella
