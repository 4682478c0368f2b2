#pragma once
// What is handed to and read from the store.
#include "core/model/Change.h"
#include "core/model/Deployment.h"
#include "core/model/Incident.h"
#include "core/model/Pattern.h"
#include "core/model/Sample.h"
#include "core/model/Topology.h"

#include <QJsonObject>

namespace prunella {

/// Written before an action starts; without an outcome it is unfinished business of the next engine.
struct JournalIntent {
    ActionRequest request;
    quint64 epoch = 0;        ///< which start of the engine wrote it
    qint64 at = 0;            ///< wall ms
};

struct JournalOutcome {
    ActionResult result;
    qint64 at = 0;
};

/// What becomes known of an action beside its intent and its outcome.
struct JournalNote {
    enum class Kind { Started, Verified, Undone };
    QString actionId;
    Kind kind = Kind::Started;
    QString text;             ///< Verified: verdict and values; Undone: by which action
    qint64 at = 0;            ///< wall ms
};

/// A row of recovery_procedures: what a procedure is; its success is counted from the incidents.
struct ProcedureRow {
    QString id, errorPattern; ///< its name; "memory_leak/service_leak,returning_leak", "unknown/*" for all causes
    QString steps;            ///< JSON
    qint64 at = 0;            ///< wall ms: when it was read; kept as last_updated while nothing else changes
};

struct AuditRecord {
    qint64 at = 0;
    QString actor;            ///< "engine", "uid 1000 (anna)", "console"
    QString verb;             ///< approve, reject, acknowledge, resolve, pause, resume, mode, reload, settings, start, stop
    QString subject;          ///< incident id, target or key
    QString detail;
};

/// A notification that must arrive at least once.
struct OutboxItem {
    QString deliveryId;       ///< stable over all tries
    QString incidentId;
    QString channel;          ///< name in the configuration
    QString event;            ///< escalated | reminder | acknowledged | resolved | test
    QJsonObject body;
    qint64 createdAt = 0;
    int tries = 0;
};

/// A process of our process manager, to be adopted by the next engine.
struct ManagedProcess {
    QString service;
    qint64 pid = 0;
    quint64 startTicks = 0;   ///< field 22 of /proc/PID/stat: with pid and boot it names the process for good
    QString bootId;
    QString outputFile;
    qint64 startedAt = 0;
};

/// A person's word on an incident, or on one that was missed.
struct IncidentMark {
    QString incidentId;       ///< empty: Missed
    QString component;
    qint64 at = 0;            ///< wall ms: Missed: when there should have been one
    Feedback feedback;
};

/// What changed in the graph of dependencies.
struct TopologyDelta {
    QList<TopologyEdge> gone;           ///< no longer in the graph: their rows stay, ended
    QList<TopologyEdge> seen;           ///< new, seen again or with another detail; after `gone`
    qint64 at = 0;                      ///< wall ms: when those in `gone` left the graph
    [[nodiscard]] bool isEmpty() const { return gone.isEmpty() && seen.isEmpty(); }
};

/// What commits together, durably, ahead of all samples.
struct Transaction {
    QList<Incident> incidents;          ///< whole, replaced by id
    QList<JournalIntent> intents;
    QList<JournalOutcome> outcomes;
    QList<AuditRecord> audits;
    QList<OutboxItem> outbox;           ///< new or with another number of tries
    QStringList delivered;              ///< delivery ids
    QList<ManagedProcess> processes;    ///< replaced by service
    QStringList endedProcesses;         ///< services
    QMap<QString, QString> state;       ///< small durable values: epoch, pauses, unit states; empty value removes
    std::optional<QList<IncidentPattern>> patterns; ///< replace all that were known
    QList<ErrorEvent> events;           ///< what the detectors found, for a backtest
    QList<IncidentMark> marks;          ///< the last word on an incident counts
    QList<ChangeRecord> changes;        ///< replaced by id
    TopologyDelta topology;
    QList<JournalNote> notes;
    QList<ReleaseRecord> releases;      ///< replaced by service and release
    std::optional<QList<ProcedureRow>> procedures; ///< replace all that were known
    [[nodiscard]] bool isEmpty() const
    {
        return incidents.isEmpty() && intents.isEmpty() && outcomes.isEmpty() && audits.isEmpty() && outbox.isEmpty()
            && delivered.isEmpty() && processes.isEmpty() && endedProcesses.isEmpty() && state.isEmpty() && events.isEmpty()
            && marks.isEmpty() && !patterns && changes.isEmpty() && topology.isEmpty() && notes.isEmpty() && releases.isEmpty() && !procedures;
    }
};

enum class CommitState { Durable, Fallback, Lost };

struct CommitResult {
    CommitState state = CommitState::Durable;
    QString error;            ///< why it is not durable: "disk full: …"
};

/// What the store is able to do now; shown in the header when it is not all well.
struct StoreHealth {
    bool journalOk = true;
    bool metricsOk = true;
    bool damagedAndReplaced = false;  ///< stays until a person acknowledges it
    QString text;
};

/// What the next engine needs to continue.
struct StoredState {
    QList<Incident> openIncidents;
    QList<Incident> recentIncidents;    ///< resolved within the last day, newest last; then those with actions that were merged into others
    QList<JournalIntent> unfinished;    ///< intents without outcome
    QList<OutboxItem> undelivered;
    QList<ManagedProcess> processes;
    QMap<QString, QString> state;
    QList<ChangeRecord> recentChanges;  ///< of the last day before the newest one, oldest first
    QList<ReleaseRecord> releases;      ///< of all services, oldest first
};

} // namespace prunella
