#pragma once
// A look at what an action would do, before it is decided: values, made off the engine thread.
#include "core/model/Deployment.h"
#include "core/model/Recovery.h"
#include "core/model/ServiceConfig.h"

namespace prunella {

/// What a look is given.
struct LookInput {
    ServiceConfig target;
    ActionType type = ActionType::RestartService;
    QString causeId;                  ///< of the diagnosis; may be empty
    QMap<QString, QString> parameters;///< of a procedure's step, resolved; see core/recovery/README.md for those of each action
    QList<ServiceConfig> related;     ///< what the target depends on, near ones first; then the members of its restart group
    QList<ReleaseRecord> releases;    ///< of the target, oldest first
    qint64 nowWallMs = 0;
};

/// What a look found: the fields of the intent, and what speaks against the action.
struct Preflight {
    QString subject, valueBefore, valueTarget, fingerprint, plan; ///< as in ActionRequest
    bool repeatable = true;           ///< false: a second time is a person's decision
    std::optional<RecoveryDecision> objection;
    bool idempotent = false;          ///< as in ActionRequest
};

} // namespace prunella
