#pragma once
// Cases as operators meet them, with what the shipped trees must say. Most differ from the one before in a single reading.
#include "core/diagnosis/EvidenceBuilder.h"

#include <map>

namespace prunella::test {

struct Case {
    const char *name;
    EvidenceInput input;
    const char *cause;
    double atLeast;          ///< confidence
    const char *actions;     ///< "-" for none
    double atMost = 1;
};

/// By the tree that judges them.
[[nodiscard]] const std::map<ErrorType, QList<Case>> &playbookCases();
/// web.service failed with this result; the exit code and status are those of waitid(2).
[[nodiscard]] EvidenceInput failed(const QString &result, int exitCode, int exitStatus);

} // namespace prunella::test
