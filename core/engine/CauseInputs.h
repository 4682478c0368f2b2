#pragma once
// From the live engine's series and dependencies to the question that the root-cause ranking answers.
#include "core/diagnosis/DependencyGraph.h"
#include "core/engine/SeriesTable.h"
#include "core/model/CauseRanking.h"
#include "core/model/Incident.h"

namespace prunella {

/// The incident's component and all services that it needs, directly or not; their response times, errors, requests, processor and
/// memory before the fault began (normal) and since. Fewer than two nodes with a series: nothing can be compared.
[[nodiscard]] std::optional<CauseInput> causeInput(const Incident &incident, const QList<ServiceConfig> &services,
                                                   const DependencyGraph &graph, const SeriesTable &series, const Now &now);

/// The one that the ranking points to, when that is not the component itself and stands out.
[[nodiscard]] std::optional<RankedCause> suspectOf(const QList<RankedCause> &ranking, const QString &component);

} // namespace prunella
