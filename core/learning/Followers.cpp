#include "core/learning/Followers.h"

#include "core/learning/Chance.h"
#include "core/learning/FollowEdge.h"
#include "core/learning/Limits.h"

#include <QMap>

#include <algorithm>

namespace prunella::learning {
namespace {

constexpr int orderRatio = 4; // of five times that both came, at least four in this order

/// The episodes of every kind that takes part.
struct Episodes {
    std::vector<int> facts;
    std::vector<qint64> times;
};

std::vector<Episodes> episodesOf(const History &history)
{
    std::vector<Episodes> all(history.kinds.size());
    std::vector<std::size_t> order;
    for (std::size_t i = 0; i < all.size(); ++i) {
        all[i].facts = episodes(history, history.kinds[i].facts, followWindowMs);
        if (int(all[i].facts.size()) >= leastFollowers)
            order.push_back(i);
        else
            all[i].facts.clear();
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return all[a].facts.size() > all[b].facts.size(); });
    for (std::size_t i = maxPairedKinds; i < order.size(); ++i)
        all[order[i]].facts.clear();
    for (Episodes &some : all) {
        for (const int fact : some.facts)
            some.times.push_back(history.at(fact));
    }
    return all;
}

IncidentPattern patternOf(const History &history, const FollowEdge &edge, PatternKind kind, int tests)
{
    const Kind &about = history.kinds[std::size_t(edge.to)];
    IncidentPattern pattern = learning::patternOf(kind, history, about, edge.followers, int(edge.causes.size()));
    pattern.chance = std::min(1.0, edge.chance * tests);
    pattern.lagMs = edge.lag.median;
    pattern.lagSpreadMs = edge.lag.spread;
    return pattern;
}

bool isPattern(const FollowEdge &edge, int tests)
{
    return int(edge.followers.size()) >= leastFollowers && edge.chance * tests <= leastLikely;
}

bool anyNear(const std::vector<qint64> &times, qint64 at)
{
    const auto first = std::lower_bound(times.begin(), times.end(), at - followWindowMs);
    return first != times.end() && *first <= at + followWindowMs;
}

/// Where the rival is not about, does the edge still hold?
bool standsAlone(const History &history, const FollowEdge &edge, const std::vector<Episodes> &all, int rival, int tests)
{
    std::vector<qint64> alone;
    for (const qint64 cause : edge.causes) {
        if (!anyNear(all[std::size_t(rival)].times, cause))
            alone.push_back(cause);
    }
    return isPattern(follow(history, alone, all[std::size_t(edge.to)].facts), tests);
}

/// Of two causes of one effect of which one also causes the other, the one with the steadier lag is the cause: noise adds
/// up along a chain as well as between two branches of a fork. Equally steady: the first cause.
bool explainsBetter(const FollowEdge &rival, const FollowEdge &edge, bool rivalIsFirst)
{
    return rival.lagDeviation != edge.lagDeviation ? rival.lagDeviation < edge.lagDeviation : rivalIsFirst;
}

struct Search {
    const History &history;
    std::vector<Episodes> all;
    std::vector<FollowEdge> edges;
    int tests = 0;

    [[nodiscard]] bool has(int from, int to) const
    {
        return std::any_of(edges.begin(), edges.end(), [&](const FollowEdge &edge) { return edge.from == from && edge.to == to; });
    }
    [[nodiscard]] bool isOnlyByAnother(const FollowEdge &edge) const
    {
        return std::any_of(edges.begin(), edges.end(), [&](const FollowEdge &rival) {
            const bool first = has(rival.from, edge.from), second = has(edge.from, rival.from);
            return rival.to == edge.to && rival.from != edge.from && (first || second) && explainsBetter(rival, edge, first)
                && !standsAlone(history, edge, all, rival.from, tests);
        });
    }
};

/// Both directions of every pair are looked at; the one that is kept comes clearly first.
void findEdges(Search &search)
{
    std::vector<int> kinds;
    for (int i = 0; i < int(search.all.size()); ++i) {
        if (!search.all[std::size_t(i)].facts.empty())
            kinds.push_back(i);
    }
    search.tests = int(kinds.size() * (kinds.size() - std::min<std::size_t>(1, kinds.size())));
    const auto edge = [&](int from, int to) {
        FollowEdge found = follow(search.history, search.all[std::size_t(from)].times, search.all[std::size_t(to)].facts);
        found.from = from;
        found.to = to;
        return found;
    };
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        for (std::size_t j = i + 1; j < kinds.size(); ++j) {
            FollowEdge there = edge(kinds[i], kinds[j]), back = edge(kinds[j], kinds[i]);
            if (there.followers.size() < back.followers.size())
                std::swap(there, back);
            if (there.followers.size() >= orderRatio * back.followers.size() && isPattern(there, search.tests))
                search.edges.push_back(std::move(there));
        }
    }
}

} // namespace

QList<IncidentPattern> afterDeployments(const History &history, const QList<DeploymentFact> &deployments)
{
    QMap<QString, std::vector<qint64>> times;
    for (const DeploymentFact &deployment : deployments) {
        if (deployment.at > 0 && deployment.at <= history.now)
            times[deployment.service].push_back(deployment.at);
    }
    std::vector<FollowEdge> edges;
    for (std::size_t kind = 0; kind < history.kinds.size(); ++kind) {
        std::vector<qint64> &causes = times[history.kinds[kind].component];
        std::sort(causes.begin(), causes.end());
        if (causes.empty())
            continue;
        edges.push_back(follow(history, episodeTimes(causes), episodes(history, history.kinds[kind].facts, followWindowMs)));
        edges.back().to = int(kind);
    }
    QList<IncidentPattern> patterns;
    for (const FollowEdge &edge : edges) {
        if (!isPattern(edge, int(edges.size())))
            continue;
        patterns.append(patternOf(history, edge, PatternKind::FollowsDeployment, int(edges.size())));
        patterns.last().predecessor = patterns.last().component;
    }
    return patterns;
}

QList<IncidentPattern> afterIncidents(const History &history)
{
    Search search{history, episodesOf(history), {}, 0};
    findEdges(search);
    QList<IncidentPattern> patterns;
    for (const FollowEdge &edge : search.edges) {
        if (search.isOnlyByAnother(edge))
            continue;
        patterns.append(patternOf(history, edge, PatternKind::FollowsIncident, search.tests));
        patterns.last().predecessor = history.kinds[std::size_t(edge.from)].component;
        patterns.last().predecessorType = history.kinds[std::size_t(edge.from)].type;
    }
    return patterns;
}

} // namespace prunella::learning
