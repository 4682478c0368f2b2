#pragma once
// What the pipeline asks of its surroundings, and what it hands them to do.
#include "core/base/Clock.h"
#include "core/diagnosis/Correlator.h"
#include "core/diagnosis/TypeByChange.h"
#include "core/model/ActionPlan.h"
#include "core/model/Frame.h"
#include "core/model/Procedure.h"
#include "core/model/Store.h"
#include "core/model/TreeQuery.h"

#include <functional>

namespace prunella {

/// What the pipeline needs to know of the world at the moment of a decision; answers must be values at hand.
struct TargetFacts {
    QString stateBefore;         ///< "failed/failed result=signal" or "pid 123 ended"
    QString invocation;
    bool managerRestarting = false;
    bool startLimitHit = false;
    std::optional<qint64> downSinceMs; ///< monotonic: it is known not to run since then
};

/// The next thing to do, whoever chose it: the diagnosis' own list, a step of a procedure, or a person.
struct Wish {
    ActionType type = ActionType::RestartService;
    QMap<QString, QString> parameters = {};
    QString procedure = {}, step = {};
    std::optional<qint64> timeoutMs = {};    ///< absent: recovery_timeout
    int approvals = 0;                       ///< so many people at least; 0: as the policy says
};

/// What a procedure says next.
struct ProcedureWord {
    enum class Kind { Run, Ended, Escalate };
    Kind kind = Kind::Ended;
    Wish wish = {};
    QString why = {};                        ///< one sentence
};

struct PipelineHooks {
    std::function<Diagnosis(const Incident &)> diagnose;
    std::function<QList<ProbeOrder>(const Incident &)> probes; ///< what its tree asks of the world next; absent: never (a replay)
    std::function<TargetFacts(const ServiceConfig &)> facts;
    std::function<QString(const ActionRequest &)> describe; ///< the exact call, for people
    std::function<Preflight(LookInput, const Now &)> preflight; ///< absent: no look (a replay)
    std::function<bool(const Condition &)> flapping; ///< absent: never
    std::function<SymptomFacts(const QString &component)> symptom; ///< absent: nothing beside the event is known
    std::function<std::optional<TypeReason>(const ErrorEvent &)> trueType; ///< absent: it is what its detector said
    std::function<QList<ChangeRecord>()> changes; ///< of the last hours; absent: none is known
    /// What the procedure for this incident says next, given what is possible now; absent, or nothing: there is none, and the
    /// diagnosis' own list counts.
    std::function<std::optional<ProcedureWord>(const Incident &, const std::function<bool(const Wish &)> &possible)> procedure;
    std::function<std::optional<ProcedureStep>(const QString &procedure, const QString &step)> step; ///< absent: none is known
    /// How many people at least the steps of the incident's procedure demand for such an action; absent: none says anything.
    std::function<int(const Incident &, ActionType)> stepApprovals;
    std::function<QList<ReleaseRecord>(const QString &service)> releases; ///< absent: none is known
    std::function<QString()> newId;
};

/// Each answers one question at least; no sensible tree asks more on one way.
inline constexpr int mostProbeRounds = 16;

struct Told { QString event; QString incidentId; }; ///< for the desktop

/// Everything that follows from one input. `transaction` commits first; `run` and `verify` start after it.
struct PipelineOutput {
    Transaction transaction;
    std::vector<ActionRequest> run;
    QList<ProbeRound> probes;              ///< to run at once; always answered by probed()
    QStringList verify;                    ///< incident ids
    QList<ApprovalRequest> asked;
    QList<std::pair<QString, QString>> withdrawn; ///< incident id, reason
    QList<Told> desktop;
    QStringList changed;                   ///< incident ids
    QList<EngineEvent> events;
    std::optional<CommandAnswer> answer;
};

} // namespace prunella
