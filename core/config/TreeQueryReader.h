#pragma once
// The question forms of a decision tree: log, events, change, probe.
#include "core/config/YamlReader.h"
#include "core/model/TreeQuery.h"

namespace prunella {

/// The keys that begin a question form, for "expected exactly one of".
[[nodiscard]] const QStringList &queryForms();

/// The forms that stand in this map; one at most makes sense.
[[nodiscard]] QList<QLatin1StringView> queryFormsIn(const YamlReader &condition);

/// Reads `log`, `events`, `change` or `probe` of a condition. Problems are recorded; the key is then of no use.
[[nodiscard]] TreeQuery readQuery(YamlReader &condition, QLatin1StringView form);

/// The facts named in a text's {placeholders}. In expressions only what can be a fact counts: "{2,3}" is a repetition.
[[nodiscard]] QStringList placeholdersOf(const QString &text, bool expression);

} // namespace prunella
