#pragma once
// A decision tree as plain structs; core/config/TreeLoader fills them from YAML, core/diagnosis walks them.
// The arithmetic of likelihoods and priors is written down in core/diagnosis/README.md.
#include "core/model/TreeQuery.h"

#include <QList>
#include <QRegularExpression>
#include <QStringList>
#include <QVariant>
#include <optional>

namespace prunella {

/// A statement on facts: true, false, or unknown when the facts it needs are missing.
struct FactCondition {
    enum class Kind {
        All, Any, Not,             ///< of `children`
        Exists, Missing,           ///< never unknown
        Equals, NotEquals, In,     ///< `values`; text is compared exactly, numbers as numbers
        Above, AtLeast, Below, AtMost, ///< `number`
        Matches,                   ///< `pattern`, anywhere in the text
    };
    Kind kind = Kind::All;
    QList<FactCondition> children;
    QString fact;                  ///< its key; of a question form the key of its TreeQuery
    QList<QVariant> values;        ///< bool, double or QString
    double number = 0;
    QRegularExpression pattern;
};

struct TreeAnswer {
    QString name;                  ///< "yes", "no", or the case's own name
    std::optional<FactCondition> when; ///< absent: the answer when no other one is true
    double likelihood = 0.9;       ///< P(this answer is observed | the truth lies in this answer's subtree), in (0,1)
    QString then;                  ///< id of a question or a cause
};

/// Weaker evidence, looked at only while the question itself is unknown.
struct TreeHint {
    FactCondition when;
    QString answer;                ///< taken when `when` is true
    double likelihood = 0.7;       ///< stands in for the likelihood of every answer
};

struct TreeQuestion {
    QString id;
    QString text;                  ///< "Did the kernel's OOM killer end it?"
    QList<TreeAnswer> answers;     ///< two or more; the first one that is true is taken
    QList<TreeHint> hints;
    QString unknown;               ///< the answer walked to when nothing is known; empty: the one with the larger prior
};

struct TreeCause {
    QString id;
    QString text;                  ///< a few words: "killed by a signal"
    double prior = 0;              ///< share among all incidents of this tree, they sum to 1
    QString summary;               ///< one sentence with {facts}
    QList<ActionType> actions;     ///< in order; empty: only a person can tell
    QString advice;                ///< for that person
};

struct DecisionTree {
    QString name;
    QString file;
    QList<ErrorType> appliesTo;
    QString first;                 ///< id of the root question
    QList<TreeQuestion> questions;
    QList<TreeCause> causes;
    QList<TreeQuery> queries;      ///< what its conditions ask besides plain facts; each key once
};

} // namespace prunella
