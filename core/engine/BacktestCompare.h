#pragma once
// What really happened beside what would have.
#include "core/model/Backtest.h"
#include "core/model/Config.h"
#include "core/store/StoreReader.h"

namespace prunella {

/// Fills the pairs, the tallies and the counts; `report.missed` and `report.basis` are set already.
void compareIncidents(const QList<Incident> &real, const QList<Incident> &would, BacktestReport &report);
/// Why those that are gone would not have been: the series' extreme beside the configuration's limit.
void explainGone(StoreReader &reader, const Config &config, BacktestReport &report);

} // namespace prunella
