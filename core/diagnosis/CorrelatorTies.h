#pragma once
// The ties between an event and a possible cause, each judged alone.
#include "core/diagnosis/Correlator.h"

#include <vector>

namespace prunella::correlator {

enum class TieReason { SameResource, Dependency, HostResource, Consumer, SameDeployment, SeenBefore, SharedResource };

struct Tie {
    TieReason kind = TieReason::Dependency;
    double weight = 0;
    QString text;       ///< "web needs db (depends_on)"
    bool fades = false; ///< a tie in time only: worth less the longer ago the cause began
};

struct TieInput {
    const ErrorEvent &event;
    const SymptomFacts &facts, &causeFacts;
    const Incident &cause;
    const CorrelationContext &context;
};

[[nodiscard]] std::vector<Tie> tiesOf(const TieInput &in);
/// The event has a cause of its own, whatever else fails: ended by a person, or its own use of memory, CPU or disk.
[[nodiscard]] bool isOwnFault(const ErrorEvent &event, const SymptomFacts &facts, TieReason kind);

} // namespace prunella::correlator
