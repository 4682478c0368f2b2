#include "core/engine/BacktestCompare.h"

#include "core/detection/ThresholdDetector.h"
#include "core/engine/Hindsight.h"
#include "core/model/Sentences.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 slackMs = 60'000; ///< one fault seen by two configurations may lie so far apart

struct Span { qint64 from = 0, to = 0; };

Span spanOf(const Incident &incident, qint64 end)
{
    const qint64 from = incident.startedAt != 0 ? std::min(incident.startedAt, incident.detectedAt) : incident.detectedAt;
    return {from, isOpen(incident) ? end : incident.resolvedAt};
}

/// Common time in ms, negative with a pause between them; nothing when they are not of one thing or further apart than `slack`.
std::optional<qint64> overlap(const Incident &a, const Incident &b, qint64 end, qint64 slack)
{
    const Span x = spanOf(a, end), y = spanOf(b, end);
    const qint64 common = std::min(x.to, y.to) - std::max(x.from, y.from);
    return sameThing(a, b) && common >= -slack ? std::optional(common) : std::nullopt;
}

bool isWait(Reason reason)
{
    switch (reason) {
    case Reason::CoolDown:
    case Reason::TargetBusy:
    case Reason::TooManyRunning:
    case Reason::Backoff:
    case Reason::Paused:
    case Reason::Maintenance:
    case Reason::Flapping:
        return true;
    default:
        return false;
    }
}

void count(const Incident &incident, BacktestTally &tally)
{
    ++tally.incidents;
    tally.resolved += !isOpen(incident);
    tally.escalated += std::any_of(incident.timeline.begin(), incident.timeline.end(),
                                   [](const auto &entry) { return entry.status == IncidentStatus::Escalated; });
    tally.approvals += approvalsAsked(incident);
    QSet<Reason> told;
    for (const auto &action : incident.actions) {
        if (action.startedAt != 0)
            ++tally.runs[action.type];
        const bool rejected = action.decision.reason == Reason::Rejected; // by a person, who was asked
        if (action.decision.decision == Decision::Ask || rejected || !action.approvedBy.isEmpty())
            ++tally.asks[action.type];
        if (action.status == ActionStatus::Refused) {
            ++tally.refused[action.type];
            ++tally.refusals[action.decision.reason];
            told.insert(action.decision.reason);
        }
    }
    if (incident.haltReason == Reason::Allowed || told.contains(incident.haltReason))
        return;
    ++(isWait(incident.haltReason) ? tally.waits : tally.refusals)[incident.haltReason];
}

struct Candidate { int real = 0, would = 0; bool otherType = false; qint64 common = 0; };

/// Best first: the same type, then the longest common time, then the order of the times.
QList<Candidate> candidates(const QList<Incident> &real, const QList<Incident> &would, qint64 end)
{
    QList<Candidate> list;
    for (int w = 0; w < would.size(); ++w) {
        for (int r = 0; r < real.size(); ++r) {
            if (const auto common = overlap(real[r], would[w], end, slackMs))
                list << Candidate{r, w, real[r].type != would[w].type, *common};
        }
    }
    std::stable_sort(list.begin(), list.end(), [](const Candidate &a, const Candidate &b) {
        return std::pair(a.otherType, -a.common) < std::pair(b.otherType, -b.common);
    });
    return list;
}

bool touchesAny(const Incident &incident, const QList<Incident> &others, qint64 end)
{
    return std::any_of(others.begin(), others.end(), [&](const Incident &other) { return overlap(incident, other, end, 0).has_value(); });
}

QString whySame(const Incident &real, const Incident &would)
{
    const QString before = courseOf(real), after = courseOf(would);
    if (before == after)
        return {};
    for (const auto &action : would.actions) {
        if (action.status == ActionStatus::Refused || action.status == ActionStatus::AwaitingApproval)
            return action.decision.detail;
    }
    return would.actions.isEmpty() ? would.timeline.last().reason : would.actions.last().decision.detail;
}

void judge(const BacktestPair &pair, BacktestReport &report)
{
    const bool judged = pair.real && pair.real->feedback;
    const Mark mark = judged ? pair.real->feedback->mark : Mark::Missed;
    report.falseAlarmsKept += pair.kind == BacktestKind::Same && mark == Mark::FalseAlarm;
    if (pair.kind != BacktestKind::Gone)
        return;
    report.falseAlarmsAvoided += mark == Mark::FalseAlarm;
    report.realMissed += mark == Mark::Real;
    report.unjudged += !judged;
}

bool covers(const Incident &incident, const IncidentMark &mark, qint64 end)
{
    const Span span = spanOf(incident, end);
    constexpr qint64 aboutMs = 900'000; // people remember the quarter of an hour
    return incident.component == mark.component && mark.at >= span.from - aboutMs && mark.at <= span.to + aboutMs;
}

