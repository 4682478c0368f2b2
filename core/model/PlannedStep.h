#pragma once
// What would be done for an incident now: a dry run, as values and as text for terminals.
#include "core/model/Recovery.h"

#include <QStringList>

namespace prunella {

struct PlannedStep {
    QString step;                     ///< id within the procedure; empty: an action of the diagnosis' own list
    QString text;                     ///< a few words for people; may be empty
    ActionType action = ActionType::RestartService;
    QString target;
    QMap<QString, QString> parameters;///< resolved
    QString call;                     ///< exactly what would be called; empty: it could not be found out
    bool due = true;                  ///< false: it would be left out, `verdict` says why
    RecoveryDecision verdict;         ///< due: the policy's word as of now
    QString onFailure;                ///< "next", "undo", "escalate", "stop"
};

struct IncidentPlan {
    QString incidentId;
    QString procedure;                ///< its name; empty: the diagnosis' own list
    QString why;                      ///< what stands before all steps: "no step is left", "a person takes over"; may be empty
    QList<PlannedStep> steps;         ///< in order, those that would be left out among them
};

/// Lines without an end of line: a heading, then two or three for each step.
[[nodiscard]] QStringList planLines(const IncidentPlan &plan);

} // namespace prunella
