#pragma once
// One procedure's map of keys; inside core/config.
#include "core/config/ConditionReader.h"
#include "core/model/Procedure.h"

namespace prunella {

class ProcedureReader
{
public:
    /// All of them outlive this object.
    ProcedureReader(Procedure &procedure, const QList<DecisionTree> &trees, QList<ConfigProblem> &problems)
        : m_procedure(procedure), m_trees(trees), m_problems(problems) {}

    void read(YamlReader &top);

private:
    void readTypes(YamlReader &top);
    void readManagers(YamlReader &top);
    void checkCauses(YamlReader &top);
    void readStep(YamlReader &reader, ProcedureStep &step);
    void readParameters(YamlReader &reader, ProcedureStep &step);
    void readFactValue(YamlReader &reader, StepParameter &parameter);
    void readVerify(YamlReader &reader, ProcedureStep &step);
    std::optional<FactCondition> readWhen(YamlReader &reader);
    void checkFacts();
    void problem(const YamlPosition &at, const QString &key, const QString &text, ProblemLevel level = ProblemLevel::Error);
    /// Calls `take` for each text of a list; a false answer is the problem of that very element.
    void eachWord(YamlReader &reader, QLatin1StringView key, const QString &kind, const QStringList &known,
                  const std::function<bool(const QString &)> &take);

    Procedure &m_procedure;
    const QList<DecisionTree> &m_trees;
    QList<ConfigProblem> &m_problems;
    ConditionNotes m_notes;
    QList<TreePlace> m_values;         ///< facts that parameters are taken from
};

} // namespace prunella
