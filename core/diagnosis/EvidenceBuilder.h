#pragma once
// From what the stages before know to the facts that decision trees ask for. The keys are listed in README.md here.
#include "core/base/Clock.h"
#include "core/model/Diagnosis.h"
#include "core/model/Events.h"
#include "core/model/Facts.h"

#include <QMap>
#include <optional>

namespace prunella {

struct EvidenceInput {
    Condition condition;                   ///< what opened the incident
    QString reason;                        ///< the detector's sentence
    std::optional<UnitState> unit;         ///< of the component, when systemd manages it
    std::optional<ProcessState> process;   ///< of the component, when our process manager does
    QList<OomKill> oomKills;               ///< recent ones of the whole host
    bool kernelLogReadable = false;        ///< false: no OOM kill was seen, but none could have been
    QList<CheckResult> lastChecks;         ///< the newest answer of each of the component's health checks
    QMap<SeriesKey, SeriesFacts> series;   ///< of the host, the component and, for unit_memory and unit_cpu, all services
    std::optional<int> dependencies;       ///< how many services the component depends on; absent: not known
    QStringList failedDependencies;        ///< those of them that are not healthy
    int earlierIncidents = 0;              ///< of this component and type within the last day
    int earlierHealed = 0;                 ///< those of them that an action healed
    Now now;
};

/// Pure. What is not known has no fact.
[[nodiscard]] Evidence buildEvidence(const EvidenceInput &input);

} // namespace prunella
