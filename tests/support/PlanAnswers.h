#pragma once
// The part of the fake engine that answers what would be done, at once or when a test lets it.
#include "core/base/Result.h"
#include "core/model/PlannedStep.h"

#include <QFuture>
#include <QHash>
#include <QPromise>

#include <memory>
#include <utility>

namespace prunella {

class PlanAnswers
{
public:
    QHash<QString, IncidentPlan> plans; ///< by incident; NotFound for others
    bool holdPlans = false;             ///< nothing is answered before releasePlans()
    QStringList planned;                ///< incidents that were asked for

    [[nodiscard]] QFuture<Result<IncidentPlan>> answerPlan(const QString &incidentId)
    {
        planned.append(incidentId);
        const auto promise = std::make_shared<QPromise<Result<IncidentPlan>>>();
        promise->start();
        m_held.append({incidentId, promise});
        if (!holdPlans)
            releasePlans();
        return promise->future();
    }
    void releasePlans()
    {
        for (const auto &[id, promise] : std::exchange(m_held, {})) {
            const Result<IncidentPlan> none = failure(ErrorCode::NotFound, QStringLiteral("no open incident has the id ") + id);
            promise->addResult(plans.contains(id) ? Result<IncidentPlan>(plans.value(id)) : none);
            promise->finish();
        }
    }

private:
    QList<std::pair<QString, std::shared_ptr<QPromise<Result<IncidentPlan>>>>> m_held;
};

} // namespace prunella
