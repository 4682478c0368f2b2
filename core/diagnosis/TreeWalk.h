#pragma once
// One walk through one decision tree: which answers were taken, and what the causes are worth after each.
#include "core/model/DecisionTree.h"
#include "core/model/Diagnosis.h"

#include <QHash>
#include <vector>

namespace prunella {

struct WalkStep {
    int question = 0;
    int taken = 0;               ///< the answer walked to
    bool known = false;          ///< false: the facts are missing, nothing was learned
    int hint = -1;               ///< the hint that answered in place of the question
    std::vector<double> before;  ///< of each cause, before this answer
};

class TreeWalk
{
public:
    TreeWalk(const DecisionTree &tree, const Evidence &evidence);

    [[nodiscard]] const std::vector<WalkStep> &steps() const { return m_steps; }
    [[nodiscard]] const std::vector<double> &probability() const { return m_probability; } ///< after all answers
    [[nodiscard]] int cause() const { return m_cause; }      ///< index of the cause walked to; -1: the tree is broken
    [[nodiscard]] const std::vector<int> &causesBelow(const QString &id) const;
    [[nodiscard]] const WalkStep *stepOf(const QString &question) const; ///< null: not asked
    [[nodiscard]] int questionIndex(const QString &id) const { return m_questions.value(id, -1); }
    [[nodiscard]] int causeIndex(const QString &id) const { return m_causes.value(id, -1); }

private:
    std::vector<int> collect(const QString &id, int depth);
    void walk();
    void answer(WalkStep &step) const;
    [[nodiscard]] int likeliestAnswer(const TreeQuestion &question) const;

    const DecisionTree &m_tree;
    const Evidence &m_evidence;
    QHash<QString, int> m_questions, m_causes;
    QHash<QString, std::vector<int>> m_below;
    std::vector<double> m_probability;
    std::vector<WalkStep> m_steps;
    int m_cause = -1;
};

} // namespace prunella
