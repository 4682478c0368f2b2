#include "app/ctl/PatternLines.h"

#include "core/model/Sentences.h"

namespace prunella::ctl {
namespace {

using namespace Qt::StringLiterals;

constexpr qint64 dayMs = 86'400'000;
constexpr int dayMinutes = 1440;

QString evidence(const IncidentPattern &pattern)
{
    return u"(%1 of %2, confidence %3)"_s.arg(pattern.support).arg(pattern.outOf).arg(pattern.confidence, 0, 'f', 2);
}

QString clock(int minute)
{
    return u"%1:%2"_s.arg(minute / 60, 2, 10, '0'_L1).arg(minute % 60, 2, 10, '0'_L1);
}

QString recurs(const IncidentPattern &pattern)
{
    const qint64 span = pattern.lastAt - pattern.firstAt;
    const QString during = span < 2 * dayMs ? durationText(span) : u"%1 days"_s.arg((span + dayMs - 1) / dayMs);
    return u"%1 in %2 (came again %3 of %4, confidence %5)"_s.arg(timesText(pattern.occurrences), during)
        .arg(pattern.support).arg(pattern.outOf).arg(pattern.confidence, 0, 'f', 2);
}

QString comesBy(const IncidentPattern &pattern)
{
    static const QString days[] = {u"Monday"_s, u"Tuesday"_s, u"Wednesday"_s, u"Thursday"_s,
                                   u"Friday"_s, u"Saturday"_s, u"Sunday"_s};
    QString when;
    if (pattern.period == PatternPeriod::Hour)
        when = u"hourly about minute %1"_s.arg(pattern.phaseMinute);
    else if (pattern.period == PatternPeriod::Week)
        when = u"weekly on %1 about %2"_s.arg(days[pattern.phaseMinute / dayMinutes % 7],
                                              clock(pattern.phaseMinute % dayMinutes));
    else
        when = u"daily about %1"_s.arg(clock(pattern.phaseMinute % dayMinutes));
    return u"%1 ±%2 min %3"_s.arg(when).arg(pattern.spreadMinutes).arg(evidence(pattern));
}

QString comesAfter(const IncidentPattern &pattern)
{
    QString what = pattern.predecessor;
    if (pattern.predecessorType)
        what = toString(*pattern.predecessorType) + u" on "_s + what;
    else if (pattern.kind == PatternKind::FollowsDeployment)
        what = u"a deployment of "_s + what;
    else
        what = pattern.sequence.join(u", then "_s);
    const QString lag = pattern.lagMs > 0 ? durationText(pattern.lagMs) + u" "_s : QString();
    return u"%1after %2 %3"_s.arg(lag, what, evidence(pattern));
}

QString healing(const IncidentPattern &pattern)
{
    if (!pattern.healedBy)
        return {};
    return u"healed by %1 %2 of %3 times"_s.arg(toString(*pattern.healedBy)).arg(pattern.healed).arg(pattern.healedOf);
}

} // namespace

QStringList patternLines(const QList<IncidentPattern> &ofIncident)
{
    QStringList first, lines;
    QString healed;
    for (const IncidentPattern &pattern : ofIncident) {
        if (pattern.kind == PatternKind::Recurring) {
            first.prepend(recurs(pattern));
            healed = healing(pattern);
        } else if (pattern.kind == PatternKind::Periodic) {
            first.append(comesBy(pattern));
        } else {
            QStringList parts{comesAfter(pattern), healing(pattern)};
            parts.removeAll(QString());
            lines.append(u"  "_s + parts.join(u"; "_s));
        }
    }
    first.append(healed);
    first.removeAll(QString());
    if (!first.isEmpty())
        lines.prepend(u"Recurring: "_s + first.join(u"; "_s));
    return lines;
}

} // namespace prunella::ctl
