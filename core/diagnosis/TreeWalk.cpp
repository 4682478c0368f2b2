#include "core/diagnosis/TreeWalk.h"

#include "core/diagnosis/FactLogic.h"
#include "core/diagnosis/Posterior.h"

namespace prunella {
namespace {

constexpr int deepest = 64; // a tree that comes from the loader cannot hold a circle; one from elsewhere must not hang us

int answerNamed(const TreeQuestion &question, const QString &name)
{
    for (int i = 0; i < question.answers.size(); ++i) {
        if (question.answers[i].name == name)
            return i;
    }
    return -1;
}

} // namespace

TreeWalk::TreeWalk(const DecisionTree &tree, const Evidence &evidence) : m_tree(tree), m_evidence(evidence)
{
    for (int i = 0; i < tree.questions.size(); ++i)
        m_questions.insert(tree.questions[i].id, i);
    double sum = 0;
    for (int i = 0; i < tree.causes.size(); ++i) {
        m_causes.insert(tree.causes[i].id, i);
        sum += tree.causes[i].prior;
    }
    for (const TreeCause &cause : tree.causes)
        m_probability.push_back(sum > 0 ? cause.prior / sum : 0);
    collect(tree.first, 0);
    walk();
}

std::vector<int> TreeWalk::collect(const QString &id, int depth)
{
    std::vector<int> causes;
    if (const int cause = causeIndex(id); cause >= 0)
        causes.push_back(cause);
    if (const int question = questionIndex(id); question >= 0 && depth < deepest) {
        for (const TreeAnswer &answer : m_tree.questions[question].answers) {
            const std::vector<int> below = collect(answer.then, depth + 1);
            causes.insert(causes.end(), below.begin(), below.end());
        }
    }
    m_below.insert(id, causes);
    return causes;
}

const std::vector<int> &TreeWalk::causesBelow(const QString &id) const
{
    static const std::vector<int> none;
    const auto it = m_below.constFind(id);
    return it == m_below.cend() ? none : *it;
}

const WalkStep *TreeWalk::stepOf(const QString &question) const
{
    const int index = questionIndex(question);
    const auto it = std::find_if(m_steps.begin(), m_steps.end(), [index](const WalkStep &s) { return s.question == index; });
    return it == m_steps.end() ? nullptr : &*it;
}

void TreeWalk::walk()
{
    QString id = m_tree.first;
    while (questionIndex(id) >= 0 && m_steps.size() < deepest) {
        WalkStep step;
        step.question = questionIndex(id);
        const TreeQuestion &question = m_tree.questions[step.question];
        if (question.answers.isEmpty())
            return;
        step.before = m_probability;
        answer(step);
        if (step.known) {
            std::vector<AnswerShare> shares;
            for (const TreeAnswer &one : question.answers)
                shares.push_back({one.likelihood, causesBelow(one.then)});
            const auto weaker = step.hint < 0 ? std::nullopt : std::optional(question.hints[step.hint].likelihood);
            observe(m_probability, shares, std::size_t(step.taken), weaker);
        }
        id = question.answers[step.taken].then;
        m_steps.push_back(std::move(step));
    }
    m_cause = causeIndex(id);
}

/// The first answer that is true; with none true and none unknown the one without `when`; else the hints; else unknown.
void TreeWalk::answer(WalkStep &step) const
{
    const TreeQuestion &question = m_tree.questions[step.question];
    bool unknown = false;
    int otherwise = -1;
    for (int i = 0; i < question.answers.size(); ++i) {
        const auto &when = question.answers[i].when;
        const std::optional<bool> held = when ? holds(*when, m_evidence) : std::optional(false);
        if (held.value_or(false)) {
            step.taken = i;
            step.known = true;
            return;
        }
        unknown |= !held;
        otherwise = when ? otherwise : i;
    }
    step.known = !unknown && otherwise >= 0;
    step.taken = otherwise;
    for (int i = 0; i < question.hints.size() && !step.known; ++i) {
        if (!holds(question.hints[i].when, m_evidence).value_or(false))
            continue;
        step.taken = answerNamed(question, question.hints[i].answer);
        step.known = step.taken >= 0;
        step.hint = i;
    }
    if (step.known)
        return;
    step.hint = -1;
    const int named = answerNamed(question, question.unknown);
    step.taken = named >= 0 ? named : likeliestAnswer(question);
}

int TreeWalk::likeliestAnswer(const TreeQuestion &question) const
{
    int best = 0;
    double most = -1;
    for (int i = 0; i < question.answers.size(); ++i) {
        const double mass = massOf(m_probability, causesBelow(question.answers[i].then));
        if (mass > most) {
            most = mass;
            best = i;
        }
    }
    return best;
}

} // namespace prunella
