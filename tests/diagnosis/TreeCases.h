#pragma once
// The cases of tests/diagnosis/cases/*.yaml: evidence in, expected path and cause out. The form is described in README.md there.
#include "core/model/DecisionTree.h"
#include "core/model/Diagnosis.h"

namespace prunella::test {

struct TreeCase {
    QString file, tree, name, from;
    Evidence evidence;              ///< of `from` with its changes, when it has one
    int changed = 0;                ///< readings that differ from `from`
    QStringList path;               ///< "how=signal"; empty: not told
    QString cause;
    double atLeast = 0, atMost = 1; ///< confidence
};

struct TreeCases { QList<TreeCase> cases; QStringList problems; };

[[nodiscard]] TreeCases readTreeCases(const QString &file, const QByteArray &bytes);
/// The questions on the taken way with their answers.
[[nodiscard]] QStringList pathOf(const DiagnosisNode &root);

} // namespace prunella::test
