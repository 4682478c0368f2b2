#pragma once
#include "core/detection/AnomalyReason.h"
#include "core/model/Sample.h"

namespace prunella {

/// "cpu_usage 97 % is the highest in 9 days (usually about 23 %)".
[[nodiscard]] QString sentenceOf(const AnomalyScore &score, const SeriesKey &key, const QString &unit);

} // namespace prunella
