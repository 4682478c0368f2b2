#pragma once
#include "core/learning/History.h"

#include <QTimeZone>

#include <optional>

namespace prunella::learning {

/// Does this kind come at one time of the hour, the day or the week, by the zone's local clock? README.md has the method.
[[nodiscard]] std::optional<IncidentPattern> periodOf(const History &history, const Kind &kind, const QTimeZone &zone);

} // namespace prunella::learning
