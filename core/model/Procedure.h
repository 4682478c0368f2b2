#pragma once
// A recovery procedure as plain structs; core/config/ProcedureLoader fills them from YAML. Durations are milliseconds.
#include "core/model/DecisionTree.h"
#include "core/model/Enums.h"

#include <QMap>
#include <optional>

namespace prunella {

enum class OnFailure { Next, Undo, Escalate, Stop };
enum class ParameterType { Text, Word, Integer, Number, Path, Duration, Size };
/// What a step is verified by, beside that its call succeeded.
enum class StepVerify { Full, Condition, Checks, None };

/// One value handed to an action: written down, or taken from the incident's evidence, always of its type.
struct StepParameter {
    QString name;
    ParameterType type = ParameterType::Text;
    QString value;                    ///< as written; empty: `fact` has it
    QString fact;                     ///< key of the evidence, for example unit.main_pid
    std::optional<double> min, max;   ///< Integer, Number, Duration (ms), Size (bytes)
    QString otherwise;                ///< when the fact is missing; empty: then the step is left out
    QStringList oneOf;                ///< the only words allowed; empty: any of its type
};

struct ProcedureStep {
    QString id;                       ///< unique within the procedure
    QString text;                     ///< a few words for people; empty: the action's own
    ActionType action = ActionType::RestartService;
    QList<StepParameter> parameters;
    std::optional<FactCondition> when;///< absent: always; unknown counts as no
    std::optional<qint64> timeoutMs;  ///< absent: recovery_timeout
    std::optional<qint64> settleMs;   ///< absent: the service's
    StepVerify verify = StepVerify::Full;
    OnFailure onFailure = OnFailure::Next; ///< the call failed, or the verification says unchanged or worse
    int approvals = 0;                ///< 0: as the policy says; 2: `approve: two`
    bool repeat = false;              ///< may be done again in one incident while attempts are left
};

struct Procedure {
    QString name;
    QString file;
    QString text;                     ///< one sentence for people
    QList<ErrorType> appliesTo;
    QStringList causes;               ///< ids of causes of the trees; empty: all
    QList<Manager> managers;          ///< empty: all
    QStringList services;             ///< empty: all
    std::optional<FactCondition> when;
    QList<ProcedureStep> steps;
    QList<TreeQuery> queries;         ///< log, events and change forms of its conditions; each key once; never a probe
};

} // namespace prunella
