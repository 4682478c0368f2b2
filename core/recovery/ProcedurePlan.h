#pragma once
// Which procedure an incident is treated by, and which of its steps comes next. Pure.
#include "core/base/Result.h"
#include "core/model/Incident.h"
#include "core/model/Procedure.h"
#include "core/model/ServiceConfig.h"

#include <functional>

namespace prunella {

/// Whether a condition is true on the incident's evidence; nothing: not known, which counts as no.
using ConditionHolds = std::function<std::optional<bool>(const FactCondition &)>;
/// Whether an action can be had now: supported, attempts left, nothing that the look beforehand objects to.
using StepPossible = std::function<bool(const ProcedureStep &, const QMap<QString, QString> &parameters)>;

/// The most specific one that is for this incident: by its services, then its causes, its managers, its `when`; of equals the
/// later one. Null: none, and the diagnosis' own list counts. None without a diagnosis; and where the diagnosis recommends
/// nothing, only one that names the cause.
[[nodiscard]] const Procedure *chooseProcedure(const QList<Procedure> &procedures, const Incident &incident, const ServiceConfig *service,
                                               const ConditionHolds &holds);

struct NextStep {
    enum class Kind {
        Run,                          ///< `step` with `parameters`
        Ended,                        ///< nothing is left, or a step said stop
        Escalate,                     ///< a step said that a person takes over
    };
    Kind kind = Kind::Ended;
    /// Not Run: the last step that was due and not possible, so that the policy can say why; null when there is none.
    const ProcedureStep *step = nullptr;
    QMap<QString, QString> parameters;
    QString why;                      ///< one sentence
};

/// The step after the last one that was done, as the incident's records tell (by procedure and step: completed, failed, unknown,
/// rolled back; no undo). A step is given once, with `repeat` again as long as it did not help and is possible. What a step that
/// did not help says `on_failure` counts; Undo has happened by then and goes on like Next. Ends for any answers of `possible`.
[[nodiscard]] NextStep nextStep(const Procedure &procedure, const Incident &incident, const Evidence &evidence, const ConditionHolds &holds,
                                const StepPossible &possible);

/// One step that is still to come, for a dry run: what it would be done with, or why it would be left out.
struct StepOutlook {
    const ProcedureStep *step = nullptr;
    QMap<QString, QString> parameters;
    QString leftOut;                  ///< one sentence; empty: it is due
};
/// All that are still to come, in order. `possible` is not asked: what nobody did yet cannot have failed.
[[nodiscard]] QList<StepOutlook> remainingSteps(const Procedure &procedure, const Incident &incident, const Evidence &evidence,
                                                const ConditionHolds &holds);

/// The values of a step: written ones as they are, others from evidence, each checked against its type and bounds. The error says
/// which one is missing or refused.
[[nodiscard]] Result<QMap<QString, QString>> resolveParameters(const ProcedureStep &step, const Evidence &evidence);

} // namespace prunella
