#pragma once
// The files of a recorded incident (contracts: "Root-cause input of diagnose").
#include "core/base/Result.h"
#include "core/model/CauseRanking.h"

#include <string>

namespace prunella::ctl {

struct CauseFiles { std::string topology, normal, window, alarm; };

struct RecordedIncident {
    CauseInput input;
    QStringList notes; ///< what was read otherwise than it may have been meant: nodes that the topology does not have
};

/// Errors name the file and, where there is one, the line: "window.csv:7: …". A node that only a metrics file has is
/// taken as one that nobody calls (a list of calls cannot name it); the alarm's node has to be in the topology.
[[nodiscard]] Result<RecordedIncident> readRecordedIncident(const CauseFiles &files);

} // namespace prunella::ctl
