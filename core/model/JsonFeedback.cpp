// What people say of incidents.
#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;

QJsonObject toJson(const Feedback &feedback)
{
    return {{u"mark"_s, toString(feedback.mark)},
            {u"by"_s, feedback.by},
            {u"said_at"_s, json::timeOrNull(feedback.saidAt)},
            {u"note"_s, feedback.note}};
}

Feedback feedbackFromJson(const QJsonObject &object)
{
    return {json::wordOf(object[u"mark"_s], Mark::Real), object[u"by"_s].toString(), json::timeOf(object[u"said_at"_s]),
            object[u"note"_s].toString()};
}

} // namespace prunella
