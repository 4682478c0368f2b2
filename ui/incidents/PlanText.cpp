#include "ui/incidents/PlanText.h"

#include "ui/text/RightWords.h"
#include "ui/text/Words.h"

#include <QCoreApplication>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(Plan)
};

QString detailOf(const RecoveryDecision &decision)
{
    return decision.decision == Decision::Run && !decision.detail.isEmpty() ? decision.detail : words(decision);
}

} // namespace

QString planTitle(const IncidentPlan &plan)
{
    return plan.procedure.isEmpty() ? Text::tr("What would be done now, as the diagnosis recommends")
                                    : Text::tr("What would be done now, by the procedure %1").arg(plan.procedure);
}

QString stepTitle(const PlannedStep &step, int number)
{
    return Text::tr("%1. %2 on %3", "number, action, target").arg(number).arg(words(step.action), step.target);
}

QString verdictWords(const PlannedStep &step, bool next)
{
    if (!step.due)
        return Text::tr("Left out: %1").arg(step.verdict.detail);
    const QString detail = detailOf(step.verdict);
    switch (step.verdict.decision) {
    case Decision::Run: return next ? Text::tr("Would run now: %1").arg(detail) : Text::tr("Would run when its turn comes: %1").arg(detail);
    case Decision::Ask: return Text::tr("Would ask a person: %1").arg(detail);
    case Decision::Wait: return Text::tr("Would wait: %1").arg(detail);
    case Decision::Refuse: break;
    }
    return Text::tr("Refused: %1").arg(detail);
}

Health signOf(const PlannedStep &step)
{
    if (!step.due)
        return Health::Unknown;
    switch (step.verdict.decision) {
    case Decision::Run: return Health::Healthy;
    case Decision::Ask:
    case Decision::Wait: return Health::Warning;
    case Decision::Refuse: break;
    }
    return Health::Critical;
}

QString afterWords(const PlannedStep &step)
{
    if (step.onFailure == u"undo")
        return Text::tr("it is taken back, then the next step follows");
    if (step.onFailure == u"escalate")
        return Text::tr("a person takes over");
    if (step.onFailure == u"stop")
        return Text::tr("nothing more is done");
    return {};
}

QString lackingRight(const PlannedStep &step, const QList<RightVerdict> &rights)
{
    for (const RightVerdict &right : rights) {
        if (right.service == step.target && right.what == toString(step.action) && right.state != RightState::Permitted)
            return Text::tr("%1: %2", "state of a right: why").arg(words(right.state), right.why);
    }
    return {};
}

} // namespace prunella
