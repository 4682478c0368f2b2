#pragma once
#include "PipelineFixture.h"

namespace prunella::test {

inline ErrorEvent failingCheck(const QString &service) { return World::failure(ConditionKind::CheckFailing, service, Severity::Medium); }

inline ErrorEvent hostSeries(const QString &metric, ErrorType type, const Labels &labels = {})
{
    ErrorEvent event = World::failure(ConditionKind::Threshold, QStringLiteral("host"));
    event.condition.series = {metric, labels};
    event.type = type;
    return event;
}

inline QStringList failing(const Incident &incident)
{
    QStringList names;
    for (const Symptom &member : incident.members) {
        if (holds(member))
            names << member.condition.component;
    }
    return names;
}

} // namespace prunella::test
