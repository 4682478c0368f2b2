#pragma once
// Which probes a tree needs to be run, one round after the other: walk, ask, walk again with the answers.
#include "core/model/DecisionTree.h"

namespace prunella {

/// Pure. The probes of the first question on the walk that is not settled, as far as they could settle it, in the order of
/// the file; placeholders are filled. Empty: nothing more is needed. What was answered, also without a value, is not asked again.
[[nodiscard]] QList<ProbeOrder> neededProbes(const DecisionTree &tree, const QString &component, const Evidence &evidence);

/// Probes whose placeholders are not known cannot be run: a fact without a value that says so.
void settleUnaskable(Evidence &evidence, const DecisionTree &tree, const QString &component);

[[nodiscard]] bool hasProbes(const DecisionTree &tree);

} // namespace prunella
