#pragma once
// Values to and from the public JSON (contracts: `incidents --json`, times ISO 8601 UTC).
#include "core/model/Change.h"
#include "core/model/Frame.h"

#include <QJsonArray>
#include <QJsonObject>

namespace prunella {

/// The public object of `incidents --json`, with more fields than promised, so that incidentFromJson is its inverse.
[[nodiscard]] QJsonObject toJson(const Incident &incident);
[[nodiscard]] Incident incidentFromJson(const QJsonObject &object);

[[nodiscard]] QJsonObject toJson(const Diagnosis &diagnosis);
[[nodiscard]] Diagnosis diagnosisFromJson(const QJsonObject &object);
[[nodiscard]] QJsonObject toJson(const RecoveryActionRecord &action);
[[nodiscard]] RecoveryActionRecord actionFromJson(const QJsonObject &object);
[[nodiscard]] QJsonObject toJson(const ActionRequest &request);
[[nodiscard]] ActionRequest requestFromJson(const QJsonObject &object);
[[nodiscard]] QJsonObject toJson(const ActionResult &result);
[[nodiscard]] ActionResult resultFromJson(const QJsonObject &object);
[[nodiscard]] QJsonObject toJson(const Labels &labels);
[[nodiscard]] Labels labelsFromJson(const QJsonObject &object);
[[nodiscard]] QJsonObject toJson(const Condition &condition);
[[nodiscard]] Condition conditionFromJson(const QJsonObject &object);
[[nodiscard]] QJsonArray toJson(const QList<Symptom> &symptoms);
[[nodiscard]] QList<Symptom> symptomsFromJson(const QJsonArray &array);
[[nodiscard]] QJsonObject toJson(const Feedback &feedback);
[[nodiscard]] Feedback feedbackFromJson(const QJsonObject &object);
[[nodiscard]] QJsonObject toJson(const MetricRow &row);
/// One of `patterns` in `incidents --json`.
[[nodiscard]] QJsonObject toJson(const IncidentPattern &pattern);
[[nodiscard]] IncidentPattern patternFromJson(const QJsonObject &object);
/// One of `changes --json`.
[[nodiscard]] QJsonObject toJson(const ChangeRecord &change);
/// The public object of `status --json`.
[[nodiscard]] QJsonObject statusJson(const EngineFrame &frame);

} // namespace prunella
