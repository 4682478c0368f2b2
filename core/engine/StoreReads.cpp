#include "core/engine/StoreReads.h"

#include "core/store/StoreReader.h"

namespace prunella {

QList<Incident> readIncidents(const QString &stateDir, const IncidentQuery &query)
{
    auto reader = StoreReader::open(stateDir);
    return reader ? (*reader)->incidents(query).value_or(QList<Incident>{}) : QList<Incident>{};
}

QList<HistoryPoint> readHistory(const QString &stateDir, const HistoryQuery &query)
{
    auto reader = StoreReader::open(stateDir);
    return reader ? (*reader)->history(query).value_or(QList<HistoryPoint>{}) : QList<HistoryPoint>{};
}

} // namespace prunella
