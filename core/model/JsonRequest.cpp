#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;
using json::timeOf;
using json::timeOrNull;
using json::wordOf;
namespace {

QJsonObject parametersJson(const QMap<QString, QString> &parameters)
{
    QJsonObject object;
    for (auto it = parameters.cbegin(); it != parameters.cend(); ++it)
        object.insert(it.key(), it.value());
    return object;
}

QMap<QString, QString> parametersOf(const QJsonObject &object)
{
    QMap<QString, QString> parameters;
    for (auto it = object.begin(); it != object.end(); ++it)
        parameters.insert(it.key(), it.value().toString());
    return parameters;
}

} // namespace

QJsonObject toJson(const ActionRequest &request)
{
    return {{u"id"_s, request.id},
            {u"incident_id"_s, request.incidentId},
            {u"action_type"_s, toString(request.type)},
            {u"target"_s, request.target},
            {u"manager"_s, toString(request.manager)},
            {u"unit"_s, request.unit},
            {u"timeout_ms"_s, request.timeoutMs},
            {u"attempt"_s, request.attempt},
            {u"call"_s, request.call},
            {u"state_before"_s, request.stateBefore},
            {u"invocation_before"_s, request.invocationBefore},
            {u"reset_start_limit"_s, request.resetStartLimit},
            {u"interactive"_s, request.interactive},
            {u"subject"_s, request.subject},
            {u"value_before"_s, request.valueBefore},
            {u"value_target"_s, request.valueTarget},
            {u"fingerprint"_s, request.fingerprint},
            {u"plan"_s, request.plan},
            {u"idempotent"_s, request.idempotent},
            {u"undoes"_s, request.undoes},
            {u"procedure"_s, request.procedure},
            {u"step"_s, request.step},
            {u"parameters"_s, parametersJson(request.parameters)}};
}

ActionRequest requestFromJson(const QJsonObject &object)
{
    const ActionRequest standard;
    return {object[u"id"_s].toString(), object[u"incident_id"_s].toString(),
            wordOf(object[u"action_type"_s], standard.type), object[u"target"_s].toString(),
            wordOf(object[u"manager"_s], standard.manager), object[u"unit"_s].toString(),
            object[u"timeout_ms"_s].toInt(standard.timeoutMs), object[u"attempt"_s].toInt(standard.attempt),
            object[u"call"_s].toString(), object[u"state_before"_s].toString(),
            object[u"invocation_before"_s].toString(), object[u"reset_start_limit"_s].toBool(),
            object[u"interactive"_s].toBool(), object[u"subject"_s].toString(),
            object[u"value_before"_s].toString(), object[u"value_target"_s].toString(),
            object[u"fingerprint"_s].toString(), object[u"plan"_s].toString(),
            object[u"idempotent"_s].toBool(), object[u"undoes"_s].toString(),
            object[u"procedure"_s].toString(), object[u"step"_s].toString(),
            parametersOf(object[u"parameters"_s].toObject())};
}

QJsonArray json::approvalsJson(const QList<Approval> &approvals)
{
    QJsonArray list;
    for (const Approval &approval : approvals)
        list.append(QJsonObject{{u"by"_s, approval.by}, {u"from"_s, approval.from}, {u"at"_s, timeOrNull(approval.at)}});
    return list;
}

QList<Approval> json::approvalsOf(const QJsonValue &value)
{
    QList<Approval> approvals;
    for (const QJsonValue &entry : value.toArray())
        approvals.append({entry[u"by"_s].toString(), entry[u"from"_s].toString(), timeOf(entry[u"at"_s])});
    return approvals;
}

void json::putTraces(QJsonObject &object, const RecoveryActionRecord &action)
{
    object.insert(u"subject"_s, action.subject);
    object.insert(u"value_before"_s, action.valueBefore);
    object.insert(u"value_target"_s, action.valueTarget);
    object.insert(u"plan"_s, action.plan);
    object.insert(u"undoes"_s, textOrNull(action.undoes));
    object.insert(u"undone_by"_s, textOrNull(action.undoneBy));
    object.insert(u"procedure"_s, textOrNull(action.procedure));
    object.insert(u"step"_s, textOrNull(action.step));
    object.insert(u"approvals"_s, approvalsJson(action.approvals));
    object.insert(u"attachment"_s, textOrNull(action.attachment));
    object.insert(u"parameters"_s, parametersJson(action.parameters));
}

void json::takeTraces(const QJsonObject &object, RecoveryActionRecord &action)
{
    action.subject = object[u"subject"_s].toString();
    action.valueBefore = object[u"value_before"_s].toString();
    action.valueTarget = object[u"value_target"_s].toString();
    action.plan = object[u"plan"_s].toString();
    action.undoes = object[u"undoes"_s].toString();
    action.undoneBy = object[u"undone_by"_s].toString();
    action.procedure = object[u"procedure"_s].toString();
    action.step = object[u"step"_s].toString();
    action.approvals = approvalsOf(object[u"approvals"_s]);
    action.attachment = object[u"attachment"_s].toString();
    action.parameters = parametersOf(object[u"parameters"_s].toObject());
}

} // namespace prunella
