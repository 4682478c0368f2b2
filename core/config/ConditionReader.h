#pragma once
// A statement on facts, as decision trees and procedures write it: all, any, not, fact, and the question forms.
#include "core/config/TreeChecks.h"
#include "core/config/YamlReader.h"

namespace prunella {

/// What the conditions of one file ask, collected while they are read.
struct ConditionNotes {
    QList<TreeQuery> queries;          ///< each key once
    QList<TreePlace> facts;            ///< where plain facts are named
};

[[nodiscard]] FactCondition readCondition(YamlReader &reader, ConditionNotes &notes);

/// `unknown KIND "WORD"`, and the nearest known word, or all of them.
[[nodiscard]] QString unknownWord(const QString &kind, const QString &word, const QStringList &known);

} // namespace prunella
