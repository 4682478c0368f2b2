#pragma once
// What the store remembers of a time, apart from the samples.
#include "core/model/Backtest.h"
#include "core/model/Config.h"
#include "core/store/StoreReader.h"

namespace prunella {

struct ReplayHistory {
    qint64 from = 0, to = 0;       ///< wall ms, `to` not included
    QList<Incident> incidents;     ///< that reach into the time, oldest first
    QList<Incident> before;        ///< what happened in the day before: the guards count it
    QList<ErrorEvent> events;      ///< told by the world, oldest first: crashes, exits, failing checks
    QList<ErrorEvent> holding;     ///< of the same kinds, those that held at `from`
    QList<IncidentMark> missed;
    QMap<ActionType, qint64> actionMs; ///< how long such actions took: the median
    int assumedEvents = 0;         ///< taken from incidents, because the record of events is younger
    int leftOut = 0;               ///< events of what the configuration does not watch
};

/// Told by the world and not made of samples: it does not depend on the configuration's limits.
[[nodiscard]] bool isTold(ConditionKind kind);
/// The configuration watches what the event is about.
[[nodiscard]] bool isWatched(const Config &config, const Condition &condition);
[[nodiscard]] Result<ReplayHistory> readReplayHistory(StoreReader &reader, const Config &config, qint64 from, qint64 to);

} // namespace prunella
