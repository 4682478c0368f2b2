#pragma once
// Facts, and the tree of causes made from them.
#include "core/model/Enums.h"

#include <QList>
#include <QMap>
#include <QString>
#include <QStringList>
#include <QVariant>

namespace prunella {

/// One thing known about an incident's component. Missing facts are simply not in the map: "unknown" is an answer. A fact
/// without a value was asked for in vain; its text says why.
struct Fact {
    QVariant value;      ///< bool, double or QString; invalid: not known
    QString text;        ///< how a person reads it: "memory_usage 91.3 % at 20:15:01"
    qint64 wallMs = 0;
};

/// Keys are dotted names, listed in core/diagnosis/README.md: unit.result, unit.exit_signal, oom.killed,
/// metric.cpu_usage.value, metric.memory_usage.trend_per_hour, check.failing, ...
using Evidence = QMap<QString, Fact>;

/// One node of the explained tree: a question or a cause.
struct DiagnosisNode {
    QString node;               ///< the question's or cause's text
    QString id;                 ///< its name in the YAML file
    QString answer;             ///< questions: the answer taken, "unknown" among them; empty for a cause
    bool held = false;          ///< lies on the taken path
    bool asked = false;         ///< questions: was it evaluated at all
    QList<QString> evidence;    ///< facts for or against, with value and time
    double confidenceBefore = 0;///< of this subtree, before the question above it was answered
    double confidence = 0;      ///< of this subtree, after all answers
    QList<DiagnosisNode> children;
    double likelihood = 0;      ///< questions: how far the taken answer can be relied on, of a hint the hint's; 0: nothing was learnt
};

struct Diagnosis {
    QString tree;               ///< name of the tree; empty when no tree fits the error type
    QString causeId;            ///< the chosen cause's name, for example killed_by_signal
    QString rootCause;          ///< one sentence: what happened and why
    QString component;
    double confidence = 0;      ///< posterior of the chosen cause, 0..1
    DiagnosisNode root;
    QList<QString> ruledOut;    ///< "out of memory: no OOM kill in the kernel log"
    QList<QString> correlated;  ///< events seen with it
    QList<ActionType> actions;  ///< what the cause's entry recommends, in order; empty: only a person can tell
    qint64 wallMs = 0;
    QString advice = {};        ///< for the person who takes over; empty: none
    QStringList affected = {};  ///< components that need this one and are not healthy
};

} // namespace prunella
