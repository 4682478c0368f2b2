#pragma once
// Stored history through the live code with another configuration. Reads only; a live engine may run meanwhile.
#include "core/base/Result.h"
#include "core/model/Backtest.h"
#include "core/model/Config.h"
#include "core/model/DecisionTree.h"

#include <functional>

namespace prunella {

struct BacktestOptions {
    QString stateDir;
    Config config;
    QString configName;                ///< for the sentences; empty: the current configuration
    QList<DecisionTree> trees;
    qint64 sinceMs = 7 * 86'400'000LL; ///< the time ends with the newest that is stored, so that twice is the same
    qint64 warmUpMs = 86'400'000;      ///< before it: detectors learn from so much, where there is as much
};

/// Called now and then with the share that is done; false ends it.
using BacktestProgress = std::function<bool(double share)>;

/// NotFound: no store or nothing stored. May take seconds: for a pool thread, or a terminal. Deterministic.
[[nodiscard]] Result<BacktestReport> runBacktest(const BacktestOptions &options, const BacktestProgress &progress = {});

} // namespace prunella
