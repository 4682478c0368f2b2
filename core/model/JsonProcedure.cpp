#include "core/model/JsonProcedure.h"

#include "core/model/JsonWords.h"
#include "core/model/Sentences.h"

#include <QJsonDocument>

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

using Kind = FactCondition::Kind;

const QStringList afterFailure{u"next"_s, u"undo"_s, u"escalate"_s, u"stop"_s};       // as OnFailure
const QStringList verifications{u"full"_s, u"condition"_s, u"checks"_s, u"none"_s};   // as StepVerify
const QStringList decisions{u"run"_s, u"ask"_s, u"wait"_s, u"refuse"_s};              // as Decision

QString joined(const FactCondition &condition, const QString &between)
{
    QStringList parts;
    for (const FactCondition &child : condition.children) {
        const bool group = child.kind == Kind::All || child.kind == Kind::Any;
        parts << (group ? QString(u'(' + toString(child) + u')') : toString(child));
    }
    return parts.join(between);
}

QString written(const QVariant &value)
{
    if (value.typeId() == QMetaType::Double)
        return valueText(value.toDouble(), QString());
    return value.toString();
}

QString testText(const FactCondition &condition)
{
    const QString number = valueText(condition.number, QString());
    QStringList values;
    for (const QVariant &value : condition.values)
        values << written(value);
    switch (condition.kind) {
    case Kind::Exists: return u"is known"_s;
    case Kind::Missing: return u"is not known"_s;
    case Kind::Equals: return u"equals "_s + values.join(u", "_s);
    case Kind::NotEquals: return u"does not equal "_s + values.join(u", "_s);
    case Kind::In: return u"is one of "_s + values.join(u", "_s);
    case Kind::Above: return u"above "_s + number;
    case Kind::AtLeast: return u"at least "_s + number;
    case Kind::Below: return u"below "_s + number;
    case Kind::AtMost: return u"at most "_s + number;
    case Kind::Matches: return u"matches "_s + condition.pattern.pattern();
    case Kind::All:
    case Kind::Any:
    case Kind::Not: break;
    }
    return {};
}

QJsonValue parameterJson(const StepParameter &parameter)
{
    if (parameter.fact.isEmpty())
        return parameter.value;
    QJsonObject object{{u"fact"_s, parameter.fact}};
    if (parameter.min)
        object.insert(u"min"_s, *parameter.min);
    if (parameter.max)
        object.insert(u"max"_s, *parameter.max);
    if (!parameter.otherwise.isEmpty())
        object.insert(u"otherwise"_s, parameter.otherwise);
    return object;
}

QJsonObject stepJson(const ProcedureStep &step)
{
    QJsonObject object{{u"id"_s, step.id}, {u"action"_s, toString(step.action)}, {u"verify"_s, verifications.value(int(step.verify))},
                       {u"on_failure"_s, afterFailure.value(int(step.onFailure))}};
    if (!step.text.isEmpty())
        object.insert(u"text"_s, step.text);
    QJsonObject parameters;
    for (const StepParameter &parameter : step.parameters)
        parameters.insert(parameter.name, parameterJson(parameter));
    if (!parameters.isEmpty())
        object.insert(u"parameters"_s, parameters);
    if (step.when)
        object.insert(u"when"_s, toString(*step.when));
    if (step.timeoutMs)
        object.insert(u"timeout_ms"_s, *step.timeoutMs);
    if (step.settleMs)
        object.insert(u"settle_ms"_s, *step.settleMs);
    if (step.approvals > 0)
        object.insert(u"approve"_s, step.approvals);
    if (step.repeat)
        object.insert(u"repeat"_s, true);
    return object;
}

QJsonObject plannedJson(const PlannedStep &step)
{
    QJsonObject parameters;
    for (auto it = step.parameters.cbegin(); it != step.parameters.cend(); ++it)
        parameters.insert(it.key(), it.value());
    return {{u"step"_s, step.step}, {u"text"_s, step.text}, {u"action_type"_s, toString(step.action)}, {u"target"_s, step.target},
            {u"parameters"_s, parameters}, {u"call"_s, step.call}, {u"due"_s, step.due},
            {u"decision"_s, decisions.value(int(step.verdict.decision))}, {u"reason"_s, toString(step.verdict.reason)},
            {u"detail"_s, step.verdict.detail}, {u"on_failure"_s, step.onFailure}};
}

PlannedStep plannedFrom(const QJsonObject &object)
{
    PlannedStep step;
    step.step = object[u"step"_s].toString();
    step.text = object[u"text"_s].toString();
    step.action = json::wordOf(object[u"action_type"_s], step.action);
    step.target = object[u"target"_s].toString();
    const QJsonObject parameters = object[u"parameters"_s].toObject();
    for (auto it = parameters.constBegin(); it != parameters.constEnd(); ++it)
        step.parameters.insert(it.key(), it.value().toString());
    step.call = object[u"call"_s].toString();
    step.due = object[u"due"_s].toBool(true);
    step.verdict.decision = Decision(std::max<qsizetype>(0, decisions.indexOf(object[u"decision"_s].toString(u"refuse"_s))));
    step.verdict.reason = json::searchWord(object[u"reason"_s], lastReasonValue, Reason::NoAction, [](Reason reason) { return toString(reason); });
    step.verdict.detail = object[u"detail"_s].toString();
    step.onFailure = object[u"on_failure"_s].toString();
    return step;
}

} // namespace

QString toString(const FactCondition &condition)
{
    switch (condition.kind) {
    case Kind::All: return joined(condition, u" and "_s);
    case Kind::Any: return joined(condition, u" or "_s);
    case Kind::Not: return u"not ("_s + joined(condition, u" and "_s) + u')';
    default: return condition.fact + u' ' + testText(condition);
    }
}

QJsonArray toJson(const QList<ProcedureStep> &steps)
{
    QJsonArray list;
    for (const ProcedureStep &step : steps)
        list.append(stepJson(step));
    return list;
}

ProcedureRow procedureRow(const Procedure &procedure, qint64 wallMs)
{
    QStringList types;
    for (const ErrorType type : procedure.appliesTo)
        types << toString(type);
    const QString causes = procedure.causes.isEmpty() ? u"*"_s : procedure.causes.join(u',');
    return {procedure.name, types.join(u',') + u'/' + causes,
            QString::fromUtf8(QJsonDocument(toJson(procedure.steps)).toJson(QJsonDocument::Compact)), wallMs};
}

QJsonObject toJson(const IncidentPlan &plan)
{
    QJsonArray steps;
    for (const PlannedStep &step : plan.steps)
        steps.append(plannedJson(step));
    return {{u"incident"_s, plan.incidentId}, {u"procedure"_s, json::textOrNull(plan.procedure)}, {u"why"_s, plan.why}, {u"plan"_s, steps}};
}

IncidentPlan planFromJson(const QJsonObject &object)
{
    IncidentPlan plan{object[u"incident"_s].toString(), object[u"procedure"_s].toString(), object[u"why"_s].toString(), {}};
    for (const QJsonValue &step : object[u"plan"_s].toArray())
        plan.steps << plannedFrom(step.toObject());
    return plan;
}

} // namespace prunella
