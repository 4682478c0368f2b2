#include "core/learning/IncidentPatterns.h"

#include "core/learning/Chance.h"
#include "core/learning/Followers.h"
#include "core/learning/History.h"
#include "core/learning/Periodicity.h"
#include "core/learning/Sequences.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace prunella {
namespace {

constexpr qint64 againMs = 30 * 86'400'000LL; // "recurs" means within this time
constexpr int mostOfAKind = 3;

/// An opportunity is an incident that was followed by another of its kind in time, or whose time is over.
std::optional<IncidentPattern> recurring(const learning::History &history, const learning::Kind &kind)
{
    int again = 0, opportunities = 0;
    for (std::size_t i = 0; i < kind.facts.size(); ++i) {
        const bool last = i + 1 == kind.facts.size();
        const qint64 until = last ? history.now : history.at(kind.facts[i + 1]);
        const bool inTime = until - history.at(kind.facts[i]) <= againMs;
        again += !last && inTime;
        opportunities += !last || !inTime;
    }
    if (again == 0)
        return {};
    IncidentPattern pattern = learning::patternOf(PatternKind::Recurring, history, kind, kind.facts, opportunities);
    pattern.support = again;
    pattern.confidence = learning::wilsonLower(again, opportunities);
    return pattern;
}

bool before(const IncidentPattern &a, const IncidentPattern &b)
{
    return std::tuple(a.kind, -a.confidence, -a.support, a.component, a.type, a.predecessor, a.predecessorType, a.sequence)
        < std::tuple(b.kind, -b.confidence, -b.support, b.component, b.type, b.predecessor, b.predecessorType, b.sequence);
}

} // namespace

QList<IncidentPattern> findPatterns(const QList<IncidentFact> &incidents, const QList<DeploymentFact> &deployments,
                                    qint64 nowWallMs, const QTimeZone &zone)
{
    const auto history = learning::History::of(incidents, nowWallMs);
    QList<IncidentPattern> patterns;
    for (const learning::Kind &kind : history.kinds) {
        if (const auto found = recurring(history, kind))
            patterns.append(*found);
        if (const auto found = learning::periodOf(history, kind, zone.isValid() ? zone : QTimeZone::utc()))
            patterns.append(*found);
    }
    patterns += learning::afterDeployments(history, deployments);
    patterns += learning::afterIncidents(history);
    patterns += learning::afterSequences(history);
    patterns += learning::afterTemplates(history);
    std::sort(patterns.begin(), patterns.end(), before);
    std::map<std::tuple<PatternKind, QString, ErrorType>, int> counts;
    patterns.removeIf([&counts](const IncidentPattern &pattern) {
        return ++counts[{pattern.kind, pattern.component, pattern.type}] > mostOfAKind;
    });
    return patterns;
}

} // namespace prunella
