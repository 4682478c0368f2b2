#include "core/learning/Sequences.h"

#include "core/learning/Chance.h"
#include "core/learning/Limits.h"

#include <algorithm>
#include <map>

namespace prunella::learning {
namespace {

constexpr int shortest = 2, longest = 3; // kinds before the incident: one alone is a predecessor
constexpr int leastTimes = 2;            // it came before at least once
constexpr qsizetype lastTemplates = 5;

using Kinds = std::vector<int>;

/// A run of one kind without a pause. A stretch is what goes on without a pause, of whatever kind.
struct Step { int kind = 0, fact = 0, stretch = 0; };

struct Follower {
    std::vector<int> facts;
    std::vector<qint64> lags;    ///< from the last of the sequence
};

struct Seen {
    int times = 0;               ///< completed, with its window over or followed
    int lastStretch = -1;        ///< counted once a stretch: what goes round in circles is one fault
    std::map<int, Follower> followers; ///< by kind
};

std::vector<Step> stepsOf(const History &history)
{
    std::vector<Step> steps;
    int stretch = 0;
    for (int fact = 0; fact < int(history.facts.size()); ++fact) {
        const bool pause = fact > 0 && history.at(fact) - history.at(fact - 1) > followWindowMs;
        stretch += pause;
        const int kind = history.kindOf[std::size_t(fact)];
        if (steps.empty() || pause || steps.back().kind != kind)
            steps.push_back({kind, fact, stretch});
    }
    return steps;
}

/// The kinds of the steps that end at `last`; nothing when the stretch is shorter, or a kind comes twice.
Kinds kindsBefore(const std::vector<Step> &steps, std::size_t last, int length)
{
    Kinds kinds;
    if (last + 1 < std::size_t(length))
        return kinds;
    for (std::size_t i = last + 1 - std::size_t(length); i <= last; ++i) {
        if (steps[i].stretch != steps[last].stretch || std::find(kinds.begin(), kinds.end(), steps[i].kind) != kinds.end())
            return {};
        kinds.push_back(steps[i].kind);
    }
    return kinds;
}

std::map<Kinds, Seen> countAll(const History &history)
{
    const std::vector<Step> steps = stepsOf(history);
    std::map<Kinds, Seen> all;
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const bool followed = i + 1 < steps.size() && steps[i + 1].stretch == steps[i].stretch;
        if (!followed && i + 1 == steps.size() && history.at(steps[i].fact) + followWindowMs > history.now)
            continue; // it may still come
        for (int length = shortest; length <= longest; ++length) {
            const Kinds kinds = kindsBefore(steps, i, length);
            if (kinds.empty())
                continue;
            Seen &seen = all[kinds];
            if (seen.lastStretch == steps[i].stretch)
                continue;
            seen.lastStretch = steps[i].stretch;
            ++seen.times;
            if (!followed || std::find(kinds.begin(), kinds.end(), steps[i + 1].kind) != kinds.end())
                continue;
            Follower &follower = seen.followers[steps[i + 1].kind];
            follower.facts.push_back(steps[i + 1].fact);
            follower.lags.push_back(history.at(steps[i + 1].fact) - history.at(steps[i].fact));
        }
    }
    return all;
}

QString nameOf(const Kind &kind)
{
    return kind.component + u'/' + toString(kind.type);
}

/// The longer one says everything that the shorter one says, as often.
bool isSaidByLonger(const std::map<Kinds, Seen> &all, const Kinds &kinds, int follower, std::size_t support)
{
    return std::any_of(all.begin(), all.end(), [&](const auto &entry) {
        const auto found = entry.second.followers.find(follower);
        return entry.first.size() == kinds.size() + 1 && std::equal(kinds.begin(), kinds.end(), entry.first.begin() + 1)
            && found != entry.second.followers.end() && found->second.facts.size() >= support;
    });
}

} // namespace

QList<IncidentPattern> afterSequences(const History &history)
{
    const std::map<Kinds, Seen> all = countAll(history);
    int tests = 0;
    for (const auto &[kinds, seen] : all)
        tests += int(seen.followers.size());
    const double span = double(std::max(history.now - history.from, followWindowMs));
    QList<IncidentPattern> patterns;
    for (const auto &[kinds, seen] : all) {
        for (const auto &[kind, follower] : seen.followers) {
            const Kind &about = history.kinds[std::size_t(kind)];
            const int support = int(follower.facts.size());
            const int starts = int(episodes(history, about.facts, followWindowMs).size());
            const double chance = tests * binomialTail(support, seen.times, baseRate(starts, double(followWindowMs), span));
            if (support < leastTimes || chance > leastLikely || isSaidByLonger(all, kinds, kind, follower.facts.size()))
                continue;
            IncidentPattern pattern = patternOf(PatternKind::Sequence, history, about, follower.facts, seen.times);
            pattern.chance = chance;
            const Spread lag = spreadOf(follower.lags);
            pattern.lagMs = lag.median;
            pattern.lagSpreadMs = lag.spread;
            for (const int before : kinds)
                pattern.sequence.append(nameOf(history.kinds[std::size_t(before)]));
            patterns.append(pattern);
        }
    }
    return patterns;
}

QList<IncidentPattern> afterTemplates(const History &history)
{
    std::map<QStringList, std::map<int, std::vector<int>>> all;
    for (int fact = 0; fact < int(history.facts.size()); ++fact) {
        const QStringList &templates = history.facts[std::size_t(fact)].templates;
        if (!templates.isEmpty())
            all[templates.last(std::min(templates.size(), lastTemplates))][history.kindOf[std::size_t(fact)]].push_back(fact);
    }
    QList<IncidentPattern> patterns;
    for (const auto &[templates, kinds] : all) {
        int times = 0;
        for (const auto &[kind, facts] : kinds)
            times += int(facts.size());
        for (const auto &[kind, facts] : kinds) {
            if (int(facts.size()) < leastTimes)
                continue;
            patterns.append(patternOf(PatternKind::Sequence, history, history.kinds[std::size_t(kind)], facts, times));
            patterns.last().sequence = templates;
        }
    }
    return patterns;
}

} // namespace prunella::learning
