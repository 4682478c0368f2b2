#pragma once
#include "tests/ui/IncidentSamples.h"

namespace prunella::samples {

/// A failing check of a service that needs db.
inline Symptom symptom(const char *component, qint64 at)
{
    Symptom symptom;
    symptom.condition = {ConditionKind::CheckFailing, text(component), {}, 0};
    symptom.type = ErrorType::ApiFailure;
    symptom.reason = text("HTTP check of ") + text(component) + text(" failed twice: HTTP 503");
    symptom.why = text(component) + text(" needs db (depends_on), and db failed 2.1 s earlier");
    symptom.at = at;
    return symptom;
}

} // namespace prunella::samples
