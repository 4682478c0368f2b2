#include "core/learning/History.h"

#include "core/learning/Chance.h"

#include <QMap>

#include <algorithm>
#include <map>
#include <tuple>

namespace prunella::learning {
namespace {

bool earlier(const IncidentFact &a, const IncidentFact &b)
{
    return std::tie(a.at, a.component, a.type, a.id) < std::tie(b.at, b.component, b.type, b.id);
}

qint64 medianOf(std::vector<qint64> &values)
{
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

/// The action that was verified most often; of equals the first in the order of the enumeration.
void addHealing(IncidentPattern &pattern, const History &history, const std::vector<int> &bearing)
{
    QMap<ActionType, int> counts;
    for (const int index : bearing) {
        const IncidentFact &fact = history.facts[std::size_t(index)];
        pattern.healedOf += fact.over;
        if (fact.over && fact.healedBy)
            ++counts[*fact.healedBy];
    }
    for (auto it = counts.cbegin(); it != counts.cend(); ++it) {
        if (it.value() > pattern.healed) {
            pattern.healed = it.value();
            pattern.healedBy = it.key();
        }
    }
}

} // namespace

History History::of(const QList<IncidentFact> &incidents, qint64 nowWallMs)
{
    History history;
    history.now = nowWallMs;
    for (const IncidentFact &fact : incidents) {
        if (fact.at > 0 && fact.at <= nowWallMs)
            history.facts.push_back(fact);
    }
    std::sort(history.facts.begin(), history.facts.end(), earlier);
    if (history.facts.size() > std::size_t(maxFacts))
        history.facts.erase(history.facts.begin(), history.facts.end() - maxFacts);
    history.from = history.facts.empty() ? nowWallMs : history.facts.front().at;
    std::map<std::pair<QString, ErrorType>, std::vector<int>> groups;
    for (std::size_t i = 0; i < history.facts.size(); ++i)
        groups[{history.facts[i].component, history.facts[i].type}].push_back(int(i));
    history.kindOf.resize(history.facts.size());
    for (const auto &[key, facts] : groups) {
        for (const int fact : facts)
            history.kindOf[std::size_t(fact)] = int(history.kinds.size());
        history.kinds.push_back({key.first, key.second, facts});
    }
    return history;
}

std::vector<int> episodes(const History &history, const std::vector<int> &facts, qint64 gapMs)
{
    std::vector<int> starts;
    for (std::size_t i = 0; i < facts.size(); ++i) {
        if (i == 0 || history.at(facts[i]) - history.at(facts[i - 1]) > gapMs)
            starts.push_back(facts[i]);
    }
    return starts;
}

IncidentPattern patternOf(PatternKind kind, const History &history, const Kind &about, const std::vector<int> &bearing, int outOf)
{
    IncidentPattern pattern;
    pattern.kind = kind;
    pattern.component = about.component;
    pattern.type = about.type;
    pattern.occurrences = int(about.facts.size());
    pattern.support = int(bearing.size());
    pattern.outOf = outOf;
    pattern.confidence = wilsonLower(pattern.support, outOf);
    pattern.firstAt = bearing.empty() ? 0 : history.at(bearing.front());
    pattern.lastAt = bearing.empty() ? 0 : history.at(bearing.back());
    addHealing(pattern, history, bearing);
    return pattern;
}

Spread spreadOf(std::vector<qint64> values)
{
    if (values.empty())
        return {};
    const qint64 median = medianOf(values);
    for (qint64 &value : values)
        value = std::abs(value - median);
    return {median, medianOf(values)};
}

} // namespace prunella::learning
