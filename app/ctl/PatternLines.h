#pragma once
#include "core/model/Pattern.h"

#include <QStringList>

namespace prunella::ctl {

/// What the incident's patterns say, for the terminal: the first line in one sentence, what came before in further ones. Empty
/// when it is the first of its kind: "Recurring: 7 times in 9 days; daily about 02:00 ±12 min (6 of 7, confidence 0.49); …"
[[nodiscard]] QStringList patternLines(const QList<IncidentPattern> &ofIncident);

} // namespace prunella::ctl
