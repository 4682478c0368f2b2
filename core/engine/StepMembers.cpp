#include "core/engine/StepMembers.h"

#include "core/engine/Chain.h"
#include "core/engine/StepSupport.h"

namespace prunella::step {
namespace {

constexpr qint64 restMs = 600'000; // a symptom that comes and goes faster is not written down each time

void write(Outcome &out, const QString &text, const Now &now)
{
    out.incident.timeline.append({now.wallMs, out.incident.status, text});
}

/// A symptom that is graver than what people were told of is told to them, too.
void raiseWith(const Symptom &symptom, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    if (symptom.severity <= incident.severity)
        return;
    incident.severity = symptom.severity;
    incident.worseAt = now.wallMs;
    if (incident.status != IncidentStatus::Escalated || incident.acknowledgedAt == 0)
        return;
    incident.acknowledgedAt = 0;
    incident.acknowledgedBy.clear();
    startChain(out, rules, now, false);
}

} // namespace

QString foldKey(const Condition &condition)
{
    if (condition.component == QStringLiteral("host"))
        return QStringLiteral("host/") + toString(condition.series);
    return condition.component;
}

void join(const Symptom &symptom, Outcome &out, const Rules &rules, const Now &now)
{
    auto &incident = out.incident;
    ++incident.symptoms;
    raiseWith(symptom, out, rules, now);
    for (Symptom &known : incident.members) {
        if (known.condition != symptom.condition)
            continue;
        const bool again = !holds(known), rested = now.wallMs - known.clearedAt > restMs;
        known.reason = symptom.reason;
        known.severity = std::max(known.severity, symptom.severity);
        known.clearedAt = symptom.clearedAt;
        known.splitInto.clear();
        if (again && rested) // one that comes and goes stays one entry
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
        const bool first = std::none_of(out.incident.timeline.cbegin(), out.incident.timeline.cend(), [&](const TimelineEntry &entry) {
            return entry.at > now.wallMs - restMs && entry.reason.startsWith(known.condition.component + QStringLiteral(" recovered: "));
        });
        known.clearedAt = now.wallMs;
        if (first)
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

/// It ends as an incident; the fault goes on as part of another one, so nobody hears that it is over.
void mergeInto(const MergedInto &event, Outcome &out, const Now &now)
{
    auto &incident = out.incident;
    const QString text = QStringLiteral("it is part of incident %1: %2").arg(event.intoId.left(8), event.why);
    withdraw(out, text, now);
    incident.mergedInto = event.intoId;
    incident.resolvedAt = now.wallMs;
    incident.verifyAtMonotonicMs = 0;
    incident.retryAtMonotonicMs = 0;
    moveTo(out, IncidentStatus::Resolved, text, now);
    endChain(out, true, QStringLiteral("merged"));
}

} // namespace prunella::step
