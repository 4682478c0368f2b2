// Changes of the machine to JSON.
#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;
using json::textOrNull;

QJsonObject toJson(const ChangeRecord &change)
{
    return {{u"id"_s, change.id},
            {u"at"_s, json::timeOrNull(change.at)},
            {u"kind"_s, toString(change.kind)},
            {u"component"_s, textOrNull(change.component)},
            {u"subject"_s, change.subject},
            {u"from"_s, textOrNull(change.from)},
            {u"to"_s, textOrNull(change.to)},
            {u"detail"_s, change.detail},
            {u"by"_s, textOrNull(change.by)}};
}

} // namespace prunella
