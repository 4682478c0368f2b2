#pragma once
// Spans of time as configuration files write them: 30, 2.5, 30s, 500ms, 1m30s, "1min 30s". Pure.
#include "core/base/Result.h"
#include "core/model/FileActions.h"

namespace prunella {

/// Milliseconds. A number without a unit is in `unit` (ms s m h d). Invalid for "infinity", for 0 (which often means
/// none) and for what is no time.
[[nodiscard]] Result<double> readTime(const QString &text, const QString &unit);

/// `ms` in the words and spaces of `like`. With one unit: the next smaller one in which it comes out even (90s for 1m);
/// with several: the same ones ("2min 15s" for "1min 30s"). Whole numbers stay whole,
/// rounded down, so that no bound is passed.
[[nodiscard]] QString writeTime(double ms, const QString &like, const QString &unit);

/// The next value of a timeout, never above its `max`. Invalid when it has come to its `max` already.
[[nodiscard]] Result<QString> nextTimeout(const TimeoutConfig &config, const QString &present);

} // namespace prunella
