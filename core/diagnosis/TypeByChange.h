#pragma once
// What was changed just before, and what the log says of it, tell more of an error's type than the symptom does.
#include "core/model/Change.h"
#include "core/model/Events.h"
#include "core/model/Log.h"

#include <optional>

namespace prunella {

/// How the main process ended, whoever manages it.
struct ProcessEnd {
    bool bySignal = false;
    int number = 0;          ///< exit status, or the signal's number
    QString result = {};     ///< systemd's word; empty for a process of our own
};

struct TypeReason {
    ErrorType type = ErrorType::Unknown;
    QString sentence;        ///< "web failed 3 min after web was deployed: 1.4.1 -> 1.4.2"
    bool operator==(const TypeReason &) const = default;
};

/// Nothing when no end is known.
[[nodiscard]] std::optional<ProcessEnd> processEnd(const UnitState &unit);
[[nodiscard]] std::optional<ProcessEnd> processEnd(const ProcessState &process);

/// Pure. The type that a new error really is, and why; nothing: it is what its detector said.
/// - deployment_failure: it crashed, could not start or no longer answers within 10 minutes after it was deployed; or it
///   crashed within that time after its package was changed
/// - configuration_error: it crashed or could not start within that time after a file of its configuration was changed,
///   or it says so itself by its exit status (78, EX_CONFIG) or in its log
/// The newest of its changes decides. What was ended by a signal from outside was not ended by a change.
[[nodiscard]] std::optional<TypeReason> typeByChange(const ErrorEvent &event, const QList<ChangeRecord> &changes,
                                                     const QList<LogLine> &lines, const std::optional<ProcessEnd> &end);

} // namespace prunella
