#pragma once
#include "core/base/Clock.h"
#include "core/model/DecisionTree.h"
#include "core/model/Diagnosis.h"

namespace prunella {

/// Why did it happen? Walks the first tree that covers the error type; pure.
/// Without such a tree: no tree, confidence 0, no action, and the root cause says what is known.
[[nodiscard]] Diagnosis diagnose(const QList<DecisionTree> &trees, ErrorType type, const QString &component,
                                 const Evidence &evidence, const Now &now);

} // namespace prunella
