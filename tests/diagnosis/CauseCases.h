#pragma once
// Made-up incidents for the root-cause ranking: a system of services is simulated row by row, one node of it is at fault.
// The simulation knows nothing of the ranking: it adds up latencies, failures and requests along the calls.
#include "core/model/CauseRanking.h"

namespace prunella::test {

enum class FaultKind { Latency, Errors, Both, Overload, Crash };

struct CauseCase {
    CauseInput input;
    int truth = -1;
    FaultKind kind = FaultKind::Latency;
    bool truthMeasured = true;    ///< false: nothing was measured on the node at fault
    int measuredCallers = 0;      ///< of the node at fault
    QString place;                ///< entry, middle or leaf
};

/// The same seed gives the same case. One node in twenty has no metric at all, others lack a kind; `hideTruth`: the node at
/// fault is one of those without any.
[[nodiscard]] CauseCase causeCase(unsigned seed, bool hideTruth = false);
/// The same incident with nodes renamed, and nodes, calls and series in another order; `at[i]` is where node i went.
[[nodiscard]] CauseInput shuffled(const CauseInput &input, unsigned seed, std::vector<int> &at);

} // namespace prunella::test
