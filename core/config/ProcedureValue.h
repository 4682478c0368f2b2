#pragma once
// The values that a procedure's steps hand to actions: which ones an action takes, and what is a value of a type.
#include "core/base/Result.h"
#include "core/model/Procedure.h"

namespace prunella {

/// What an action takes; a step's parameter starts as a copy of it. Durations and bounds are milliseconds.
[[nodiscard]] QList<StepParameter> parametersOf(ActionType action);

/// The text as it is handed to the action, or in a few words why it is none of the parameter's type or outside its bounds.
/// Integer: digits only. Duration: with its unit, "90s". Size: digits, bytes. Word: 1 to 64 of letters, digits and . _ @ : -.
/// Path: absolute, without . .. and //. Text: 1 to 200 characters. None begins with "-" or holds a control character, so that
/// whoever writes a value into evidence (a log line, a health check's answer) cannot make an option or a line of it.
[[nodiscard]] Result<QString> typedValue(const StepParameter &parameter, const QString &text);

/// "integer"; the words of `type:` in YAML.
[[nodiscard]] QString toString(ParameterType type);
[[nodiscard]] const QStringList &parameterTypes();

} // namespace prunella
