#pragma once
#include "core/model/CauseRanking.h"

namespace prunella {

/// Who calls whom, each pair once and nobody itself; cycles are known.
class CallGraph
{
public:
    CallGraph(std::size_t nodes, const std::vector<CauseCall> &calls);

    [[nodiscard]] std::size_t size() const { return m_cycle.size(); }
    [[nodiscard]] const std::vector<int> &callees(int node) const { return m_callees[std::size_t(node)]; }
    [[nodiscard]] const std::vector<int> &callers(int node) const { return m_callers[std::size_t(node)]; }
    /// Number of the cycle it lies on (alone, mostly); what a node calls has a smaller one, or the same.
    [[nodiscard]] int cycle(int node) const { return m_cycle[std::size_t(node)]; }
    /// Do both lie on one cycle?
    [[nodiscard]] bool inOneCycle(int a, int b) const { return m_cycle[std::size_t(a)] == m_cycle[std::size_t(b)]; }

    struct Paths {
        std::vector<double> strength; ///< of the best path, 0: none
        std::vector<int> length;      ///< calls of the shortest path, -1: none
        std::vector<int> from;        ///< the caller on the best path, -1: none
    };
    /// From one node along the calls; a path is as strong as the product of the weights (0..1) of the nodes between its ends.
    [[nodiscard]] Paths pathsFrom(int start, const std::vector<double> &weight) const;
    [[nodiscard]] Paths noPaths() const;
    /// Calls of the shortest path to each node, -1: none. From -1, nobody's node, it is 0 to all.
    [[nodiscard]] std::vector<int> lengthsFrom(int start) const;

private:
    void findCycles();

    std::vector<std::vector<int>> m_callees, m_callers;
    std::vector<int> m_cycle;         ///< number of the strongly connected component
};

} // namespace prunella
