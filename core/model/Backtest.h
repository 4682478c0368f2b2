#pragma once
// What another configuration would have made of the stored history, beside what really happened.
#include "core/model/Incident.h"
#include "core/model/Store.h"

#include <QJsonObject>

namespace prunella {

enum class BacktestKind {
    Same,  ///< in both
    Gone,  ///< really happened, would not have
    New,   ///< would have happened, really did not
    Part,  ///< really one of its own, would have been part of another (or the other way round)
};
[[nodiscard]] QString toString(BacktestKind kind);

/// One line of the comparison. Of a Part the other side is absent.
struct BacktestPair {
    BacktestKind kind = BacktestKind::Same;
    std::optional<Incident> real, would;
    qint64 laterMs = 0;       ///< Same: would have been detected so much later; negative: earlier
    QString why;              ///< one sentence with the values
    bool coversMissed = false; ///< New: people say that an incident was missed here
    [[nodiscard]] const Incident &incident() const { return real ? *real : *would; }
};

/// What was done, asked and refused in one of the two worlds.
struct BacktestTally {
    int incidents = 0, resolved = 0, escalated = 0, approvals = 0;
    QMap<ActionType, int> runs, asks, refused; ///< by decision; one action may have been asked about and run
    QMap<Reason, int> refusals;    ///< nothing more happened by itself, and why
    QMap<Reason, int> waits;       ///< put off, and why; of reality only what the incident still shows
    [[nodiscard]] int runsOfAll() const;
};

/// On which history it rests.
struct BacktestBasis {
    qint64 from = 0, to = 0;       ///< wall ms, `to` not included
    int series = 0;
    qint64 samples = 0, rolledUp = 0; ///< rolledUp: of the samples, means of minutes
    qint64 rawFrom = 0;            ///< wall ms: before it only means of minutes are left; 0: none was needed
    int events = 0;                ///< told as they were: crashes, exits, failing checks
    int assumedEvents = 0;         ///< taken from incidents that are older than the record of events
    int leftOut = 0;               ///< events and series of services that the configuration does not watch
    int assumedHealed = 0;         ///< actions that count as healing because the same one healed later in reality
};

struct BacktestReport {
    QString configName;            ///< "candidate.yaml", empty: the current configuration
    Mode mode = Mode::Approve;
    BacktestBasis basis;
    QList<BacktestPair> pairs;     ///< by time
    BacktestTally real, would;
    QList<IncidentMark> missed;    ///< what people say was missed
    int same = 0, gone = 0, added = 0, parts = 0;
    int falseAlarmsAvoided = 0, realMissed = 0, unjudged = 0; ///< of those that are gone
    int falseAlarmsKept = 0;       ///< of the same ones
    int missedCovered = 0;         ///< missed ones that would have been seen
    QStringList cannotKnow;        ///< what a replay cannot know, one sentence each
    [[nodiscard]] bool isDifferent() const;
};

/// "With candidate.yaml: 4 incidents instead of 11; 2 real ones missed, 6 false alarms avoided; 7 restarts fewer."
[[nodiscard]] QString verdictOf(const BacktestReport &report);
/// "restart_service, healed after 40 s", "asked, cleared by itself", "escalated: 3 of 3 attempts …"
[[nodiscard]] QString courseOf(const Incident &incident);
/// How often a person was asked.
[[nodiscard]] int approvalsAsked(const Incident &incident);

[[nodiscard]] QJsonObject toJson(const BacktestReport &report);

} // namespace prunella
