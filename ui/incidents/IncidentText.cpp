#include "ui/incidents/IncidentText.h"

#include "ui/text/Format.h"
#include "ui/text/Words.h"

#include <QCoreApplication>
#include <QHash>
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

/// The timeline also tells what fails elsewhere because of the incident; that is no reason for its own state.
bool isAboutOthers(const Incident &incident, const QString &reason)
{
    if (incident.members.isEmpty())
        return false;
    return reason.startsWith(QStringLiteral("symptom")) || std::any_of(incident.members.begin(), incident.members.end(), [&](const Symptom &member) {
        const QString &name = member.condition.component;
        return reason.startsWith(name + QStringLiteral(" recovered: ")) || reason.startsWith(name + QStringLiteral(" leaves for incident "));
    });
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
    for (auto entry = incident.timeline.crbegin(); entry != incident.timeline.crend(); ++entry) {
        if (!isAboutOthers(incident, entry->reason))
            return entry->reason;
    }
    return {};
}

QString haltWords(const Incident &incident)
{
    const bool stands = incident.status == IncidentStatus::Escalated || incident.status == IncidentStatus::Observed || incident.status == IncidentStatus::Suppressed;
    if (!stands || incident.haltReason == Reason::Allowed)
        return {};
    return Text::tr("Nothing more happens by itself: %1.").arg(words(incident.haltReason));
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

QStringList byReason(const QStringList &ruledOut)
{
    QStringList reasons;
    QHash<QString, QStringList> causes;
    for (const QString &line : ruledOut) {
        const QString reason = line.section(QStringLiteral(": "), 1);
        if (!causes.contains(reason))
            reasons.append(reason);
        causes[reason].append(line.section(QStringLiteral(": "), 0, 0));
    }
    QStringList lines;
    for (const QString &reason : std::as_const(reasons)) {
        const QString all = causes[reason].join(QStringLiteral(", "));
        lines.append(reason.isEmpty() ? all : Text::tr("%1: %2", "causes: what ruled them out").arg(all, reason));
    }
    return lines;
}

QString percent(double fraction)
{
    return formatValue(std::round(fraction * 100), QStringLiteral("%"));
}

} // namespace prunella
