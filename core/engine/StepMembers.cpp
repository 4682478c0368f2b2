#include "core/engine/StepMembers.h"

#include "core/engine/StepSupport.h"

namespace prunella::step {
namespace {

void write(Outcome &out, const QString &text, const Now &now)
{
    out.incident.timeline.append({now.wallMs, out.incident.status, text});
}

} // namespace

QString foldKey(const Condition &condition)
{
    if (condition.component == QStringLiteral("host"))
        return QStringLiteral("host/") + toString(condition.series);
    return condition.component;
}

void join(const Symptom &symptom, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    ++incident.symptoms;
    for (Symptom &known : incident.members) {
        if (known.condition != symptom.condition || !known.splitInto.isEmpty())
            continue;
        const bool again = !holds(known); // one that comes and goes stays one entry
        known.reason = symptom.reason;
        known.severity = std::max(known.severity, symptom.severity);
        known.clearedAt = symptom.clearedAt;
        if (again)
            write(out, QStringLiteral("symptom again: %1").arg(symptom.reason), now);
        return;
    }
    incident.members.append(symptom);
    if (symptom.at < incident.startedAt && !symptom.mergedFrom.isEmpty())
        incident.startedAt = symptom.at; // the fault is as old as its first sign
    const QString from = symptom.mergedFrom.isEmpty() ? QString() : QStringLiteral(" (was incident %1)").arg(symptom.mergedFrom.left(8));
    write(out, QStringLiteral("symptom: %1; %2%3").arg(symptom.reason, symptom.why, from), now);
}

void symptomCleared(const SymptomCleared &event, Outcome &out, const Now &now)
{
    for (Symptom &known : out.incident.members) {
        if (known.condition != event.condition || !holds(known))
            continue;
        known.clearedAt = now.wallMs;
        write(out, QStringLiteral("%1 recovered: %2").arg(known.condition.component, event.reason), now);
    }
}

void splitOff(const SplitOff &event, Outcome &out, const Now &now)
{
    for (Symptom &known : out.incident.members) {
        if (foldKey(known.condition) == event.key && holds(known))
            known.splitInto = event.intoId;
    }
    write(out, QStringLiteral("%1 leaves for incident %2: %3").arg(event.key, event.intoId.left(8), event.why), now);
}

void mergeInto(const MergedInto &event, Outcome &out, const Now &now)
{
    out.incident.mergedInto = event.intoId;
    resolve(out, QStringLiteral("it is part of incident %1: %2").arg(event.intoId.left(8), event.why), now);
}

} // namespace prunella::step
