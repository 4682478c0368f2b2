#include "core/diagnosis/Diagnose.h"

#include "core/diagnosis/EvidenceBuilder.h"
#include "core/diagnosis/FactLogic.h"
#include "core/diagnosis/Posterior.h"
#include "core/diagnosis/Template.h"
#include "core/diagnosis/TreeWalk.h"

namespace prunella {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostFactsTold = 3;

/// What is known of a condition's facts.
QStringList known(const std::optional<FactCondition> &condition, const Evidence &evidence)
{
    QStringList texts;
    for (const QString &key : condition ? factsOf(*condition) : QStringList()) {
        const auto fact = evidence.constFind(key);
        if (fact != evidence.cend() && fact->value.isValid())
            texts << evidenceText(key, *fact);
    }
    return texts;
}

/// Why a fact has no value; "unit.result is not known" where nobody could say.
QString whyUnknown(const QString &key, const Evidence &evidence)
{
    const QString why = evidence.value(key).text;
    return why.isEmpty() ? QString(key + u" is not known"_s) : QString(u"not known: "_s + why);
}

/// All that a question looked at; what was missing only where it mattered.
QStringList evidenceOf(const TreeQuestion &question, const WalkStep &step, const Evidence &evidence)
{
    QStringList texts, missing;
    const auto look = [&](const FactCondition &condition) {
        for (const QString &key : factsOf(condition)) {
            if (!evidence.value(key).value.isValid())
                missing << whyUnknown(key, evidence);
        }
        texts << known(condition, evidence);
    };
    for (const TreeAnswer &answer : question.answers) {
        if (answer.when)
            look(*answer.when);
    }
    for (int i = 0; i < question.hints.size() && (step.hint >= 0 || !step.known); ++i)
        look(question.hints[i].when);
    if (!step.known || step.hint >= 0)
        texts << missing;
    texts.removeDuplicates();
    return texts;
}

/// Where the walk left the way to this cause, and what decided it there; empty when nothing did.
QStringList whatExcluded(const DecisionTree &tree, const TreeWalk &walk, int cause, const Evidence &evidence)
{
    for (const WalkStep &step : walk.steps()) {
        const TreeQuestion &question = tree.questions[step.question];
        const auto leadsThere = [&](const TreeAnswer &answer) {
            const auto &below = walk.causesBelow(answer.then);
            return std::find(below.begin(), below.end(), cause) != below.end();
        };
        const TreeAnswer &taken = question.answers[step.taken];
        if (leadsThere(taken))
            continue;
        if (!step.known)
            return {};
        const auto missed = std::find_if(question.answers.begin(), question.answers.end(), leadsThere);
        QStringList texts = step.hint >= 0 ? known(question.hints[step.hint].when, evidence) : known(taken.when, evidence);
        if (texts.isEmpty() && missed != question.answers.end())
            texts = known(missed->when, evidence);
        if (texts.isEmpty())
            texts << QString(question.text + u' ' + taken.name);
        texts.removeDuplicates();
        return texts.mid(0, mostFactsTold);
    }
    return {};
}

struct Explainer {
    const DecisionTree &tree;
    const TreeWalk &walk;
    const Evidence &evidence;

    /// `before`: the probabilities before the question above was answered; empty: it was not asked.
    [[nodiscard]] DiagnosisNode node(const QString &id, bool held, const std::vector<double> &before, int depth = 0) const
    {
        DiagnosisNode result;
        result.id = id;
        result.held = held;
        result.confidence = massOf(walk.probability(), walk.causesBelow(id));
        result.confidenceBefore = before.empty() ? result.confidence : massOf(before, walk.causesBelow(id));
        if (const int cause = walk.causeIndex(id); cause >= 0)
            describe(result, cause);
        else if (const int question = walk.questionIndex(id); question >= 0 && depth < 64)
            describe(result, tree.questions[question], depth);
        return result;
    }
    void describe(DiagnosisNode &result, int cause) const
    {
        result.node = tree.causes[cause].text;
        if (cause != walk.cause()) {
            result.evidence = whatExcluded(tree, walk, cause, evidence);
            return;
        }
        for (const WalkStep &step : walk.steps()) {
            const TreeQuestion &question = tree.questions[step.question];
            if (step.known)
                result.evidence << (step.hint >= 0 ? known(question.hints[step.hint].when, evidence)
                                                   : known(question.answers[step.taken].when, evidence));
        }
        result.evidence.removeDuplicates();
    }
    void describe(DiagnosisNode &result, const TreeQuestion &question, int depth) const
    {
        const WalkStep *step = result.held ? walk.stepOf(question.id) : nullptr;
        result.node = question.text;
        result.asked = step != nullptr;
        if (step) {
            result.answer = step->known ? question.answers[step->taken].name : u"unknown"_s;
            if (step->known)
                result.likelihood = step->hint < 0 ? question.answers[step->taken].likelihood : question.hints[step->hint].likelihood;
            result.evidence = evidenceOf(question, *step, evidence);
        }
        for (int i = 0; i < question.answers.size(); ++i)
            result.children << node(question.answers[i].then, step && step->taken == i,
                                    step ? step->before : std::vector<double>(), depth + 1);
    }
};

QList<QString> ruledOut(const DecisionTree &tree, const TreeWalk &walk, const Evidence &evidence)
{
    QList<QString> texts;
    for (int i = 0; i < tree.causes.size(); ++i) {
        const QStringList why = i == walk.cause() ? QStringList() : whatExcluded(tree, walk, i, evidence);
        if (!why.isEmpty())
            texts << QString(tree.causes[i].text + u": "_s + why.join(u", "_s));
    }
    return texts;
}

/// Without a tree: the detector's sentence and the first things known.
QString whatIsKnown(ErrorType type, const QString &component, const Evidence &evidence)
{
    QString text = evidence.value(u"incident.reason"_s).value.toString();
    if (text.isEmpty())
        text = toString(type) + u" on "_s + component;
    return text + u"; no decision tree covers "_s + toString(type);
}

} // namespace

Diagnosis diagnose(const QList<DecisionTree> &trees, ErrorType type, const QString &component, const Evidence &evidence,
                   const Now &now)
{
    Diagnosis diagnosis;
    diagnosis.component = component;
    diagnosis.wallMs = now.wallMs;
    const DecisionTree *tree = treeFor(trees, type);
    if (!tree) {
        diagnosis.rootCause = whatIsKnown(type, component, evidence);
        return diagnosis;
    }
    const TreeWalk walk(*tree, evidence);
    diagnosis.tree = tree->name;
    diagnosis.root = Explainer{*tree, walk, evidence}.node(tree->first, true, {});
    diagnosis.root.confidenceBefore = 1; // nothing stands above it
    if (walk.cause() < 0)
        return diagnosis;
    const TreeCause &cause = tree->causes[walk.cause()];
    diagnosis.causeId = cause.id;
    diagnosis.confidence = walk.probability()[std::size_t(walk.cause())];
    diagnosis.rootCause = fillTemplate(cause.summary, component, evidence);
    diagnosis.advice = fillTemplate(cause.advice, component, evidence);
    diagnosis.actions = cause.actions;
    diagnosis.ruledOut = ruledOut(*tree, walk, evidence);
    return diagnosis;
}

} // namespace prunella
