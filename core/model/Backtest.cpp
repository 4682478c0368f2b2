// The sentences of a backtest.
#include "core/model/Backtest.h"

#include "core/model/Sentences.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

QString counted(int count, const QString &one, const QString &many)
{
    return u"%1 %2"_s.arg(count).arg(count == 1 ? one : many);
}

QString plural(ActionType type, int count)
{
    static const QMap<ActionType, QString> words{{ActionType::RestartService, u"restart"_s}, {ActionType::HealthCheck, u"health check"_s}};
    return words.value(type, toString(type)) + (count == 1 ? QString() : u"s"_s);
}

/// "7 restarts fewer", empty when it is as many.
QString changeOf(int real, int would, const QString &one, const QString &many)
{
    const int change = would - real;
    if (change == 0)
        return {};
    return counted(qAbs(change), one, many) + (change > 0 ? u" more"_s : u" fewer"_s);
}

QString judgement(const BacktestReport &report)
{
    QStringList parts;
    if (report.realMissed > 0)
        parts << counted(report.realMissed, u"real one missed"_s, u"real ones missed"_s);
    if (report.falseAlarmsAvoided > 0)
        parts << counted(report.falseAlarmsAvoided, u"false alarm avoided"_s, u"false alarms avoided"_s);
    if (report.unjudged > 0)
        parts << counted(report.unjudged, u"gone that nobody judged"_s, u"gone that nobody judged"_s);
    if (report.missedCovered > 0)
        parts << counted(report.missedCovered, u"seen that was missed"_s, u"seen that were missed"_s);
    if (report.added > 0)
        parts << counted(report.added, u"new one"_s, u"new ones"_s);
    return parts.join(u", "_s);
}

QString actionsChanged(const BacktestReport &report)
{
    QStringList parts;
    QMap<ActionType, int> types = report.real.runs;
    types.insert(report.would.runs);
    for (const ActionType type : types.keys()) {
        parts << changeOf(report.real.runs.value(type), report.would.runs.value(type), plural(type, 1), plural(type, 2));
    }
    parts << changeOf(report.real.approvals, report.would.approvals, u"approval"_s, u"approvals"_s);
    parts << changeOf(report.real.escalated, report.would.escalated, u"escalation"_s, u"escalations"_s);
    parts.removeAll(QString());
    return parts.join(u", "_s);
}

} // namespace

QString toString(BacktestKind kind)
{
    switch (kind) {
    case BacktestKind::Same: return u"same"_s;
    case BacktestKind::Gone: return u"gone"_s;
    case BacktestKind::New: return u"new"_s;
    case BacktestKind::Part: return u"part"_s;
    }
    return {};
}

int BacktestTally::runsOfAll() const
{
    int sum = 0;
    for (const int count : runs)
        sum += count;
    return sum;
}

bool BacktestReport::isDifferent() const
{
    return gone != 0 || added != 0 || parts != 0 || real.runs != would.runs || real.approvals != would.approvals
        || real.escalated != would.escalated;
}

QString verdictOf(const BacktestReport &report)
{
    const QString who = report.configName.isEmpty() ? u"the current configuration"_s : report.configName;
    const int real = report.real.incidents, would = report.would.incidents;
    if (!report.isDifferent()) {
        return real == 0 ? u"With %1: no incident, as in reality."_s.arg(who)
                         : u"With %1: the same as what happened: %2, the same actions and approvals."_s.arg(who, counted(real, u"incident"_s, u"incidents"_s));
    }
    QStringList parts{would == real ? u"%1, as many as in reality"_s.arg(counted(would, u"incident"_s, u"incidents"_s))
                                    : u"%1 instead of %2"_s.arg(counted(would, u"incident"_s, u"incidents"_s)).arg(real)};
    const QString actions = actionsChanged(report);
    parts << judgement(report) << (actions.isEmpty() ? u"as many actions and approvals"_s : actions);
    parts.removeAll(QString());
    return u"With %1: %2."_s.arg(who, parts.join(u"; "_s));
}

int approvalsAsked(const Incident &incident)
{
    int asked = 0;
    auto before = IncidentStatus::Detected;
    for (const TimelineEntry &entry : incident.timeline) {
        const bool turned = entry.status == IncidentStatus::AwaitingApproval && before != IncidentStatus::AwaitingApproval;
        asked += turned;
        before = entry.status;
    }
    return asked;
}

QString courseOf(const Incident &incident)
{
    QMap<ActionType, int> runs;
    QString by;
    for (const auto &action : incident.actions) {
        if (action.startedAt == 0)
            continue;
        ++runs[action.type];
        by = action.approvedBy.isEmpty() ? by : action.approvedBy;
    }
    QStringList parts;
    if (approvalsAsked(incident) > 0)
        parts << (by.isEmpty() ? u"asked"_s : u"asked, approved"_s);
    for (auto it = runs.cbegin(); it != runs.cend(); ++it)
        parts << (it.value() == 1 ? plural(it.key(), 1) : counted(it.value(), plural(it.key(), 1), plural(it.key(), 2)));
    const bool escalated = std::any_of(incident.timeline.begin(), incident.timeline.end(),
                                       [](const TimelineEntry &entry) { return entry.status == IncidentStatus::Escalated; });
    if (escalated && incident.status == IncidentStatus::Resolved)
        parts << u"escalated (%1)"_s.arg(toString(incident.haltReason));
    const QString last = incident.timeline.isEmpty() ? QString() : incident.timeline.last().reason;
    if (incident.status != IncidentStatus::Resolved) {
        parts << u"%1: %2"_s.arg(toString(incident.status), last);
    } else {
        const QString took = durationText(incident.resolvedAt - incident.detectedAt);
        const bool byHand = last.startsWith(u"resolved by "_s);
        parts << QString(byHand ? last : runs.isEmpty() ? u"cleared by itself"_s : u"healed"_s) + u" after "_s + took;
    }
    return parts.join(u", "_s);
}

} // namespace prunella
