#pragma once
#include <QString>

namespace prunella {

enum class ProblemLevel { Error, Warning, NotYetInEffect };

/// One finding in a configuration or playbook file.
struct ConfigProblem {
    ProblemLevel level = ProblemLevel::Error;
    QString file;
    int line = 0, column = 0;         ///< from 1; 0 when the file as a whole is meant
    QString key;                      ///< dotted path, "self_healing.recovery.settle"
    QString text;                     ///< what is wrong, what was expected
};
/// `file:line:column: error: key: text`
[[nodiscard]] QString toString(const ConfigProblem &problem);

} // namespace prunella
