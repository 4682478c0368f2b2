#pragma once
// The rows of which a transaction is made.
#include "core/model/Incident.h"
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

} // namespace prunella
