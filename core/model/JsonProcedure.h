#pragma once
// A procedure as the store keeps it, and what it would do as people and programs are shown it.
#include "core/model/PlannedStep.h"
#include "core/model/Procedure.h"
#include "core/model/Store.h"

#include <QJsonArray>
#include <QJsonObject>

namespace prunella {

/// The steps with the keys of the YAML form; what is not written there is left out, a condition is told as a sentence.
[[nodiscard]] QJsonArray toJson(const QList<ProcedureStep> &steps);
/// A row of recovery_procedures.
[[nodiscard]] ProcedureRow procedureRow(const Procedure &procedure, qint64 wallMs);
/// "incident.recurrence at_least 2, and not (unit.active equals true)"
[[nodiscard]] QString toString(const FactCondition &condition);

/// The answer to the command `plan`: {"incident", "procedure", "why", "plan": [step, ...]}.
[[nodiscard]] QJsonObject toJson(const IncidentPlan &plan);
[[nodiscard]] IncidentPlan planFromJson(const QJsonObject &object);

} // namespace prunella
