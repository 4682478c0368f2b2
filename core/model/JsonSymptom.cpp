// What fails elsewhere because of an incident.
#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

QJsonObject symptomJson(const Symptom &symptom)
{
    return {{u"component"_s, symptom.condition.component},
            {u"condition"_s, toJson(symptom.condition)},
            {u"error_type"_s, toString(symptom.type)},
            {u"severity"_s, toString(symptom.severity)},
            {u"reason"_s, symptom.reason},
            {u"why"_s, symptom.why},
            {u"at"_s, json::timeOrNull(symptom.at)},
            {u"cleared_at"_s, json::timeOrNull(symptom.clearedAt)},
            {u"merged_from"_s, json::textOrNull(symptom.mergedFrom)},
            {u"split_into"_s, json::textOrNull(symptom.splitInto)}};
}

Symptom symptomOf(const QJsonObject &object)
{
    Symptom symptom;
    symptom.condition = conditionFromJson(object[u"condition"_s].toObject());
    symptom.type = json::wordOf(object[u"error_type"_s], symptom.type);
    symptom.severity = json::wordOf(object[u"severity"_s], symptom.severity);
    symptom.reason = object[u"reason"_s].toString();
    symptom.why = object[u"why"_s].toString();
    symptom.at = json::timeOf(object[u"at"_s]);
    symptom.clearedAt = json::timeOf(object[u"cleared_at"_s]);
    symptom.mergedFrom = object[u"merged_from"_s].toString();
    symptom.splitInto = object[u"split_into"_s].toString();
    return symptom;
}

} // namespace

QJsonArray toJson(const QList<Symptom> &symptoms)
{
    QJsonArray array;
    for (const Symptom &symptom : symptoms)
        array.append(symptomJson(symptom));
    return array;
}

QList<Symptom> symptomsFromJson(const QJsonArray &array)
{
    QList<Symptom> symptoms;
    for (const QJsonValue &value : array)
        symptoms << symptomOf(value.toObject());
    return symptoms;
}

} // namespace prunella
