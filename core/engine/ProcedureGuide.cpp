#include "core/engine/ProcedureGuide.h"

#include "core/diagnosis/FactLogic.h"
#include "core/model/JsonProcedure.h"
#include "core/recovery/ActionKind.h"
#include "core/recovery/ProcedurePlan.h"

namespace prunella {
namespace {

ConditionHolds conditionsOn(const Evidence &evidence)
{
    return [&evidence](const FactCondition &condition) { return holds(condition, evidence); };
}

Wish wishFor(const Procedure &procedure, const ProcedureStep &step, const QMap<QString, QString> &parameters)
{
    return {step.action, parameters, procedure.name, step.id, step.timeoutMs, step.approvals};
}

} // namespace

QList<ProcedureRow> ProcedureGuide::rows(qint64 wallMs) const
{
    QList<ProcedureRow> rows;
    for (const Procedure &procedure : m_procedures)
        rows.append(procedureRow(procedure, wallMs));
    return rows;
}

/// The one that was begun is followed to its end, whatever became known meanwhile.
const Procedure *ProcedureGuide::procedureFor(const Incident &incident, const ServiceConfig *service, const Evidence &evidence) const
{
    for (auto it = incident.actions.crbegin(); it != incident.actions.crend(); ++it) {
        if (it->procedure.isEmpty() || it->startedAt == 0)
            continue;
        if (const Procedure *begun = named(m_procedures, it->procedure); begun && begun->appliesTo.contains(incident.type))
            return begun;
    }
    return chooseProcedure(m_procedures, incident, service, conditionsOn(evidence));
}

std::optional<ProcedureWord> ProcedureGuide::next(const Incident &incident, const ServiceConfig *service, const Evidence &evidence,
                                                  const std::function<bool(const Wish &)> &possible) const
{
    const Procedure *procedure = procedureFor(incident, service, evidence);
    if (!procedure)
        return {};
    const auto stepPossible = [&](const ProcedureStep &step, const QMap<QString, QString> &parameters) {
        return possible(wishFor(*procedure, step, parameters));
    };
    const NextStep next = nextStep(*procedure, incident, evidence, conditionsOn(evidence), stepPossible);
    if (next.kind == NextStep::Kind::Run)
        return ProcedureWord{ProcedureWord::Kind::Run, wishFor(*procedure, *next.step, next.parameters), next.why};
    const QString why = QStringLiteral("%1 (procedure %2)").arg(next.why, procedure->name);
    return ProcedureWord{next.kind == NextStep::Kind::Escalate ? ProcedureWord::Kind::Escalate : ProcedureWord::Kind::Ended, {}, why};
}

std::optional<ProcedureStep> ProcedureGuide::step(const QString &procedure, const QString &id) const
{
    const Procedure *known = named(m_procedures, procedure);
    if (!known)
        return {};
    const auto it = std::find_if(known->steps.cbegin(), known->steps.cend(), [&](const ProcedureStep &step) { return step.id == id; });
    return it == known->steps.cend() ? std::nullopt : std::optional(*it);
}

int ProcedureGuide::approvals(const Incident &incident, const ServiceConfig *service, const Evidence &evidence, ActionType type) const
{
    const Procedure *procedure = procedureFor(incident, service, evidence);
    int most = 0;
    for (const ProcedureStep &step : procedure ? procedure->steps : QList<ProcedureStep>())
        most = step.action == type ? std::max(most, step.approvals) : most;
    return most;
}

std::pair<QString, QList<ProcedureGuide::Outlook>> ProcedureGuide::outlook(const Incident &incident, const ServiceConfig *service,
                                                                          const Evidence &evidence) const
{
    const Procedure *procedure = procedureFor(incident, service, evidence);
    if (!procedure)
        return {};
    QList<Outlook> list;
    for (const StepOutlook &one : remainingSteps(*procedure, incident, evidence, conditionsOn(evidence)))
        list.append({wishFor(*procedure, *one.step, one.parameters), *one.step, one.leftOut});
    return {procedure->name, list};
}

} // namespace prunella
