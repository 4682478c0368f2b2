#include "core/diagnosis/CauseRanking.h"

#include "core/diagnosis/CallGraph.h"
#include "core/diagnosis/CauseSentences.h"
#include "core/diagnosis/Suspects.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <tuple>

namespace prunella {
namespace {

double rounded(double score) { return std::round(score * 1e9) / 1e9; } // sums in another order end in other last digits

/// All that was measured on a node, sorted: tells nodes apart that are alike in everything that counts.
class Fingerprints
{
public:
    explicit Fingerprints(const CauseInput &input) : m_seriesOf(std::size_t(input.nodes.size())), m_known(m_seriesOf.size())
    {
        for (const CauseSeries &series : input.series) {
            if (series.node >= 0 && std::size_t(series.node) < m_seriesOf.size())
                m_seriesOf[std::size_t(series.node)].push_back(&series);
        }
    }

    const std::vector<double> &of(int node)
    {
        auto &print = m_known[std::size_t(node)];
        if (print)
            return *print;
        print.emplace();
        for (const CauseSeries *series : m_seriesOf[std::size_t(node)]) {
            for (const auto *values : {&series->window, &series->normal})
                std::copy_if(values->begin(), values->end(), std::back_inserter(*print), [](double x) { return std::isfinite(x); });
        }
        std::sort(print->begin(), print->end());
        return *print;
    }

private:
    std::vector<std::vector<const CauseSeries *>> m_seriesOf;
    std::vector<std::optional<std::vector<double>>> m_known;
};

/// Ties: the larger deviation, the farther from the alarm, the more callers, the fewer callees, then what was measured; names last.
std::vector<int> orderOf(const CauseInput &input, const CallGraph &graph, const SuspectList &list)
{
    std::vector<int> order(list.suspects.size());
    std::iota(order.begin(), order.end(), 0);
    Fingerprints fingerprints(input);
    const auto keyOf = [&](int i) {
        const Suspect &s = list.suspects[std::size_t(i)];
        const int length = list.paths.length[std::size_t(i)];
        return std::make_tuple(-rounded(s.score), -rounded(s.largestZ), -length, -int(graph.callers(i).size()), int(graph.callees(i).size()));
    };
    std::sort(order.begin(), order.end(), [&](int a, int b) {
        const auto first = keyOf(a), second = keyOf(b);
        if (first != second)
            return first < second;
        const auto &left = fingerprints.of(a), &right = fingerprints.of(b);
        return left != right ? left < right : input.nodes[a] < input.nodes[b];
    });
    return order;
}

} // namespace

QList<RankedCause> rankCauses(const CauseInput &input)
{
    const CallGraph graph(std::size_t(input.nodes.size()), input.calls);
    const SuspectList list = suspectsOf(input, graph);
    QList<RankedCause> ranking;
    for (const int i : orderOf(input, graph, list))
        ranking.append({input.nodes[i], rounded(list.suspects[std::size_t(i)].score), causeSentences(i, input, graph, list)});
    return ranking;
}

} // namespace prunella
