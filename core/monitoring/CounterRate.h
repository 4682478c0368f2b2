#pragma once
// Counters of programs (kernel counters, which wrap, are in ProcRates.h).
#include "core/monitoring/ProcRates.h"

#include <cmath>

namespace prunella {

/// How far a counter moved. One that fell was started anew from zero: since then it moved by its value. What it moved
/// between the last reading and the restart is lost, so the increase is a lower bound then, as in Prometheus's rate().
[[nodiscard]] inline double counterIncrease(double before, double after, bool restarted = false)
{
    return restarted || after < before ? after : after - before;
}

/// Units a second; nothing when the time is too short for a rate or a value is no number.
[[nodiscard]] inline std::optional<double> counterRate(double before, double after, qint64 elapsedMs, bool restarted = false)
{
    const double increase = counterIncrease(before, after, restarted);
    if (elapsedMs < kLeastRateMs || !std::isfinite(increase) || increase < 0)
        return std::nullopt;
    return increase * 1000.0 / double(elapsedMs);
}

} // namespace prunella
