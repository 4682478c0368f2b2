#pragma once
// Topology and metrics as tables of text, checked cell by cell.
#include "core/base/Result.h"
#include "core/model/CauseRanking.h"

#include <map>
#include <string>
#include <tuple>

namespace prunella::ctl {

/// A column's node, metric and statistic.
using ColumnName = std::tuple<std::string, std::string, std::string>;

struct MetricsTable {
    std::vector<double> times;                         ///< ascending
    std::map<ColumnName, std::vector<double>> columns; ///< as many values as times; NaN: not measured
};

struct Topology {
    std::vector<std::string> nodes;
    std::vector<CauseCall> calls;
};

[[nodiscard]] Result<Topology> readTopology(const std::string &file);
[[nodiscard]] Result<MetricsTable> readMetrics(const std::string &file);

} // namespace prunella::ctl
