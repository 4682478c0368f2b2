#pragma once
// Procedures, incidents and answers for the tests of ProcedurePlan.
#include "core/recovery/ProcedurePlan.h"

namespace prunella::test {

using namespace Qt::StringLiterals;

inline FactCondition known(const QString &fact) // true when the fact is there and true, unknown when it is not there
{
    FactCondition condition;
    condition.kind = FactCondition::Kind::Equals;
    condition.fact = fact;
    condition.values = {true};
    return condition;
}

inline ConditionHolds holdsOn(const Evidence &evidence)
{
    return [evidence](const FactCondition &condition) -> std::optional<bool> {
        const auto fact = evidence.constFind(condition.fact);
        return fact == evidence.cend() || !fact->value.isValid() ? std::nullopt : std::optional(fact->value == condition.values[0]);
    };
}

inline ProcedureStep step(const QString &id, ActionType action = ActionType::RestartService, OnFailure onFailure = OnFailure::Next, bool repeat = false)
{
    ProcedureStep step;
    step.id = id;
    step.action = action;
    step.onFailure = onFailure;
    step.repeat = repeat;
    return step;
}

inline Procedure procedure(const QString &name, const QList<ProcedureStep> &steps = {step(u"restart"_s)})
{
    Procedure procedure;
    procedure.name = name;
    procedure.appliesTo = {ErrorType::MemoryLeak};
    procedure.steps = steps;
    return procedure;
}

inline Incident incident(const QString &cause = u"leak"_s, const QList<ActionType> &actions = {ActionType::RestartService})
{
    Incident incident;
    incident.type = ErrorType::MemoryLeak;
    incident.component = u"web"_s;
    incident.diagnosis.emplace();
    incident.diagnosis->tree = u"memory_leak"_s;
    incident.diagnosis->causeId = cause;
    incident.diagnosis->actions = actions;
    return incident;
}

inline void done(Incident &incident, const QString &procedure, const QString &step, std::optional<Verdict> verdict = Verdict::Unchanged,
          ActionStatus status = ActionStatus::Completed)
{
    RecoveryActionRecord record;
    record.id = QString::number(incident.actions.size());
    record.procedure = procedure;
    record.step = step;
    record.verdict = verdict;
    record.status = status;
    incident.actions << record;
}

inline const StepPossible always = [](const ProcedureStep &, const QMap<QString, QString> &) { return true; };

inline QString next(const Procedure &procedure, const Incident &incident, const Evidence &evidence = {}, const StepPossible &possible = always)
{
    const NextStep found = nextStep(procedure, incident, evidence, holdsOn(evidence), possible);
    switch (found.kind) {
    case NextStep::Kind::Run: return found.step->id;
    case NextStep::Kind::Ended: return u"ended"_s;
    case NextStep::Kind::Escalate: break;
    }
    return u"escalate"_s;
}

inline StepParameter taken(const QString &name, ParameterType type, const QString &fact, const QString &otherwise = {})
{
    StepParameter parameter;
    parameter.name = name;
    parameter.type = type;
    parameter.fact = fact;
    parameter.otherwise = otherwise;
    return parameter;
}

} // namespace prunella::test
