#include "ui/incidents/IncidentText.h"

#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QCoreApplication>
#include <cmath>

namespace prunella {
namespace {

struct Text
{
    Q_DECLARE_TR_FUNCTIONS(IncidentText)
};

QString outcome(const RecoveryActionRecord &action)
{
    return action.verdict ? words(*action.verdict) : words(action.status);
}

} // namespace

qint64 startOf(const Incident &incident)
{
    return incident.startedAt > 0 ? incident.startedAt : incident.detectedAt;
}

qint64 durationOf(const Incident &incident, qint64 nowMs)
{
    const qint64 end = incident.resolvedAt > 0 ? incident.resolvedAt : nowMs;
    return std::max<qint64>(0, end - incident.detectedAt);
}

QString whatWasDone(const Incident &incident)
{
    if (incident.actions.isEmpty())
        return isOpen(incident) ? Text::tr("Nothing yet") : Text::tr("Nothing was done");
    const RecoveryActionRecord &last = incident.actions.last();
    const QString text = Text::tr("%1: %2", "action: outcome").arg(words(last.type), outcome(last));
    return incident.actions.size() == 1 ? text : Text::tr("%n actions, last %1", nullptr, int(incident.actions.size())).arg(text);
}

QString lastReason(const Incident &incident)
{
    return incident.timeline.isEmpty() ? QString() : incident.timeline.last().reason;
}

QString whatHappened(const Incident &incident)
{
    if (!incident.diagnosis || incident.diagnosis->rootCause.isEmpty())
        return incident.summary;
    return incident.diagnosis->rootCause;
}

QString affectedBy(const Incident &incident)
{
    constexpr qsizetype mostNames = 3;
    QStringList names;
    for (const Symptom &symptom : incident.members) {
        if (holds(symptom) && !names.contains(symptom.condition.component))
            names.append(symptom.condition.component);
    }
    if (names.size() <= mostNames)
        return names.join(QStringLiteral(", "));
    return Text::tr("%1 and %n more", nullptr, int(names.size() - 2)).arg(names.mid(0, 2).join(QStringLiteral(", ")));
}

QString stateOf(const Symptom &symptom)
{
    if (!symptom.splitInto.isEmpty())
        return Text::tr("incident %1").arg(symptom.splitInto.left(8));
    return symptom.clearedAt > 0 ? Text::tr("recovered %1").arg(formatClock(symptom.clearedAt)) : Text::tr("fails");
}

QString percent(double fraction)
{
    return formatValue(std::round(fraction * 100), QStringLiteral("%"));
}

} // namespace prunella
