#include "core/diagnosis/CallGraph.h"

#include <algorithm>
#include <queue>

namespace prunella {

CallGraph::CallGraph(std::size_t nodes, const std::vector<CauseCall> &calls) : m_callees(nodes), m_callers(nodes), m_cycle(nodes, -1)
{
    const auto known = [nodes](int node) { return node >= 0 && std::size_t(node) < nodes; };
    for (const CauseCall &call : calls) {
        if (known(call.caller) && known(call.callee) && call.caller != call.callee)
            m_callees[std::size_t(call.caller)].push_back(call.callee);
    }
    for (std::size_t node = 0; node < nodes; ++node) {
        auto &list = m_callees[node];
        std::sort(list.begin(), list.end());
        list.erase(std::unique(list.begin(), list.end()), list.end());
        for (const int callee : list)
            m_callers[std::size_t(callee)].push_back(int(node));
    }
    findCycles();
}

/// Tarjan, R. (1972): Depth-first search and linear graph algorithms; with an explicit stack, as paths may be long.
void CallGraph::findCycles()
{
    struct Visit { int node; std::size_t next; };
    std::vector<int> index(size(), -1), low(size(), 0), open;
    std::vector<Visit> path;
    int counter = 0, components = 0;
    const auto enter = [&](int node) {
        index[std::size_t(node)] = low[std::size_t(node)] = counter++;
        open.push_back(node);
        path.push_back({node, 0});
    };
    for (int root = 0; root < int(size()); ++root) {
        if (index[std::size_t(root)] < 0)
            enter(root);
        while (!path.empty()) {
            const int node = path.back().node;
            int &lowest = low[std::size_t(node)];
            if (path.back().next < callees(node).size()) {
                const int callee = callees(node)[path.back().next++];
                if (index[std::size_t(callee)] < 0)
                    enter(callee);
                else if (m_cycle[std::size_t(callee)] < 0)
                    lowest = std::min(lowest, index[std::size_t(callee)]);
                continue;
            }
            path.pop_back();
            if (!path.empty())
                low[std::size_t(path.back().node)] = std::min(low[std::size_t(path.back().node)], lowest);
            if (lowest == index[std::size_t(node)]) {
                for (int member = -1; member != node; open.pop_back()) {
                    member = open.back();
                    m_cycle[std::size_t(member)] = components;
                }
                ++components;
            }
        }
    }
}

std::vector<int> CallGraph::lengthsFrom(int start) const
{
    if (start < 0 || std::size_t(start) >= size())
        return std::vector<int>(size(), 0);
    std::vector<int> length(size(), -1), queue{start};
    length[std::size_t(start)] = 0;
    for (std::size_t i = 0; i < queue.size(); ++i) {
        for (const int callee : callees(queue[i])) {
            if (length[std::size_t(callee)] < 0) {
                length[std::size_t(callee)] = length[std::size_t(queue[i])] + 1;
                queue.push_back(callee);
            }
        }
    }
    return length;
}

CallGraph::Paths CallGraph::noPaths() const
{
    return {std::vector<double>(size(), 0), std::vector<int>(size(), -1), std::vector<int>(size(), -1)};
}

/// Dijkstra, E. W. (1959), with products of numbers up to 1 in place of sums.
CallGraph::Paths CallGraph::pathsFrom(int start, const std::vector<double> &weight) const
{
    Paths paths{std::vector<double>(size(), 0), lengthsFrom(start), std::vector<int>(size(), -1)};
    std::vector<bool> settled(size(), false);
    std::priority_queue<std::pair<double, int>> nearest;
    paths.strength[std::size_t(start)] = 1;
    nearest.push({1, start});
    while (!nearest.empty()) {
        const auto [strength, node] = nearest.top();
        nearest.pop();
        if (settled[std::size_t(node)])
            continue;
        settled[std::size_t(node)] = true;
        const double onward = node == start ? 1 : strength * weight[std::size_t(node)];
        for (const int callee : callees(node)) {
            if (!settled[std::size_t(callee)] && onward > paths.strength[std::size_t(callee)]) {
                paths.strength[std::size_t(callee)] = onward;
                paths.from[std::size_t(callee)] = node;
                nearest.push({onward, callee});
            }
        }
    }
    return paths;
}

} // namespace prunella
