// `backtest --json`.
#include "core/model/Backtest.h"

#include "core/model/Json.h"
#include "core/model/JsonWords.h"

namespace prunella {

using namespace Qt::StringLiterals;
using json::timeOrNull;

namespace {

QJsonValue incidentOrNull(const std::optional<Incident> &incident)
{
    if (!incident)
        return QJsonValue::Null;
    QJsonObject object = toJson(*incident);
    for (const QString &inner : {u"verify_at_monotonic_ms"_s, u"retry_at_monotonic_ms"_s, u"escalation"_s, u"approval"_s})
        object.remove(inner); // they time a running engine
    object[u"course"_s] = courseOf(*incident);
    return object;
}

QJsonObject pairJson(const BacktestPair &pair)
{
    return {{u"kind"_s, toString(pair.kind)},
            {u"component"_s, pair.incident().component},
            {u"error_type"_s, toString(pair.incident().type)},
            {u"detected_later_s"_s, pair.kind == BacktestKind::Same ? QJsonValue(double(pair.laterMs) / 1000) : QJsonValue::Null},
            {u"why"_s, pair.why},
            {u"covers_missed"_s, pair.coversMissed},
            {u"real"_s, incidentOrNull(pair.real)},
            {u"would"_s, incidentOrNull(pair.would)}};
}

template<typename E>
QJsonObject countsJson(const QMap<E, int> &counts)
{
    QJsonObject object;
    for (auto it = counts.cbegin(); it != counts.cend(); ++it)
        object[toString(it.key())] = it.value();
    return object;
}

/// By type and decision.
QJsonObject actionsJson(const BacktestTally &tally)
{
    QMap<ActionType, int> all = tally.runs;
    all.insert(tally.asks);
    all.insert(tally.refused);
    QJsonObject object;
    for (auto it = all.cbegin(); it != all.cend(); ++it) {
        object[toString(it.key())] = QJsonObject{
            {u"run"_s, tally.runs.value(it.key())}, {u"ask"_s, tally.asks.value(it.key())}, {u"refuse"_s, tally.refused.value(it.key())}};
    }
    return object;
}

QJsonObject tallyJson(const BacktestTally &tally)
{
    return {{u"incidents"_s, tally.incidents},
            {u"resolved"_s, tally.resolved},
            {u"escalated"_s, tally.escalated},
            {u"approvals"_s, tally.approvals},
            {u"actions"_s, actionsJson(tally)},
            {u"refusals"_s, countsJson(tally.refusals)},
            {u"waits"_s, countsJson(tally.waits)}};
}

QJsonObject basisJson(const BacktestBasis &basis)
{
    return {{u"from"_s, timeOrNull(basis.from)},
            {u"to"_s, timeOrNull(basis.to)},
            {u"series"_s, basis.series},
            {u"samples"_s, basis.samples},
            {u"samples_from_rollups"_s, basis.rolledUp},
            {u"raw_from"_s, timeOrNull(basis.rawFrom)},
            {u"events"_s, basis.events},
            {u"events_from_incidents"_s, basis.assumedEvents},
            {u"left_out"_s, basis.leftOut},
            {u"assumed_healed"_s, basis.assumedHealed}};
}

QJsonArray missedJson(const QList<IncidentMark> &marks)
{
    QJsonArray list;
    for (const IncidentMark &mark : marks) {
        QJsonObject object = toJson(mark.feedback);
        object[u"component"_s] = mark.component;
        object[u"at"_s] = timeOrNull(mark.at);
        list.append(object);
    }
    return list;
}

} // namespace

QJsonObject toJson(const BacktestReport &report)
{
    QJsonArray pairs;
    for (const BacktestPair &pair : report.pairs)
        pairs.append(pairJson(pair));
    const QJsonObject judged{{u"false_alarms_avoided"_s, report.falseAlarmsAvoided},
                             {u"false_alarms_kept"_s, report.falseAlarmsKept},
                             {u"real_missed"_s, report.realMissed},
                             {u"unjudged"_s, report.unjudged},
                             {u"missed_marks"_s, int(report.missed.size())},
                             {u"missed_covered"_s, report.missedCovered}};
    return {{u"schema"_s, 1},
            {u"verdict"_s, verdictOf(report)},
            {u"config"_s, json::textOrNull(report.configName)},
            {u"mode"_s, toString(report.mode)},
            {u"basis"_s, basisJson(report.basis)},
            {u"same"_s, report.same},
            {u"gone"_s, report.gone},
            {u"new"_s, report.added},
            {u"parts"_s, report.parts},
            {u"judged"_s, judged},
            {u"real"_s, tallyJson(report.real)},
            {u"would"_s, tallyJson(report.would)},
            {u"incidents"_s, pairs},
            {u"missed"_s, missedJson(report.missed)},
            {u"cannot_know"_s, QJsonArray::fromStringList(report.cannotKnow)}};
}

} // namespace prunella
