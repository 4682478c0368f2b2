#pragma once
#include "core/model/DecisionTree.h"
#include "core/model/Diagnosis.h"

namespace prunella {

/// Three-valued: nothing when the facts that would decide it are missing.
[[nodiscard]] std::optional<bool> holds(const FactCondition &condition, const Evidence &evidence);
/// The facts a condition speaks of, in order, each once.
[[nodiscard]] QStringList factsOf(const FactCondition &condition);
/// A fact's value as a person reads it: "true", "9", "exit-code".
[[nodiscard]] QString factValueText(const QVariant &value);
/// "memory_usage 91.3 % (20:15:01 UTC)"; a fact without a text is shown as "key = value"
[[nodiscard]] QString evidenceText(const QString &key, const Fact &fact);

} // namespace prunella
