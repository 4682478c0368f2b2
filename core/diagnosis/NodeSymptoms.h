#pragma once
#include "core/diagnosis/SeriesDeviation.h"

namespace prunella {

/// What one metric of a node says of the incident.
struct Symptom {
    int kind = -1;           ///< number of the metric's name, equal for equal names; 0: the alarm's
    MetricRole role = MetricRole::Other;
    int series = -1;         ///< the series that speaks for it, of several statistics
    SeriesDeviation deviation;
    double strength = 0;     ///< 0 quiet .. 1 beyond doubt
    double weight = 1;       ///< of this metric in the ranking
    double impact = -1;      ///< added seconds or lost requests a row of the window, all requests together; -1: not known
    int preference = 9;      ///< of its statistic; the least speaks
};

struct NodeSymptoms {
    std::vector<Symptom> all;       ///< only what was measured in the window; in the order of the metrics' names
    bool measured = false;          ///< something other than its requests is among them
    bool called = true;             ///< false: its requests were counted, and there were none, now or ever
    double requests = 0;            ///< a row, in the window; 0: not known

    [[nodiscard]] const Symptom *of(int kind) const;
};

/// One a node.
[[nodiscard]] std::vector<NodeSymptoms> symptomsOf(const CauseInput &input);

/// 0 for z = 0, one half at the middle, towards 1.
[[nodiscard]] double strengthOf(double z);

} // namespace prunella
