#pragma once
#include "core/diagnosis/CallGraph.h"
#include "core/diagnosis/NodeSymptoms.h"

namespace prunella {

/// A node's standing in the ranking.
struct Suspect {
    NodeSymptoms symptoms;
    double reach = 0;      ///< strength of the path from the alarm's node
    double passes = 1;     ///< weight of a path through it
    int kind = -1;         ///< metric that counts most against it, -1: none
    double explained = 0;  ///< of that symptom, by what it calls
    double share = 1;      ///< of what the incident cost in that metric; 1 where that is not known
    double support = 0;    ///< how many callers suffer, too: 0 none .. 1 many
    double largestZ = 0;
    double score = 0;
    [[nodiscard]] bool blind() const { return !symptoms.measured; }
};

struct SuspectList {
    std::vector<Suspect> suspects; ///< one a node, in the order of the nodes
    CallGraph::Paths paths;        ///< from the alarm's node
};

/// Does the alarm name a node of the graph?
[[nodiscard]] inline bool knowsAlarmNode(const CauseInput &input) { return input.alarm.node >= 0 && input.alarm.node < input.nodes.size(); }

[[nodiscard]] SuspectList suspectsOf(const CauseInput &input, const CallGraph &graph);

} // namespace prunella
