#pragma once
// Which events belong together? Weighs what speaks for and against; the table of weights is in README.md here.
#include "core/diagnosis/DependencyGraph.h"
#include "core/model/Change.h"
#include "core/model/Pattern.h"

#include <span>

namespace prunella {

/// What is known of a failing component beside the event itself.
struct SymptomFacts {
    bool oomKilled = false;          ///< the kernel ended it for want of memory
    bool killedFromOutside = false;  ///< ended by SIGKILL or SIGTERM that neither the kernel nor systemd sent
    bool dependencyResult = false;   ///< systemd did not start it because a unit that it needs failed
    QStringList templates;           ///< message templates that its log repeats now
};

/// What the weighing looks at beside the two. Everything is at hand; nothing is asked.
struct CorrelationContext {
    const DependencyGraph *graph = nullptr;
    QList<IncidentPattern> patterns; ///< what was seen together before
    QList<ChangeRecord> changes;     ///< of the last hours
};

/// A possible cause: an open incident, and what is known of its component.
struct CauseCandidate {
    const Incident *incident = nullptr;
    SymptomFacts facts;
    qint64 slackMs = 0;              ///< how imprecise its start is: the interval at which it is looked at
};

struct Link {
    QString incidentId;
    double weight = 0;               ///< over 0: it belongs there
    QString why;                     ///< one sentence: "web needs db (depends_on), which failed 0.4 s earlier"
};

/// How much `event` looks like a symptom of the candidate. Nothing: no tie at all.
/// `slackMs`: how imprecise the event's start is.
[[nodiscard]] std::optional<Link> weigh(const ErrorEvent &event, const SymptomFacts &facts, qint64 slackMs,
                                        const CauseCandidate &candidate, const CorrelationContext &context);

/// The candidate with the largest weight over 0; of equals the one that began first, then by component.
[[nodiscard]] std::optional<Link> causeOf(const ErrorEvent &event, const SymptomFacts &facts, qint64 slackMs,
                                          std::span<const CauseCandidate> candidates, const CorrelationContext &context);

/// Which of the host's resources a series measures; None for all others.
enum class HostResource { None, Memory, Cpu, Disk, Io, Network };
[[nodiscard]] HostResource hostResource(const QString &metric);

} // namespace prunella