void addAlone(const Incident &incident, bool isReal, bool part, BacktestReport &report)
{
    BacktestPair pair;
    (isReal ? pair.real : pair.would) = incident;
    pair.kind = part ? BacktestKind::Part : isReal ? BacktestKind::Gone : BacktestKind::New;
    if (part)
        pair.why = isReal ? u"part of another incident with this configuration"_s : u"part of another incident in reality"_s;
    else if (!isReal)
        pair.why = incident.summary;
    if (!isReal)
        pair.coversMissed = std::any_of(report.missed.begin(), report.missed.end(),
                                        [&](const IncidentMark &mark) { return covers(incident, mark, report.basis.to); });
    (part ? report.parts : isReal ? report.gone : report.added) += 1;
    report.pairs << pair;
}

} // namespace

void compareIncidents(const QList<Incident> &real, const QList<Incident> &would, BacktestReport &report)
{
    const qint64 end = report.basis.to;
    QSet<int> realUsed, wouldUsed;
    for (const Candidate &candidate : candidates(real, would, end)) {
        if (realUsed.contains(candidate.real) || wouldUsed.contains(candidate.would))
            continue;
        realUsed.insert(candidate.real);
        wouldUsed.insert(candidate.would);
        BacktestPair pair;
        pair.real = real[candidate.real];
        pair.would = would[candidate.would];
        pair.laterMs = pair.would->detectedAt - pair.real->detectedAt;
        pair.why = whySame(*pair.real, *pair.would);
        ++report.same;
        report.pairs << pair;
    }
    for (int i = 0; i < real.size(); ++i) {
        count(real[i], report.real);
        if (!realUsed.contains(i))
            addAlone(real[i], true, touchesAny(real[i], would, end), report);
    }
    for (int i = 0; i < would.size(); ++i) {
        count(would[i], report.would);
        if (!wouldUsed.contains(i))
            addAlone(would[i], false, touchesAny(would[i], real, end), report);
    }
    std::stable_sort(report.pairs.begin(), report.pairs.end(),
                     [](const auto &a, const auto &b) { return a.incident().detectedAt < b.incident().detectedAt; });
    for (const BacktestPair &pair : std::as_const(report.pairs))
        judge(pair, report);
    const auto seen = [end](const IncidentMark &mark, const QList<Incident> &incidents) {
        return std::any_of(incidents.begin(), incidents.end(), [&](const Incident &incident) { return covers(incident, mark, end); });
    };
    report.missedCovered = int(std::count_if(report.missed.begin(), report.missed.end(),
                                             [&](const IncidentMark &mark) { return seen(mark, would) && !seen(mark, real); }));
}

namespace {

QString limitText(const ThresholdConfig &limit, const QString &unit)
{
    QStringList parts;
    if (limit.warning)
        parts << u"warning "_s + valueText(*limit.warning, unit);
    if (limit.critical)
        parts << u"critical "_s + valueText(*limit.critical, unit);
    if (limit.forMs > 0)
        parts << u"for "_s + durationText(limit.forMs);
    return parts.join(u", "_s);
}

QString whyGone(StoreReader &reader, const Config &config, const Incident &incident, const QString &unit, qint64 end)
{
    if (!config.enabled)
        return u"this configuration opens no incidents (enabled: false)"_s;
    if (!isWatched(config, incident.condition))
        return u"this configuration does not watch %1"_s.arg(incident.component);
    if (isTold(incident.condition.kind))
        return u"part of a fault that would have been healed before"_s;
    if (incident.condition.kind != ConditionKind::Threshold)
        return u"the detector does not find it with this configuration"_s;
    const auto limit = ThresholdDetector(config.thresholds).limitsOf(incident.condition.series);
    if (!limit)
        return u"%1 has no limit"_s.arg(toString(incident.condition.series));
    const Span span = spanOf(incident, end);
    const auto points = reader.history({incident.condition.series, span.from, std::min(end, span.to), 10'000});
    if (!points || points->isEmpty())
        return u"the limit is now %1"_s.arg(limitText(*limit, unit));
    double extreme = limit->direction == Direction::Above ? points->first().high : points->first().low;
    for (const HistoryPoint &point : *points)
        extreme = limit->direction == Direction::Above ? std::max(extreme, point.high) : std::min(extreme, point.low);
    return u"%1 reached %2; the limit is now %3"_s.arg(toString(incident.condition.series), valueText(extreme, unit), limitText(*limit, unit));
}

} // namespace

void explainGone(StoreReader &reader, const Config &config, BacktestReport &report)
{
    QMap<SeriesKey, QString> units;
    for (const MetricRow &row : reader.latestMetrics().value_or(QList<MetricRow>{}))
        units.insert(row.key, row.unit);
    for (BacktestPair &pair : report.pairs) {
        if (pair.kind == BacktestKind::Gone)
            pair.why = whyGone(reader, config, *pair.real, units.value(pair.real->condition.series), report.basis.to);
    }
}

} // namespace prunella
