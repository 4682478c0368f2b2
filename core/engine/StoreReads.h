#pragma once
#include "core/model/StoreQueries.h"

namespace prunella {

/// One read with a connection of its own; empty when the store cannot be read. Blocks: for a pool thread.
[[nodiscard]] QList<Incident> readIncidents(const QString &stateDir, const IncidentQuery &query);
[[nodiscard]] QList<HistoryPoint> readHistory(const QString &stateDir, const HistoryQuery &query);

} // namespace prunella
