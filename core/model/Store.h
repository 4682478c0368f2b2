#pragma once
// What is handed to and read from the store.
#include "core/model/Change.h"
#include "core/model/Deployment.h"
#include "core/model/Incident.h"
#include "core/model/Pattern.h"
#include "core/model/Sample.h"
#include "core/model/StoreRows.h"

namespace prunella {

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
