#pragma once
// What earlier incidents have in common: found by core/learning, kept by the store, shown with each further incident.
#include "core/model/Incident.h"

#include <QStringList>

namespace prunella {

/// How a message template stands among a diagnosis's correlated events: "log: Connection from <*> lost".
inline const QString logEventPrefix = QStringLiteral("log: ");

/// What the recognition of patterns needs to know of an incident.
struct IncidentFact {
    QString id;
    QString component;
    ErrorType type = ErrorType::Unknown;
    qint64 at = 0;                      ///< wall ms: when the fault began
    bool over = false;                  ///< resolved, by whatever
    std::optional<ActionType> healedBy; ///< the action that was verified; absent: it ended otherwise, or is open
    QStringList templates;              ///< message templates seen before it, in order; empty: not known
};

/// A new version of a service went live.
struct DeploymentFact {
    QString service, version;
    qint64 at = 0;                      ///< wall ms
};

/// `support` of `outOf` opportunities bore it out; what an opportunity is depends on the kind (core/learning/README.md).
struct IncidentPattern {
    PatternKind kind = PatternKind::Recurring;
    QString component;                  ///< of the incidents that it is about
    ErrorType type = ErrorType::Unknown;
    int occurrences = 0;                ///< all incidents of this component and type in the history
    int support = 0, outOf = 0;
    double confidence = 0;              ///< lower end of the 95 % Wilson interval of support / outOf
    std::optional<double> chance;       ///< probability that chance alone gives as much, corrected for the number of tests;
                                        ///< absent: nothing to test against
    qint64 firstAt = 0, lastAt = 0;     ///< wall ms, of the incidents that bear it out
    PatternPeriod period = PatternPeriod::None; ///< Periodic
    int phaseMinute = 0;                ///< Periodic: minutes from the period's start in local time; a week starts on Monday
    int spreadMinutes = 0;              ///< Periodic: none of `support` was further from the phase
    QString timeZone;                   ///< Periodic: IANA name of the zone whose clock it follows
    QString predecessor;                ///< Follows…: the component that comes before
    std::optional<ErrorType> predecessorType; ///< FollowsIncident
    qint64 lagMs = 0, lagSpreadMs = 0;  ///< Follows…, Sequence: median, and median distance from it
    QStringList sequence;               ///< Sequence: "component/error_type" or template ids, in order
    std::optional<ActionType> healedBy; ///< the action that was verified most often
    int healed = 0, healedOf = 0;       ///< by that action, of the incidents that bear it out and are over
    bool operator==(const IncidentPattern &) const = default;
};

/// Is the incident one of those that the pattern is about?
[[nodiscard]] inline bool isAbout(const IncidentPattern &pattern, const Incident &incident)
{
    return pattern.component == incident.component && pattern.type == incident.type;
}

[[nodiscard]] inline QList<IncidentPattern> patternsOf(const Incident &incident, const QList<IncidentPattern> &all)
{
    QList<IncidentPattern> some;
    for (const IncidentPattern &pattern : all) {
        if (isAbout(pattern, incident))
            some.append(pattern);
    }
    return some;
}

} // namespace prunella
