#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;
using json::wordOf;

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
            {u"plan"_s, request.plan}};
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
            object[u"fingerprint"_s].toString(), object[u"plan"_s].toString()};
}

} // namespace prunella
