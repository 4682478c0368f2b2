#include "ui/incidents/SeenBeforeText.h"

#include "ui/incidents/IncidentText.h"
#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTime>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(SeenBefore)
};

constexpr int dayMinutes = 1440;

QString clock(int minute)
{
    return QTime(minute / 60 % 24, minute % 60).toString(QStringLiteral("HH:mm"));
}

QString when(const IncidentPattern &pattern)
{
    switch (pattern.period) {
    case PatternPeriod::Hour:
        return Text::tr("Hourly, about minute %1").arg(pattern.phaseMinute);
    case PatternPeriod::Week:
        return Text::tr("Weekly, %1 about %2", "day of the week, time")
            .arg(QLocale().standaloneDayName(pattern.phaseMinute / dayMinutes % 7 + 1), clock(pattern.phaseMinute % dayMinutes));
    default:
        return Text::tr("Daily, about %1").arg(clock(pattern.phaseMinute % dayMinutes));
    }
}

QString after(const IncidentPattern &pattern)
{
    if (pattern.kind == PatternKind::FollowsDeployment)
        return Text::tr("After a deployment of %1").arg(pattern.predecessor);
    if (pattern.kind == PatternKind::Sequence)
        return Text::tr("After %1", "a list of incidents").arg(pattern.sequence.join(Text::tr(", then ")));
    return Text::tr("After %1 on %2", "error type, component")
        .arg(pattern.predecessorType ? words(*pattern.predecessorType) : QString(), pattern.predecessor);
}

} // namespace

QString sentenceOf(const IncidentPattern &pattern)
{
    const QString sure = percent(pattern.confidence);
    if (pattern.kind == PatternKind::Recurring) {
        return Text::tr("%n times in %1 (came again %2 of %3, confidence %4)", nullptr, pattern.occurrences)
            .arg(formatDuration(pattern.lastAt - pattern.firstAt)).arg(pattern.support).arg(pattern.outOf).arg(sure);
    }
    if (pattern.kind == PatternKind::Periodic) {
        return Text::tr("%1 ± %2 min (%3 of %4, confidence %5)", "when, spread, support")
            .arg(when(pattern)).arg(pattern.spreadMinutes).arg(pattern.support).arg(pattern.outOf).arg(sure);
    }
    QString what = after(pattern);
    if (pattern.lagMs > 0)
        what = Text::tr("%1, by %2", "after what, time between").arg(what, formatDuration(pattern.lagMs));
    return Text::tr("%1 (%2 of %3, confidence %4)", "after what, support")
        .arg(what).arg(pattern.support).arg(pattern.outOf).arg(sure);
}

QString healingOf(const IncidentPattern &pattern)
{
    if (!pattern.healedBy)
        return {};
    return Text::tr("%1 healed it %2 of %n times", nullptr, pattern.healedOf).arg(words(*pattern.healedBy)).arg(pattern.healed);
}

QStringList seenBefore(const QList<IncidentPattern> &ofIncident)
{
    QStringList lines, said;
    for (const IncidentPattern &pattern : ofIncident) {
        lines.append(sentenceOf(pattern));
        const QString healing = healingOf(pattern);
        if (healing.isEmpty() || said.contains(healing))
            continue;
        said.append(healing);
        lines.last() = Text::tr("%1; %2", "sentence; what healed it").arg(lines.last(), healing);
    }
    return lines;
}

} // namespace prunella
