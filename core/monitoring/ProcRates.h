#pragma once
// Arithmetic on the kernel's running counters.
#include <QtGlobal>
#include <optional>

namespace prunella {

/// A rate over less time than this is mostly the granularity of the kernel's clock tick (10 ms): it is not reported.
inline constexpr qint64 kLeastRateMs = 200;

/// How far a counter moved. Some count in 32 bits and wrap; a counter that otherwise went backwards was reset (device
/// replaced, driver reloaded): how far it moved is then not known.
[[nodiscard]] inline std::optional<quint64> counterDelta(quint64 before, quint64 after)
{
    if (after >= before)
        return after - before;
    constexpr quint64 range = quint64(1) << 32;
    const bool wrapped = before < range && before >= range / 4 * 3 && after < range / 4;
    if (wrapped)
        return after + range - before;
    return std::nullopt;
}

/// Units a second between two readings.
[[nodiscard]] inline std::optional<double> perSecond(quint64 before, quint64 after, qint64 elapsedMs)
{
    const auto delta = counterDelta(before, after);
    if (!delta || elapsedMs < kLeastRateMs)
        return std::nullopt;
    return double(*delta) * 1000.0 / double(elapsedMs);
}

/// Part of the elapsed time in percent, for counters of milliseconds.
[[nodiscard]] inline std::optional<double> percentOfTime(quint64 before, quint64 after, qint64 elapsedMs)
{
    const auto rate = perSecond(before, after, elapsedMs);
    if (!rate)
        return std::nullopt;
    return qBound(0.0, *rate / 10.0, 100.0);
}

} // namespace prunella
