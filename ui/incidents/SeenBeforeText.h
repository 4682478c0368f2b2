#pragma once
#include "core/model/Pattern.h"

#include <QStringList>

namespace prunella {

/// One sentence a pattern, without a full stop: "7 times in 9 days (came again 6 of 6, confidence 61 %)".
[[nodiscard]] QString sentenceOf(const IncidentPattern &pattern);
/// "Restart service healed it 6 of 7 times"; empty when no action ever did.
[[nodiscard]] QString healingOf(const IncidentPattern &pattern);
/// The sentences for one incident, in the order of the patterns; what healed it is said once, and again where it differs.
[[nodiscard]] QStringList seenBefore(const QList<IncidentPattern> &ofIncident);

} // namespace prunella
