// Patterns of incidents to and from JSON.
#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;
using json::textOrNull;
using json::timeOf;
using json::timeOrNull;
using json::wordOf;

QJsonObject toJson(const IncidentPattern &pattern)
{
    return {{u"kind"_s, toString(pattern.kind)},
            {u"component"_s, pattern.component},
            {u"error_type"_s, toString(pattern.type)},
            {u"occurrences"_s, pattern.occurrences},
            {u"support"_s, pattern.support},
            {u"out_of"_s, pattern.outOf},
            {u"confidence"_s, pattern.confidence},
            {u"chance"_s, json::numberOrNull(pattern.chance)},
            {u"first_seen"_s, timeOrNull(pattern.firstAt)},
            {u"last_seen"_s, timeOrNull(pattern.lastAt)},
            {u"period"_s, toString(pattern.period)},
            {u"phase_minute"_s, pattern.phaseMinute},
            {u"spread_minutes"_s, pattern.spreadMinutes},
            {u"time_zone"_s, pattern.timeZone},
            {u"predecessor"_s, textOrNull(pattern.predecessor)},
            {u"predecessor_type"_s, textOrNull(pattern.predecessorType ? toString(*pattern.predecessorType) : QString())},
            {u"lag"_s, double(pattern.lagMs) / 1000}, // seconds, as every duration
            {u"lag_spread"_s, double(pattern.lagSpreadMs) / 1000},
            {u"sequence"_s, QJsonArray::fromStringList(pattern.sequence)},
            {u"healed_by"_s, textOrNull(pattern.healedBy ? toString(*pattern.healedBy) : QString())},
            {u"healed"_s, pattern.healed},
            {u"healed_of"_s, pattern.healedOf}};
}

IncidentPattern patternFromJson(const QJsonObject &object)
{
    const auto ms = [&object](QStringView key) { return qint64(std::llround(object[key].toDouble() * 1000)); };
    IncidentPattern pattern;
    pattern.kind = wordOf(object[u"kind"_s], pattern.kind);
    pattern.component = object[u"component"_s].toString();
    pattern.type = wordOf(object[u"error_type"_s], pattern.type);
    pattern.occurrences = object[u"occurrences"_s].toInt();
    pattern.support = object[u"support"_s].toInt();
    pattern.outOf = object[u"out_of"_s].toInt();
    pattern.confidence = object[u"confidence"_s].toDouble();
    if (object[u"chance"_s].isDouble())
        pattern.chance = object[u"chance"_s].toDouble();
    pattern.firstAt = timeOf(object[u"first_seen"_s]);
    pattern.lastAt = timeOf(object[u"last_seen"_s]);
    pattern.period = wordOf(object[u"period"_s], pattern.period);
    pattern.phaseMinute = object[u"phase_minute"_s].toInt();
    pattern.spreadMinutes = object[u"spread_minutes"_s].toInt();
    pattern.timeZone = object[u"time_zone"_s].toString();
    pattern.predecessor = object[u"predecessor"_s].toString();
    pattern.predecessorType = fromString<ErrorType>(object[u"predecessor_type"_s].toString());
    pattern.lagMs = ms(u"lag");
    pattern.lagSpreadMs = ms(u"lag_spread");
    pattern.sequence = json::textsOf(object[u"sequence"_s]);
    pattern.healedBy = fromString<ActionType>(object[u"healed_by"_s].toString());
    pattern.healed = object[u"healed"_s].toInt();
    pattern.healedOf = object[u"healed_of"_s].toInt();
    return pattern;
}

} // namespace prunella
