#pragma once
// From what the stages before know to the facts that decision trees ask for. The keys are listed in README.md here.
#include "core/base/Clock.h"
#include "core/model/Change.h"
#include "core/model/DecisionTree.h"
#include "core/model/Events.h"
#include "core/model/Facts.h"
#include "core/model/Log.h"
#include "core/model/Topology.h"

#include <QMap>
#include <QSet>
#include <optional>

namespace prunella {

/// An incident alike, of the last 30 days.
struct EarlierIncident {
    qint64 at = 0;                         ///< wall ms
    QSet<ActionType> tried, healedBy;      ///< ended, and verified as the repair
};

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
    int recurrence = 0;                    ///< those of them that an action which changes something healed: how often it came back
    Now now;
    qint64 startedAt = 0;                  ///< wall ms: when the fault began; 0: now
    QList<HealthCheckConfig> health;       ///< of the component, in the configuration's order
    std::optional<QList<LogLine>> lines;   ///< its recent log lines; absent: it has no log source
    QList<ErrorEvent> events;              ///< of the last hour, of all components, those that cleared left out
    std::optional<QList<ChangeRecord>> changes; ///< recent ones of the whole host; absent: nobody watches
    std::optional<Topology> topology;      ///< absent: not known
    QSet<QString> failing;                 ///< components that are critical now
    std::optional<QList<EarlierIncident>> earlier; ///< of this component and type; absent: not read yet
};

/// Pure. What is not known has no fact. With a tree its log, events and change forms are answered, too; a form that cannot
/// be answered has a fact without a value, whose text says why (unknownFact). Probes are left open: see Probing.h.
[[nodiscard]] Evidence buildEvidence(const EvidenceInput &input, const DecisionTree *tree = nullptr);

/// The tree that covers the error type; null when none does.
[[nodiscard]] const DecisionTree *treeFor(const QList<DecisionTree> &trees, ErrorType type);

} // namespace prunella
