#pragma once
// Actions, the policy's word on them, and what came of it.
#include "core/model/Enums.h"
#include "core/model/Reason.h"

#include <QList>
#include <QMap>
#include <QString>
#include <optional>

namespace prunella {

enum class Decision { Run, Ask, Wait, Refuse };

struct RecoveryDecision {
    Decision decision = Decision::Refuse;
    Reason reason = Reason::NoAction;
    QString detail;              ///< one sentence with the values: "3 of 3 attempts in 1 h"
    qint64 retryAtMonotonicMs = 0; ///< Wait: when to ask again
};

/// One person's yes: who, from where, when.
struct Approval {
    QString by;                  ///< "uid 1000 (anna)"
    QString from;                ///< "console", "pts/3 of HOST"
    qint64 at = 0;               ///< wall ms
};

/// What is about to be done, written to the journal before it is done.
struct ActionRequest {
    QString id;
    QString incidentId;
    ActionType type = ActionType::RestartService;
    QString target;              ///< the service's name
    Manager manager = Manager::Systemd;
    QString unit;                ///< systemd: the unit's name
    int timeoutMs = 600'000;     ///< recovery_timeout
    int attempt = 1;
    QString call;                ///< the exact call, as the operator is shown it
    QString stateBefore;         ///< "failed/failed result=signal invocation=…" or "pid 123"
    QString invocationBefore;    ///< systemd: InvocationID before; tells afterwards whether a start happened at all
    bool resetStartLimit = false; ///< past systemd's start limit; the policy lets only a person do this
    bool interactive = false;    ///< a person clicked: polkit may ask for authorisation
    QString subject;             ///< adjust_timeout: the timeout's name; run_command: the command's; resources: "memory", "instances", …
    QString valueBefore;         ///< as it stands now: in the file, of the limit (bytes, percent, a count), the release
    QString valueTarget;         ///< what will stand there, absolute: never "times 1.25"
    QString fingerprint;         ///< adjust_timeout: SHA-256 of the file's bytes; another one: nothing is done. Empty: only the value counts
    QString plan;                ///< free_disk_space: what is deleted, as JSON (recovery/DiskPlan.h); others: what they say in their header
    bool idempotent = false;     ///< twice is the same as once: it may be done again when nobody knows whether it was done
    QString undoes;              ///< id of the action that this takes back; empty: it is no undo
    QString procedure;           ///< name of the procedure that this is a step of; empty: the diagnosis' own list
    QString step;                ///< id of that step
    QMap<QString, QString> parameters = {}; ///< of the step, resolved
};

enum class FailureKind { None, Failed, Timeout, NotAuthorised, StartLimit, Cancelled, NoBus };

/// What an action came back with.
struct ActionResult {
    QString actionId;
    ActionStatus status = ActionStatus::Failed;
    FailureKind failure = FailureKind::None;
    QString output;              ///< last lines of output or the job's result, bounded to 4 KiB
    qint64 newPid = 0;
    QString attachment = {};     ///< absolute path of what it brought with it (enable_monitoring: the snapshot); empty: nothing
};

/// An action as it stands in an incident.
struct RecoveryActionRecord {
    QString id;
    ActionType type = ActionType::RestartService;
    QString target;
    ActionStatus status = ActionStatus::Pending;
    RecoveryDecision decision;
    QString call;
    int attempt = 1;
    qint64 startedAt = 0;        ///< wall ms, as all times here
    qint64 completedAt = 0;
    bool verified = false;
    std::optional<Verdict> verdict;
    QString verifyText;          ///< what the verification saw
    QString approvedBy;          ///< empty: nobody was asked
    QString output;
    FailureKind failure = FailureKind::None;
    QString invocationBefore;
    QString subject, valueBefore, valueTarget, plan; ///< as in the request: what an undo is made of
    QString undoes;              ///< as in the request
    QString undoneBy;            ///< id of the action that took it back; empty: it stands
    QString procedure, step;     ///< as in the request
    QList<Approval> approvals;   ///< every yes, in order
    QString attachment;          ///< as in the result
    QMap<QString, QString> parameters; ///< as in the request
};

} // namespace prunella
